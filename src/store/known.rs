//! Finds known store paths in bytes, masked or not.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::digits::runs;
use super::mask::{KEPT, MASK, in_store, kept};
use super::{HASH_LENGTH, is_base32, is_name_char};

/// Store paths to look for, and where store paths lie.
pub struct Known {
    store_dir: String,
    names: Vec<String>,
    by_kept: HashMap<[u8; KEPT], usize, FixedState>,
}

/// A place where a known hash stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Which path: its place in the list that [`Known::new`] was given. `None`
    /// for a masked store path of a package that isn't known.
    pub path: Option<usize>,
    /// Where the hash begins.
    pub hash: usize,
    pub masked: bool,
    /// The store directory stands in front.
    pub in_store: bool,
    /// The path's name follows. What comes behind it may still be a character
    /// that a name can have.
    pub named: bool,
}

impl Known {
    /// `paths` are store paths of `store_dir`, masked or not, each with nothing
    /// below it. `Err` is the first that isn't.
    pub fn new<'p>(
        store_dir: &str,
        paths: impl IntoIterator<Item = &'p str>,
    ) -> Result<Known, &'p str> {
        let mut known = Known {
            store_dir: store_dir.trim_end_matches('/').to_owned(),
            names: Vec::new(),
            by_kept: HashMap::default(),
        };
        for path in paths {
            let base = path
                .strip_prefix(&known.store_dir)
                .and_then(|rest| rest.strip_prefix('/'))
                .ok_or(path)?;
            let (digits, _) = kept(base.as_bytes()).ok_or(path)?;
            let name = &base[HASH_LENGTH..];
            if name.len() < 2 || !name.starts_with('-') || !name.bytes().all(is_name_char) {
                return Err(path);
            }
            known.by_kept.insert(*digits, known.names.len());
            known.names.push(name.to_owned());
        }
        Ok(known)
    }

    /// Calls `each` with all that is in `bytes`, in order.
    pub fn find(&self, bytes: &[u8], mut each: impl FnMut(Found)) {
        runs::<KEPT>(bytes, |at, digits| {
            let Some(hash) = at.checked_sub(1) else {
                return;
            };
            let masked = bytes[hash] == MASK;
            if !masked && !is_base32(bytes[hash]) {
                return;
            }
            let behind = &bytes[at + KEPT..];
            let path = self.by_kept.get(digits).copied();
            let in_store = || in_store(&bytes[..hash], &self.store_dir);
            match path {
                Some(path) => each(Found {
                    path: Some(path),
                    hash,
                    masked,
                    in_store: in_store(),
                    named: behind.starts_with(self.names[path].as_bytes()),
                }),
                None => {
                    let named = matches!(behind, [b'-', next, ..] if is_name_char(*next));
                    if masked && named && in_store() {
                        each(Found {
                            path: None,
                            hash,
                            masked,
                            in_store: true,
                            named,
                        });
                    }
                }
            }
        });
    }

    /// The name of a path with the dash in front, as it follows the hash.
    pub fn name(&self, path: usize) -> &str {
        &self.names[path]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib=.";
    const B: &str = "/nix/store/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-b-1";
    const MASKED: &str = "/nix/store/ec5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib=.";

    fn find(text: &str) -> Vec<(Option<usize>, usize, bool, bool, bool)> {
        let known = Known::new("/nix/store", [A, B]).unwrap();
        let mut all = Vec::new();
        known.find(text.as_bytes(), |f| {
            all.push((f.path, f.hash, f.masked, f.in_store, f.named));
        });
        all
    }

    #[test]
    fn paths_are_found_masked_and_unmasked() {
        assert_eq!(find(A), [(Some(0), 11, false, true, true)]);
        assert_eq!(find(MASKED), [(Some(0), 11, true, true, true)]);
        let text = format!("-I{MASKED}/include:{B}/lib");
        let expected = [
            (Some(0), 13, true, true, true),
            (Some(1), 13 + MASKED.len() + 9, false, true, true),
        ];
        assert_eq!(find(&text), expected);
    }

    #[test]
    fn a_hash_alone_is_found_too() {
        let hash = &A[11..43];
        assert_eq!(find(hash), [(Some(0), 0, false, false, false)]);
        let text = format!("x {hash}-zlib=.");
        assert_eq!(find(&text), [(Some(0), 2, false, false, true)]);
        let text = format!("/nix/store//{hash}-zli");
        assert_eq!(find(&text), [(Some(0), 12, false, true, false)]);
    }

    #[test]
    fn a_masked_path_that_nobody_knows_is_told() {
        let text = MASKED.replace("c5b", "d5b");
        assert_eq!(find(&text), [(None, 11, true, true, true)]);
        // What remove-references-to leaves is no mask.
        assert_eq!(find(&A.replace(&A[11..43], &"e".repeat(32))), []);
        assert_eq!(find(&B.replace('z', "y")), []);
        assert_eq!(find(&text[1..]), []);
    }

    #[test]
    fn only_store_paths_can_be_known() {
        for path in [
            "/gnu/store/x",
            "/nix/store/x",
            &A[..43],
            &format!("{A}/lib"),
        ] {
            assert_eq!(Known::new("/nix/store", [path]).err(), Some(path));
        }
    }
}
