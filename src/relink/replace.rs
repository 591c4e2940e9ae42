//! One path in place of another, in as many bytes.

/// `real` followed by `rest` in `length` bytes, the place of a stand-in's path
/// and what was replaced of the path behind it; `next` is the byte that comes
/// after. `None` if it doesn't fit.
///
/// Slashes fill the gap, behind the store path's name: to the kernel, to ld.so
/// and to Nix's scanner several are one, and in front of a path two of them
/// would be special (POSIX, "Pathname Resolution"). Where the path ends there
/// it ends in `/.`, which keeps the last byte of every stand-in's name:
/// [`placeholder`](crate::store::placeholder) tells why.
pub fn padded(real: &str, rest: &str, length: usize, next: Option<u8>) -> Option<Vec<u8>> {
    let gap = length.checked_sub(real.len() + rest.len())?;
    let goes_on = next.is_some_and(|next| next == b'/' || crate::store::is_name_char(next));
    let mut path = real.as_bytes().to_vec();
    path.resize(real.len() + gap, b'/');
    path.extend_from_slice(rest.as_bytes());
    if rest.is_empty() && !goes_on {
        match gap {
            0 => {}
            // Only a real name that is too long for a stand-in leaves so little.
            1 => return None,
            _ => *path.last_mut()? = b'.',
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::padded;

    fn text(real: &str, rest: &str, length: usize, next: &str) -> Option<String> {
        padded(real, rest, length, next.bytes().next()).map(|path| String::from_utf8(path).unwrap())
    }

    #[test]
    fn the_gap_is_behind_the_store_path() {
        assert_eq!(
            text("/s/h-a", "", 10, "/lib").as_deref(),
            Some("/s/h-a////")
        );
        assert_eq!(
            text("/s/h-a", "/lib", 13, ":").as_deref(),
            Some("/s/h-a////lib")
        );
        assert_eq!(text("/s/h-a", "", 6, "").as_deref(), Some("/s/h-a"));
    }

    #[test]
    fn a_path_that_ends_there_keeps_its_last_byte() {
        assert_eq!(text("/s/h-a", "", 10, "\0").as_deref(), Some("/s/h-a///."));
        assert_eq!(text("/s/h-a", "", 8, "").as_deref(), Some("/s/h-a/."));
        assert_eq!(text("/s/h-a", "", 7, ""), None);
        // The end of a sentence: `/..` would be another directory.
        assert_eq!(text("/s/h-a", "", 10, ".").as_deref(), Some("/s/h-a////"));
    }

    #[test]
    fn what_is_too_long_does_not_fit() {
        assert_eq!(text("/s/h-abcd", "", 8, "/"), None);
        assert_eq!(text("/s/h-a", "/lib", 9, ""), None);
    }
}
