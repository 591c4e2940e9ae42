//! A package before anything is judged: its outputs laid over one another.
//!
//! Pure: what was found on disk goes in, one sorted listing and the list of
//! contradictions come out. Where links lead is told by [`super::links`].

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::links::Resolved;
use crate::problem::{Fault, Problem};
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
    /// to; among equals the first SRC wins. [`Listing::conflicts`] tells
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

    /// Every path where outputs hold different things. They matter only if
    /// something at that path is kept: most packages have
    /// `nix-support/propagated-build-inputs` in several outputs.
    ///
    /// `same` compares two files of equal size; `leads_to` resolves the link
    /// at a path.
    pub fn conflicts(
        &self,
        mut same: impl FnMut(&Path, &Path) -> io::Result<bool>,
        mut leads_to: impl FnMut(&str, &Entry) -> Resolved,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (path, rivals) in &self.rivals {
            let Some(first) = self.entries.get(path) else {
                continue;
            };
            for rival in rivals {
                let agree = match (&first.kind, &rival.kind) {
                    (
                        Kind::File { size, executable },
                        Kind::File {
                            size: other_size,
                            executable: other_executable,
                        },
                    ) => {
                        if (size, executable) == (other_size, other_executable) {
                            same(&first.origin, &rival.origin)
                        } else {
                            Ok(false)
                        }
                    }
                    (Kind::Symlink { target }, Kind::Symlink { target: other }) => {
                        Ok(target == other || {
                            let (a, b) = (leads_to(path, first), leads_to(path, rival));
                            a == b && matches!(a, Resolved::Inside(_) | Resolved::Outside(_))
                        })
                    }
                    // The other output points to what is here.
                    (_, Kind::Symlink { .. }) => {
                        Ok(leads_to(path, rival) == Resolved::Inside(path.clone()))
                    }
                    _ => Ok(false),
                };
                match agree {
                    Ok(true) => {}
                    Ok(false) => problems.push(
                        Fault::Conflict {
                            first: first.origin.display().to_string(),
                            second: rival.origin.display().to_string(),
                        }
                        .at(path.clone()),
                    ),
                    Err(error) => problems.push(
                        Fault::Io {
                            action: "compare the file with another output's",
                            cause: error.to_string(),
                        }
                        .at(path.clone()),
                    ),
                }
            }
        }
        problems
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
mod tests {
    use super::*;

    fn entry(source: usize, kind: Kind) -> Entry {
        Entry {
            origin: PathBuf::from(format!("/src{source}/x")),
            kind,
            source,
            followed: false,
        }
    }

    fn file(source: usize, size: u64) -> Entry {
        let executable = false;
        entry(source, Kind::File { size, executable })
    }

    fn link(source: usize, target: &str) -> Entry {
        let target = target.to_owned();
        entry(source, Kind::Symlink { target })
    }

    fn conflicts(
        entries: Vec<Entry>,
        same: bool,
        leads_to: impl Fn(&Entry) -> Resolved,
    ) -> Vec<Problem> {
        let mut listing = Listing::default();
        for entry in entries {
            listing.insert("x".to_owned(), entry);
        }
        listing.conflicts(|_, _| Ok(same), |_, entry| leads_to(entry))
    }

    fn unasked(_: &Entry) -> Resolved {
        Resolved::Broken
    }

    #[test]
    fn directories_merge() {
        let both = vec![entry(0, Kind::Directory), entry(1, Kind::Directory)];
        assert_eq!(conflicts(both, false, unasked), []);
    }

    #[test]
    fn files_agree_if_size_and_bytes_do() {
        assert_eq!(conflicts(vec![file(0, 3), file(1, 3)], true, unasked), []);
        let expected = Fault::Conflict {
            first: "/src0/x".to_owned(),
            second: "/src1/x".to_owned(),
        };
        for (entries, same) in [
            (vec![file(0, 3), file(1, 3)], false),
            (vec![file(0, 3), file(1, 4)], true),
            (
                vec![
                    file(0, 3),
                    entry(
                        1,
                        Kind::File {
                            size: 3,
                            executable: true,
                        },
                    ),
                ],
                true,
            ),
        ] {
            assert_eq!(
                conflicts(entries, same, unasked),
                [expected.clone().at("x")]
            );
        }
    }

    #[test]
    fn a_file_against_a_directory_is_a_conflict_whichever_comes_first() {
        let directory = |source| entry(source, Kind::Directory);
        for entries in [
            vec![file(0, 1), directory(1)],
            vec![directory(0), file(1, 1)],
        ] {
            assert_eq!(conflicts(entries, true, unasked).len(), 1);
        }
    }

    #[test]
    fn a_link_to_the_same_place_in_another_output_agrees() {
        let to_x = |_: &Entry| Resolved::Inside("x".to_owned());
        let to_y = |_: &Entry| Resolved::Inside("y".to_owned());
        for other in [file(1, 1), entry(1, Kind::Directory)] {
            let both = vec![link(0, "/src1/x"), other];
            assert_eq!(conflicts(both.clone(), true, to_x), []);
            assert_eq!(conflicts(both, true, to_y).len(), 1);
        }
    }

    #[test]
    fn links_agree_if_they_lead_to_the_same_place() {
        let both = || vec![link(0, "y"), link(1, "/src0/y")];
        let to_y = |_: &Entry| Resolved::Inside("y".to_owned());
        let apart = |entry: &Entry| Resolved::Inside(entry.source.to_string());
        assert_eq!(conflicts(both(), true, to_y), []);
        assert_eq!(conflicts(both(), true, apart).len(), 1);
        // Two broken links have only that in common.
        assert_eq!(conflicts(both(), true, unasked).len(), 1);
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
