//! Masks: store paths that are no references.
//!
//! The first digit of the hash gives way to a letter that Nix's base32 doesn't
//! have. Nix's scanner passes over such a path (libstore/references.cc looks for
//! whole hashes), so what holds it can be fetched without it; and the other 31
//! digits, 155 bits, still say whose path it was.

use super::digits::runs;
use super::{HASH_LENGTH, is_base32, is_name_char};

/// What stands in place of a masked hash's first digit.
pub const MASK: u8 = b'e';

/// The digits that a mask leaves.
pub const KEPT: usize = HASH_LENGTH - 1;

/// What the hash at the start of `bytes` keeps under a mask, and whether it is
/// masked; `None` if there is no hash.
pub fn kept(bytes: &[u8]) -> Option<(&[u8; KEPT], bool)> {
    let (first, rest) = bytes.split_first()?;
    let rest: &[u8; KEPT] = rest.first_chunk()?;
    let masked = *first == MASK;
    let whole = (masked || is_base32(*first)) && rest.iter().all(|&digit| is_base32(digit));
    whole.then_some((rest, masked))
}

/// `path`, a store path of `store_dir` or something below one, masked. `None`
/// if it is no such path; a masked path stays as it is.
pub fn mask(path: &str, store_dir: &str) -> Option<String> {
    let rest = path.strip_prefix(store_dir)?.strip_prefix('/')?;
    kept(rest.as_bytes()).filter(|_| rest.as_bytes().get(HASH_LENGTH) == Some(&b'-'))?;
    Some(format!("{store_dir}/{}{}", char::from(MASK), &rest[1..]))
}

/// Calls `each` with every store path in `bytes` that is not masked: where its
/// hash begins, and the hash.
pub fn unmasked(bytes: &[u8], store_dir: &str, mut each: impl FnMut(usize, &[u8; HASH_LENGTH])) {
    runs::<HASH_LENGTH>(bytes, |at, hash| {
        let behind = &bytes[at + HASH_LENGTH..];
        let named = matches!(behind, [b'-', next, ..] if is_name_char(*next));
        if named && path_start(&bytes[..at], store_dir).is_some() {
            each(at, hash);
        }
    });
}

/// Where the store directory begins in which `front`, which a hash follows,
/// ends; `None` if it doesn't. Several slashes are one.
pub(super) fn path_start(front: &[u8], store_dir: &str) -> Option<usize> {
    let slashes = front.iter().rev().take_while(|&&byte| byte == b'/').count();
    let front = &front[..front.len() - slashes];
    let ends = slashes > 0 && front.ends_with(store_dir.as_bytes());
    ends.then(|| front.len() - store_dir.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::references;

    const PATH: &str = "/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3/lib";
    const MASKED: &str = "/nix/store/ec5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3/lib";

    #[test]
    fn a_masked_path_is_no_reference() {
        let hash = &PATH.as_bytes()["/nix/store/".len()..][..HASH_LENGTH];
        let known = [hash.try_into().unwrap()];
        assert_eq!(references(PATH.as_bytes(), "/nix/store", &known).len(), 1);
        assert_eq!(mask(PATH, "/nix/store").as_deref(), Some(MASKED));
        assert_eq!(references(MASKED.as_bytes(), "/nix/store", &known), []);
    }

    #[test]
    fn masking_twice_is_masking_once() {
        assert_eq!(mask(MASKED, "/nix/store").as_deref(), Some(MASKED));
    }

    #[test]
    fn unmasked_paths_are_found() {
        let find = |text: &str| {
            let mut found = Vec::new();
            unmasked(text.as_bytes(), "/nix/store", |at, _| found.push(at));
            found
        };
        assert_eq!(
            find(&format!("{PATH}:{MASKED}:{PATH}")),
            [11, PATH.len() * 2 + 13]
        );
        assert_eq!(find(&PATH.replace("store/", "store//")), [12]);
        assert!(find(&PATH[1..]).is_empty());
        assert!(find(&PATH[..43]).is_empty());
    }

    #[test]
    fn what_is_no_store_path_has_no_mask() {
        for path in [
            "/nix/store",
            "/gnu/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib",
            "/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac",
            "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-zlib",
            "/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdaczlib",
        ] {
            assert_eq!(mask(path, "/nix/store"), None, "{path}");
        }
    }
}
