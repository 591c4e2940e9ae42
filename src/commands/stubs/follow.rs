//! Follows links that lead out of the package, to other store paths and below
//! `--follow`, for [`super::gather`].

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};

use foldhash::fast::FixedState;

use super::walk::{Walk, file};
use crate::package::links::{Map, Place, Probe, Resolved, excluded};
use crate::package::listing::{Entry, Kind};
use crate::problem::Fault;
use crate::tree;

/// A link in a followed directory may lead to a further one, and so on: deeper
/// than this is taken for a loop.
const MOST_LEVELS: usize = 16;

/// Links that fan out can name the same few directories astronomically often.
const MOST_ENTRIES: usize = 1_000_000;
/// What is found more than once may take so many bytes of memory: some hundred
/// thousand files.
const MOST_AGAIN: usize = 32 << 20;

/// Where links may lead.
pub(super) struct Follow {
    /// The store, under all its names: what lies in it may be read, but not
    /// the whole of it.
    stores: Vec<String>,
    /// `--follow DIR`..., under all their names.
    directories: Vec<String>,
    entries: Cell<usize>,
    /// Hashes of what has been found, as it lies on disk.
    seen: RefCell<HashSet<u64, FixedState>>,
    /// How many bytes is taken by what has been found again.
    again: Cell<usize>,
}

/// A link as it was found: its path in the tree, its entry, its target.
type Link<'a> = (&'a str, &'a Entry, &'a str);

impl Follow {
    pub(super) fn new(store_dir: &str, directories: &[PathBuf]) -> Self {
        let names = |path: &Path| -> Vec<String> {
            [std::path::absolute(path), fs::canonicalize(path)]
                .into_iter()
                .filter_map(|path| path.ok()?.into_os_string().into_string().ok())
                .map(|path| path.trim_end_matches('/').to_owned())
                .collect()
        };
        Follow {
            stores: names(Path::new(store_dir)),
            directories: directories.iter().flat_map(|dir| names(dir)).collect(),
            entries: Cell::new(0),
            seen: RefCell::default(),
            again: Cell::new(0),
        }
    }

    /// Counts what was found, by its path in the tree and where it lies.
    fn count(&self, path: &str, origin: &Path) {
        // An entry in two lists, with both paths.
        const BESIDE: usize = 512;
        self.entries.set(self.entries.get() + 1);
        let hash = FixedState::default().hash_one(origin);
        if !self.seen.borrow_mut().insert(hash) {
            let bytes = 2 * path.len() + origin.as_os_str().len() + BESIDE;
            self.again.set(self.again.get() + bytes);
        }
    }

    fn are_too_many(&self) -> Option<String> {
        if self.entries.get() > MOST_ENTRIES {
            Some(format!(
                "together they lead to more than {MOST_ENTRIES} files"
            ))
        } else if self.again.get() > MOST_AGAIN {
            Some("together they lead to the same files too often".to_owned())
        } else {
            None
        }
    }

    /// Looks at a path outside the package, if reading there is allowed.
    pub(super) fn probe(&self, path: &str) -> Probe {
        let below = |top: &String| below(path, top).is_some();
        let in_store = |top: &String| self::below(path, top).is_some_and(|rest| !rest.is_empty());
        if !self.directories.iter().any(below) && !self.stores.iter().any(in_store) {
            // Only the way is looked at, never what lies there: on Debian
            // /lib/x leads through /lib -> usr/lib to a package in /usr/lib. The
            // way to a store need not be there, if that lies elsewhere.
            let on_the_way = || {
                self.stores
                    .iter()
                    .any(|top| self::below(top, path).is_some())
            };
            return match fs::symlink_metadata(path) {
                Ok(meta) if meta.is_symlink() => link_at(path),
                Ok(meta) if meta.is_dir() => Probe::Passage,
                Err(_) if on_the_way() => Probe::Passage,
                _ => Probe::Forbidden,
            };
        }
        let Ok(meta) = fs::symlink_metadata(path) else {
            return Probe::Missing;
        };
        if meta.is_dir() {
            Probe::Directory
        } else if meta.is_symlink() {
            link_at(path)
        } else {
            Probe::Leaf
        }
    }

    /// Puts what lies at `end`, outside the package, in the place of `link`.
    pub(super) fn follow(
        &self,
        map: &Map<'_>,
        walk: &mut Walk<'_>,
        link: Link<'_>,
        end: &str,
        settled: &mut Vec<(String, Option<Entry>)>,
    ) {
        self.enter(map, walk, link, end, &mut Vec::new(), settled);
    }

    fn enter(
        &self,
        map: &Map<'_>,
        walk: &mut Walk<'_>,
        link: Link<'_>,
        end: &str,
        above: &mut Vec<String>,
        settled: &mut Vec<(String, Option<Entry>)>,
    ) {
        let (at, linked, text) = link;
        let source = linked.source;
        let io = |action: &'static str, error: io::Error| {
            let cause = format!("{error} (through the link to {text})");
            Fault::Io { action, cause }.at(at)
        };
        let meta = match fs::symlink_metadata(end) {
            Ok(meta) => meta,
            Err(error) => {
                walk.problems
                    .push(io("look at what the link leads to", error));
                return;
            }
        };
        let entry = |origin, kind| Entry {
            origin,
            kind,
            source,
            followed: true,
        };
        if let Some(cause) = self.are_too_many() {
            let action = "follow the package's links";
            walk.problems.push(Fault::Io { action, cause }.at(""));
            return;
        }
        if meta.is_file() {
            self.count(at, Path::new(end));
            settled.push((at.to_owned(), Some(entry(end.into(), file(&meta)))));
            return;
        }
        if !meta.is_dir() {
            walk.problems.push(Fault::SpecialFile.at(at));
            return;
        }
        if above.len() >= MOST_LEVELS || above.iter().any(|directory| directory == end) {
            self.count(at, Path::new(end));
            walk.settle(at, text, Resolved::Loop);
            return;
        }
        settled.push((at.to_owned(), Some(entry(end.into(), Kind::Directory))));
        let mut found = Vec::new();
        walk.directory(Path::new(end), at, &mut |path, origin, kind| {
            self.count(&path, &origin);
            found.push((path, entry(origin, kind)));
        });
        above.push(end.to_owned());
        let listed: BTreeSet<String> = found.iter().map(|(path, _)| path.clone()).collect();
        for (path, entry) in found {
            let Kind::Symlink { target } = &entry.kind else {
                settled.push((path, Some(entry)));
                continue;
            };
            let rest = path.strip_prefix(at).unwrap_or_default();
            let from = Place::Disk(tree::parent(&format!("{end}{rest}")).to_owned());
            let inside = match map.resolve(&from, target) {
                Resolved::Inside(end) => Ok(end),
                Resolved::Outside(own) => match below(&own, end) {
                    // The directory's own, which came along unless excluded.
                    Some(rest) => {
                        let own = tree::join(at, rest);
                        match excluded(&walk.left_out, &own) {
                            Some(above) if own != at && !listed.contains(&own) => {
                                Err(Resolved::Excluded(above.to_owned()))
                            }
                            _ => Ok(own),
                        }
                    }
                    None => Err(Resolved::Outside(own)),
                },
                other => Err(other),
            };
            match inside {
                Ok(to) => {
                    let target = tree::relative(tree::parent(&path), &to);
                    let kind = Kind::Symlink { target };
                    settled.push((path, Some(Entry { kind, ..entry })));
                }
                Err(Resolved::Outside(end)) => {
                    self.enter(map, walk, (&path, &entry, target), &end, above, settled);
                }
                Err(other) => walk.settle(&path, target, other),
            }
        }
        above.pop();
    }
}

/// What follows `top` in `path`, without a slash in front: empty for `top`
/// itself, nothing if it lies elsewhere.
fn below<'a>(path: &'a str, top: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(top)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('/')
    }
}

fn link_at(path: &str) -> Probe {
    match fs::read_link(path).map(|target| target.into_os_string().into_string()) {
        Ok(Ok(target)) => Probe::Link(target),
        _ => Probe::Missing,
    }
}
