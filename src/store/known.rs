//! Finds known store paths in bytes, masked or not.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::digits::runs;
use super::mask::{KEPT, MASK, kept, path_start};
use super::{HASH_LENGTH, PLACEHOLDER_DIR, is_base32, is_name_char};

/// Store paths to look for, and where store paths lie.
pub struct Known {
    /// Where store paths lie, and where placeholders do.
    store_dirs: [String; 2],
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
    /// Where the path begins; `None` if no store directory stands in front.
    pub start: Option<usize>,
    /// The path's name follows. What comes behind it may still be a character
    /// that a name can have.
    pub named: bool,
}

impl Known {
    /// `paths` are store paths of `store_dir`, masked or not, or placeholders,
    /// each with nothing below it. `Err` is the first that is none of these.
    pub fn new<'p>(
        store_dir: &str,
        paths: impl IntoIterator<Item = &'p str>,
    ) -> Result<Known, &'p str> {
        let mut known = Known {
            store_dirs: [store_dir.trim_end_matches('/'), PLACEHOLDER_DIR].map(str::to_owned),
            names: Vec::new(),
            by_kept: HashMap::default(),
        };
        for path in paths {
            let mut dirs = known.store_dirs.iter();
            let base = dirs
                .find_map(|dir| path.strip_prefix(dir)?.strip_prefix('/'))
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
            let start = || self.start(&bytes[..hash]);
            match path {
                Some(path) => each(Found {
                    path: Some(path),
                    hash,
                    masked,
                    start: start(),
                    named: behind.starts_with(self.names[path].as_bytes()),
                }),
                None => {
                    let named = matches!(behind, [b'-', next, ..] if is_name_char(*next));
                    if masked
                        && named
                        && let Some(start) = start()
                    {
                        each(Found {
                            path: None,
                            hash,
                            masked,
                            start: Some(start),
                            named,
                        });
                    }
                }
            }
        });
    }

    /// Where the path begins whose hash follows `front`.
    fn start(&self, front: &[u8]) -> Option<usize> {
        let mut dirs = self.store_dirs.iter();
        dirs.find_map(|dir| path_start(front, dir))
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

    /// Which path, where its hash is, masked or not, where the path begins, and
    /// whether its name follows.
    type Place = (Option<usize>, usize, bool, Option<usize>, bool);

    fn find(text: &str) -> Vec<Place> {
        let known = Known::new("/nix/store", [A, B]).unwrap();
        let mut all = Vec::new();
        known.find(text.as_bytes(), |f| {
            all.push((f.path, f.hash, f.masked, f.start, f.named));
        });
        all
    }

    #[test]
    fn paths_are_found_masked_and_unmasked() {
        assert_eq!(find(A), [(Some(0), 11, false, Some(0), true)]);
        assert_eq!(find(MASKED), [(Some(0), 11, true, Some(0), true)]);
        let text = format!("-I{MASKED}/include:{B}/lib");
        let second = 2 + MASKED.len() + 9;
        let expected = [
            (Some(0), 13, true, Some(2), true),
            (Some(1), second + 11, false, Some(second), true),
        ];
        assert_eq!(find(&text), expected);
    }

    #[test]
    fn a_hash_alone_is_found_too() {
        let hash = &A[11..43];
        assert_eq!(find(hash), [(Some(0), 0, false, None, false)]);
        let text = format!("x {hash}-zlib=.");
        assert_eq!(find(&text), [(Some(0), 2, false, None, true)]);
        let text = format!("x/nix/store//{hash}-zli");
        assert_eq!(find(&text), [(Some(0), 13, false, Some(1), false)]);
    }

    #[test]
    fn placeholders_are_the_same_in_all_stores() {
        let path = crate::store::placeholder("zlib");
        let known = Known::new("/gnu/store", [path.as_str()]).unwrap();
        let mut starts = Vec::new();
        known.find(format!("x{path}/lib").as_bytes(), |f| starts.push(f.start));
        assert_eq!(starts, [Some(1)]);
    }

    #[test]
    fn a_masked_path_that_nobody_knows_is_told() {
        let text = MASKED.replace("c5b", "d5b");
        assert_eq!(find(&text), [(None, 11, true, Some(0), true)]);
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
