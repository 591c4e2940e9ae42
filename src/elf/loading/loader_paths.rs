//! Where a loader looks for libraries by itself.

use bstr::{BStr, ByteSlice};

/// The directories that are compiled into the glibc loader with these bytes, in
/// the order in which it searches them (glibc, elf/dl-load.c, `system_dirs`: a
/// list of strings in which each ends in a slash and a NUL). None for others.
///
/// No other string of the loader is of this form. One that were would be a
/// directory too many, and is looked at last.
pub fn loader_paths(bytes: &[u8]) -> Vec<&BStr> {
    let mut directories: Vec<&BStr> = Vec::new();
    for end in memchr::memmem::find_iter(bytes, b"/\0") {
        let text = bytes[..=end]
            .rsplit(|byte| !byte.is_ascii_graphic())
            .next()
            .unwrap_or_default();
        if text.len() > 1 && text.starts_with(b"/") && !directories.contains(&text.as_bstr()) {
            directories.push(text.as_bstr());
        }
    }
    directories
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_told_from_other_strings() {
        let bytes = b"\x01/lib/x86/\0/usr/lib/\0/etc/ld.so.cache\0a/\0/\0\x02/lib/x86/\0hwcaps/\0";
        assert_eq!(loader_paths(bytes), ["/lib/x86/", "/usr/lib/"]);
    }
}
