//! A package before anything is judged: its outputs laid over one another.
//!
//! Pure: what was found on disk goes in, one sorted listing comes out. Where
//! links lead is told by [`super::links`], what outputs contradict one another
//! in by [`super::conflicts`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::tree;

/// What stands at one path of a [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies on disk, absolute.
    pub origin: PathBuf,
    pub kind: Kind,
    /// The number of the output that it came from. What was followed belongs
    /// to the output that holds the link.
    pub source: usize,
    /// It lies outside the package and took the place of a link: if it isn't
    /// kept, nobody need hear that it contradicts anything.
    pub followed: bool,
}

/// The three things that a package holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Directory,
    File {
        size: u64,
        executable: bool,
    },
    /// The target: as written until links are settled, then relative and
    /// inside the tree.
    Symlink {
        target: String,
    },
}

/// An output that was given as SRC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Where it lies, links resolved.
    pub path: String,
    /// All absolute names under which files may speak of it, `path` first.
    pub names: Vec<String>,
    /// Its place in the tree: the root, or for a single file its own name.
    pub at: String,
}

/// Why a path is in SRC and not in the [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOut {
    /// `--exclude` matches it; of a directory, everything below goes with it.
    Excluded,
    /// A link to something that `--exclude` matches.
    LeadsTo(String),
}

/// The merged package. Sorted by path; the root is not listed.
#[derive(Debug, Default)]
pub struct Listing {
    pub entries: BTreeMap<String, Entry>,
    /// What else stands at a path, in the order of SRC. Directories are never
    /// here beside directories: those merge.
    rivals: BTreeMap<String, Vec<Entry>>,
}

impl Listing {
    /// Adds what one output holds at `path`.
    ///
    /// A directory wins over a file and a file over a link, so that a link
    /// from one output to the same place in another never hides what it leads
    /// to; among equals the first SRC wins. [`super::conflicts`] tells
    /// whether the others are the same thing.
    pub fn insert(&mut self, path: String, entry: Entry) {
        use std::collections::btree_map::Entry::{Occupied, Vacant};
        match self.entries.entry(path) {
            Vacant(place) => {
                place.insert(entry);
            }
            Occupied(mut place) => {
                let (old, new) = (rank(&place.get().kind), rank(&entry.kind));
                if (old, new) == (0, 0) {
                    return;
                }
                let path = place.key().clone();
                let loser = if new < old {
                    place.insert(entry)
                } else {
                    entry
                };
                self.rivals.entry(path).or_default().push(loser);
            }
        }
    }

    /// What `path` is to a process that came to it through output `source`.
    pub fn lookup(&self, path: &str, source: usize) -> Option<&Entry> {
        let first = self.entries.get(path)?;
        if first.source == source || self.rivals.is_empty() {
            return Some(first);
        }
        let rivals = self.rivals.get(path).into_iter().flatten();
        Some(
            rivals
                .into_iter()
                .find(|rival| rival.source == source)
                .unwrap_or(first),
        )
    }

    /// Every path that several outputs have, with what stands there and what
    /// lost against it.
    pub fn contested(&self) -> impl Iterator<Item = (&str, &Entry, &[Entry])> {
        self.rivals.iter().filter_map(|(path, rivals)| {
            let first = self.entries.get(path)?;
            Some((path.as_str(), first, rivals.as_slice()))
        })
    }

    /// Drops what lost against something else, once it is known where links
    /// lead: from here on there is one tree, whoever looks at it.
    pub fn settle(&mut self) {
        self.rivals.clear();
    }

    /// Puts directories where paths need them that nothing else provides: an
    /// included file in an excluded directory.
    pub fn complete(&mut self) {
        let mut missing = BTreeMap::new();
        for (path, entry) in &self.entries {
            let (mut below, mut origin) = (path.as_str(), entry.origin.as_path());
            while let (directory @ 1.., Some(up)) = (tree::parent(below).len(), origin.parent()) {
                below = &below[..directory];
                origin = up;
                if self.entries.contains_key(below) || missing.contains_key(below) {
                    break;
                }
                let directory = Entry {
                    origin: origin.to_owned(),
                    kind: Kind::Directory,
                    ..entry.clone()
                };
                missing.insert(below.to_owned(), directory);
            }
        }
        self.entries.append(&mut missing);
    }
}

fn rank(kind: &Kind) -> u8 {
    match kind {
        Kind::Directory => 0,
        Kind::File { .. } => 1,
        Kind::Symlink { .. } => 2,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn entry(source: usize, kind: Kind) -> Entry {
        Entry {
            origin: PathBuf::from(format!("/src{source}/x")),
            kind,
            source,
            followed: false,
        }
    }

    pub fn file(source: usize, size: u64) -> Entry {
        let executable = false;
        entry(source, Kind::File { size, executable })
    }

    pub fn link(source: usize, target: &str) -> Entry {
        let target = target.to_owned();
        entry(source, Kind::Symlink { target })
    }

    #[test]
    fn each_output_sees_its_own_entry_first() {
        let mut listing = Listing::default();
        listing.insert("x".to_owned(), link(0, "/src1/x"));
        listing.insert("x".to_owned(), file(1, 1));
        let source = |source| listing.lookup("x", source).map(|entry| entry.source);
        assert_eq!(
            [source(0), source(1), source(2)],
            [Some(0), Some(1), Some(1)]
        );
        assert_eq!(listing.entries["x"].source, 1);
        listing.settle();
        let seen = listing.lookup("x", 0).map(|entry| entry.source);
        assert_eq!(seen, Some(1));
    }

    #[test]
    fn what_is_listed_has_its_directories() {
        let mut listing = Listing::default();
        let mut header = file(1, 1);
        header.origin = PathBuf::from("/src1/include/a/b.h");
        listing.insert("include/a/b.h".to_owned(), header);
        listing.complete();
        let paths: Vec<_> = listing.entries.keys().map(String::as_str).collect();
        assert_eq!(paths, ["include", "include/a", "include/a/b.h"]);
        let include = &listing.entries["include"];
        assert_eq!((&include.kind, include.source), (&Kind::Directory, 1));
        assert_eq!(include.origin, PathBuf::from("/src1/include"));
    }
}
