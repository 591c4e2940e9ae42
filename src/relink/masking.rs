//! What masking replaces: store paths by their masked selves, and what a build
//! has seen in the place of an interface tree by that tree, masked.

use super::exchange::{Exchange, Exchanged};
use crate::problem::{Fault, Problem};
use crate::store::{self, Found, HASH_LENGTH, Known, MASK};

type Hash = [u8; HASH_LENGTH];

/// Which store paths are masked, and in whose place others are put.
pub struct Masking<'o> {
    own: Vec<Hash>,
    /// What `seen` are.
    known: Known,
    seen: Vec<Seen<'o>>,
    store_dir: &'o str,
}

struct Seen<'o> {
    path: &'o str,
    /// What is put in its place, and the hash of that, masked.
    other: &'o str,
    masked: Hash,
}

impl<'o> Masking<'o> {
    /// `own` stay as they are; of the pairs `instead`, store paths of one name,
    /// the second is put in the first one's place.
    ///
    /// Faults: `Manifest`.
    pub fn new(
        own: impl Iterator<Item = &'o str>,
        instead: &'o [(String, String)],
        store_dir: &'o str,
    ) -> Result<Masking<'o>, Problem> {
        let fault = |path: &str| {
            let what = format!("{path} is no store path of {store_dir}");
            Fault::Manifest { what }.at("--instead")
        };
        let mut seen = Vec::new();
        for (path, other) in instead {
            let mut masked = store::hash_part(other, store_dir).ok_or_else(|| fault(other))?;
            masked[0] = MASK;
            seen.push(Seen {
                path,
                other,
                masked,
            });
        }
        Ok(Masking {
            own: own
                .filter_map(|path| store::hash_part(path, store_dir))
                .collect(),
            known: Known::new(store_dir, seen.iter().map(|seen| seen.path)).map_err(fault)?,
            seen,
            store_dir,
        })
    }

    /// Everything.
    pub fn all(&self) -> Scope<'_, 'o> {
        let all = true;
        Scope { masking: self, all }
    }

    /// What others are put in the place of, alone. Of the rest, compressed data
    /// may keep the paths: Nix doesn't see them there, and relinking knows both
    /// forms.
    pub fn exchanges(&self) -> Scope<'_, 'o> {
        let all = false;
        Scope { masking: self, all }
    }

    /// Whether there are such.
    pub fn any_exchanges(&self) -> bool {
        !self.seen.is_empty()
    }
}

/// How much of it counts in a place.
#[derive(Clone, Copy)]
pub struct Scope<'m, 'o> {
    masking: &'m Masking<'o>,
    all: bool,
}

impl<'m> Scope<'m, '_> {
    /// What takes the place of `found` in `bytes`.
    pub fn exchanged(&self, bytes: &[u8], found: Found) -> Exchanged<'m> {
        let seen = found.path.map(|path| &self.masking.seen[path]);
        let mut masked = bytes[found.hash..found.hash + HASH_LENGTH].to_vec();
        masked[0] = MASK;
        Exchanged {
            at: found.hash,
            bytes: seen.map_or(masked, |seen| seen.masked.to_vec()),
            from: seen.map_or("", |seen| seen.path),
            to: seen.map_or("", |seen| seen.other),
        }
    }
}

impl Exchange for Scope<'_, '_> {
    fn store_dir(&self) -> &str {
        self.masking.store_dir
    }

    fn find(&self, bytes: &[u8], each: impl FnMut(Found)) {
        let mut all = Vec::new();
        self.masking.known.find(bytes, |found| {
            // What others have masked stays.
            if found.path.is_some() {
                all.push(found);
            }
        });
        if self.all {
            let exchanged = all.len();
            store::unmasked(bytes, self.masking.store_dir, |hash, digits| {
                let known = &all[..exchanged];
                let known = known.binary_search_by_key(&hash, |found| found.hash);
                if known.is_err() && !self.masking.own.contains(digits) {
                    all.push(Found {
                        path: None,
                        hash,
                        masked: false,
                        start: None,
                        named: true,
                    });
                }
            });
            all.sort_unstable_by_key(|found| found.hash);
        }
        all.into_iter().for_each(each);
    }

    fn exchanged(&self, bytes: &[u8], found: Found) -> Result<Exchanged<'_>, Fault> {
        Ok(Scope::exchanged(self, bytes, found))
    }
}
