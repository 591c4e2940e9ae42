//! Where links lead in a merged package.
//!
//! The outputs lie apart on disk and together in the tree, and links know only
//! the first: `/nix/store/…-zlib-dev/include`, `../../…-zlib-dev/include`. So
//! a link is walked as the kernel would (path_resolution(7)), one component at
//! a time, on a map that shows the tree wherever an output lies.
//!
//! Pure: what lies outside the outputs is asked for through a closure.

use std::collections::BTreeMap;

use super::listing::{Kind, LeftOut, Listing, Output};
use crate::tree;

/// The kernel's own limit (MAXSYMLINKS in linux/namei.h).
const MOST_LINKS: usize = 40;

/// How many names are gone through on the way. The kernel would let forty links have
/// thousands each; of a package's own none has a hundred.
const MOST_NAMES: usize = 256;

/// What a link leads to, links followed to the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// A path in the tree.
    Inside(String),
    /// An absolute path that may be read: in the store or below `--follow`.
    Outside(String),
    /// Something that `--exclude` matches.
    Excluded(String),
    /// Nothing.
    Broken,
    /// Back to where it came from, or on and on.
    Loop,
    /// Something that may not be read.
    Escaping,
}

/// What lies at an absolute path outside the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    Directory,
    /// Anything that has nothing below it.
    Leaf,
    Link(String),
    Missing,
    /// On the way to where reading is allowed: passed through, never read.
    Passage,
    Forbidden,
}

/// A position while walking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Tree { source: usize, path: String },
    Disk(String),
}

/// The map on which links are walked.
pub struct Map<'a> {
    pub listing: &'a Listing,
    pub outputs: &'a [Output],
    pub left_out: &'a BTreeMap<String, LeftOut>,
    pub probe: &'a dyn Fn(&str) -> Probe,
}

impl Map<'_> {
    /// Resolves `target`, written in a link that lies in the directory `from`.
    pub fn resolve(&self, from: &Place, target: &str) -> Resolved {
        self.walk(from, target).0
    }

    /// The target of the link at `path` of output `source`, written relative
    /// to its directory, if it leads to a place in the tree.
    ///
    /// What already is relative and needs nothing outside the tree stays as it
    /// is; of other targets only the directory is resolved, so that
    /// `libz.so` → `libz.so.1` → `libz.so.1.3` stays a chain.
    pub fn rewrite(&self, path: &str, source: usize, target: &str) -> Result<String, Resolved> {
        let directory = tree::parent(path);
        let from = Place::Tree {
            source,
            path: directory.to_owned(),
        };
        let (resolved, stays) = self.walk(&from, target);
        let Resolved::Inside(end) = resolved else {
            return Err(resolved);
        };
        if stays {
            return Ok(target.to_owned());
        }
        let next = target
            .trim_end_matches('/')
            .rsplit_once('/')
            .filter(|(_, name)| !matches!(*name, "" | "." | ".."))
            .and_then(
                |(above, name)| match self.resolve(&from, &format!("{above}/")) {
                    Resolved::Inside(above) => Some(tree::join(&above, name)),
                    _ => None,
                },
            )
            .filter(|next| next != path && self.listing.entries.contains_key(next));
        Ok(tree::relative(directory, &next.unwrap_or(end)))
    }

    /// Also tells whether the text alone leads there, inside the tree.
    fn walk(&self, from: &Place, target: &str) -> (Resolved, bool) {
        let mut stays = !target.starts_with('/');
        let mut place = from.clone();
        let mut links = 0;
        // What is left to walk, last first, and whether it stands in the text
        // itself rather than in a link on the way.
        let mut left: Vec<(String, bool)> = Vec::new();
        let push = |left: &mut Vec<(String, bool)>, text: &str, own: bool| {
            let names = text.split('/').filter(|name| !name.is_empty());
            left.extend(names.rev().map(|name| (name.to_owned(), own)));
        };
        push(&mut left, target, true);
        if target.starts_with('/') {
            place = self.enter(String::new());
        }
        let mut names = 0;
        while let Some((name, own)) = left.pop() {
            names += 1;
            if names > MOST_NAMES {
                return (Resolved::Loop, false);
            }
            let link = match (&mut place, name.as_str()) {
                (_, ".") => None,
                (Place::Tree { source, path }, "..") => {
                    let top = self.outputs.get(*source).map_or("", |output| &output.path);
                    if path.is_empty() {
                        stays &= !own;
                        place = self.enter(tree::parent(top).to_owned());
                    } else {
                        *path = tree::parent(path).to_owned();
                    }
                    None
                }
                (Place::Disk(path), "..") => {
                    place = self.enter(tree::parent(path).to_owned());
                    None
                }
                (Place::Tree { source, path }, name) => {
                    let next = tree::join(path, name);
                    let Some(entry) = self.listing.lookup(&next, *source) else {
                        return (self.missing(&next), false);
                    };
                    match &entry.kind {
                        Kind::File { .. } if !left.is_empty() => return (Resolved::Broken, false),
                        Kind::Symlink { target } => {
                            *source = entry.source;
                            Some(target.clone())
                        }
                        Kind::File { .. } | Kind::Directory => {
                            *path = next;
                            None
                        }
                    }
                }
                (Place::Disk(path), name) => {
                    let next = self.enter(format!("{path}/{name}"));
                    match &next {
                        Place::Tree { path, .. } => {
                            let leaf = self
                                .listing
                                .entries
                                .get(path)
                                .is_some_and(|entry| matches!(entry.kind, Kind::File { .. }));
                            if leaf && !left.is_empty() {
                                return (Resolved::Broken, false);
                            }
                            place = next;
                            None
                        }
                        Place::Disk(path) => match (self.probe)(path) {
                            Probe::Forbidden => return (Resolved::Escaping, false),
                            Probe::Missing => return (Resolved::Broken, false),
                            Probe::Leaf if !left.is_empty() => return (Resolved::Broken, false),
                            Probe::Link(target) => {
                                stays = false;
                                Some(target)
                            }
                            Probe::Directory | Probe::Leaf => {
                                stays = false;
                                place = next;
                                None
                            }
                            Probe::Passage => {
                                place = next;
                                None
                            }
                        },
                    }
                }
            };
            if let Some(target) = link {
                links += 1;
                if links > MOST_LINKS {
                    return (Resolved::Loop, false);
                }
                if target.starts_with('/') {
                    place = self.enter(String::new());
                }
                push(&mut left, &target, false);
            }
        }
        match place {
            Place::Tree { path, .. } => (Resolved::Inside(path), stays),
            Place::Disk(path) => match (self.probe)(&path) {
                Probe::Passage | Probe::Forbidden => (Resolved::Escaping, false),
                _ => (Resolved::Outside(path), false),
            },
        }
    }

    /// An absolute path as a place: in the tree if an output lies there.
    fn enter(&self, path: String) -> Place {
        let here = |output: &Output| output.names.contains(&path);
        match self.outputs.iter().position(here) {
            Some(source) => Place::Tree {
                source,
                path: self.outputs[source].at.clone(),
            },
            None => Place::Disk(path),
        }
    }

    /// What is not listed is excluded or isn't there.
    fn missing(&self, path: &str) -> Resolved {
        match excluded(self.left_out, path) {
            Some(above) => Resolved::Excluded(above.to_owned()),
            None => Resolved::Broken,
        }
    }
}

/// What was left out with `path`: itself, or a directory above it.
pub fn excluded<'a>(left_out: &BTreeMap<String, LeftOut>, path: &'a str) -> Option<&'a str> {
    let mut above = path;
    while !above.is_empty() {
        if left_out.contains_key(above) {
            return Some(above);
        }
        above = tree::parent(above);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::listing::Entry;

    /// Outputs `/s/zlib`, `/s/zlib-dev` and `/t/zlib-bin`; `text` is a list of
    /// `output path[ -> target]`, directories end with a slash.
    fn listing(text: &str) -> Listing {
        let mut listing = Listing::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (source, rest) = line.split_once(' ').unwrap();
            let (path, kind) = match rest.split_once(" -> ") {
                Some((path, target)) => (
                    path,
                    Kind::Symlink {
                        target: target.to_owned(),
                    },
                ),
                None if rest.ends_with('/') => (rest.trim_end_matches('/'), Kind::Directory),
                None => (
                    rest,
                    Kind::File {
                        size: 0,
                        executable: false,
                    },
                ),
            };
            let source: usize = source.parse().unwrap();
            let origin = outputs()[source].path.clone() + "/" + path;
            let entry = Entry {
                origin: origin.into(),
                kind,
                source,
                followed: false,
            };
            listing.insert(path.to_owned(), entry);
        }
        listing.complete();
        listing
    }

    fn outputs() -> Vec<Output> {
        ["/s/zlib", "/s/zlib-dev", "/t/zlib-bin"]
            .map(|path| Output {
                path: path.to_owned(),
                names: vec![path.to_owned(), format!("/alias{}", &path[2..])],
                at: String::new(),
            })
            .to_vec()
    }

    fn probe(path: &str) -> Probe {
        match path {
            "" | "/s" | "/t" | "/alias" => Probe::Passage,
            "/s/linux" | "/s/linux/include" => Probe::Directory,
            "/s/linux/include/a.h" => Probe::Leaf,
            "/s/linux/link" => Probe::Link("include/a.h".to_owned()),
            "/s/linux/back" => Probe::Link("../zlib/lib/libz.so.1".to_owned()),
            "/s/linux/self" => Probe::Link("self".to_owned()),
            _ if path.starts_with("/s/linux/") => Probe::Missing,
            _ => Probe::Forbidden,
        }
    }

    const ZLIB: &str = "
        0 lib/libz.so -> libz.so.1
        0 lib/libz.so.1 -> libz.so.1.3
        0 lib/libz.so.1.3
        0 include -> ../zlib-dev/include
        0 lib64 -> lib
        0 loop -> ./loop
        0 ext -> /s/linux/include
        1 include/
        1 include/zlib.h
        1 far -> /s/zlib/lib/libz.so
        2 tool -> ../zlib-bin/run
        2 run
    ";

    fn with<T>(text: &str, test: impl FnOnce(&Map<'_>) -> T) -> T {
        let left_out = BTreeMap::from([("share".to_owned(), LeftOut::Excluded)]);
        test(&Map {
            listing: &listing(text),
            outputs: &outputs(),
            left_out: &left_out,
            probe: &probe,
        })
    }

    fn resolve(directory: &str, target: &str) -> Resolved {
        let path = directory.to_owned();
        with(ZLIB, |map| {
            map.resolve(&Place::Tree { source: 0, path }, target)
        })
    }

    fn inside(path: &str) -> Resolved {
        Resolved::Inside(path.to_owned())
    }

    #[test]
    fn links_resolve_through_links_and_outputs() {
        for (target, end) in [
            ("libz.so", "lib/libz.so.1.3"),
            ("/s/zlib/lib/libz.so", "lib/libz.so.1.3"),
            ("/alias/zlib/lib64//./libz.so.1", "lib/libz.so.1.3"),
            ("../lib64/../lib/libz.so", "lib/libz.so.1.3"),
            ("../../zlib-dev/include/zlib.h", "include/zlib.h"),
            ("../include/zlib.h", "include/zlib.h"),
            ("/s/zlib-dev/far", "lib/libz.so.1.3"),
            ("../include/../far", "lib/libz.so.1.3"),
            ("/s/zlib-dev", ""),
            ("..", ""),
            ("../tool", "run"),
            ("../../../../s/zlib/lib", "lib"),
            ("/s/linux/back", "lib/libz.so.1.3"),
        ] {
            assert_eq!(resolve("lib", target), inside(end), "{target}");
        }
    }

    #[test]
    fn dot_dot_after_a_directory_link_is_the_parent_of_what_it_leads_to() {
        let text = "
            0 a/b/c/
            0 a/b/x
            0 x -> a
            0 short -> a/b/c
        ";
        let root = Place::Tree {
            source: 0,
            path: String::new(),
        };
        let end = with(text, |map| map.resolve(&root, "short/../x"));
        assert_eq!(end, inside("a/b/x"));
    }

    #[test]
    fn what_lies_outside_is_named_by_its_real_path() {
        let header = Resolved::Outside("/s/linux/include/a.h".to_owned());
        assert_eq!(resolve("lib", "../../linux/link"), header);
        assert_eq!(resolve("", "ext/a.h"), header);
    }

    #[test]
    fn links_that_lead_nowhere_are_told_apart() {
        for (target, fault) in [
            ("missing", Resolved::Broken),
            ("libz.so.1.3/..", Resolved::Broken),
            ("libz.so/x", Resolved::Broken),
            ("/s/linux/missing/x", Resolved::Broken),
            ("/s/linux/include/a.h/x", Resolved::Broken),
            ("/s/linux/include/a.h/../a.h", Resolved::Broken),
            ("../loop", Resolved::Loop),
            ("/s/linux/self", Resolved::Loop),
            ("/etc/passwd", Resolved::Escaping),
            ("../..", Resolved::Escaping),
            ("/", Resolved::Escaping),
            ("../share/doc", Resolved::Excluded("share".to_owned())),
        ] {
            assert_eq!(resolve("lib", target), fault, "{target}");
        }
    }

    #[test]
    fn forty_links_are_followed_and_no_more() {
        let chain = |count: usize| {
            let links: String = (0..count)
                .map(|i| format!("0 l{i} -> l{}\n", i + 1))
                .collect();
            let text = format!("{links}0 l{count}\n");
            let root = Place::Tree {
                source: 0,
                path: String::new(),
            };
            with(&text, |map| map.resolve(&root, "l0"))
        };
        assert_eq!(chain(40), inside("l40"));
        assert_eq!(chain(41), Resolved::Loop);
    }

    #[test]
    fn rewritten_targets_are_relative_and_minimal() {
        for (path, target, written) in [
            // As written: relative, and nothing outside the tree is needed.
            ("lib/libz.so", "libz.so.1", "libz.so.1"),
            ("lib/x", "./../lib64//libz.so", "./../lib64//libz.so"),
            ("lib/x", "./../include/zlib.h", "./../include/zlib.h"),
            // One step only.
            ("lib/x", "/s/zlib/lib/libz.so", "libz.so"),
            ("lib/x", "/s/zlib/lib64/libz.so", "libz.so"),
            ("bin/x", "/s/zlib/lib/libz.so/", "../lib/libz.so"),
            ("lib/x", "../../zlib-dev/include", "../include"),
            ("lib/x", "../../zlib-dev", ".."),
            ("lib/x", "../../zlib/lib/libz.so", "libz.so"),
            ("lib/x", "/s/zlib/lib/../lib64/.", "."),
            ("lib/x", "../../linux/back", "libz.so.1.3"),
            // One step would be the link itself.
            ("lib/libz.so", "/s/zlib-dev/lib/libz.so", "libz.so.1.3"),
        ] {
            let rewritten = with(ZLIB, |map| map.rewrite(path, 0, target));
            assert_eq!(rewritten.as_deref(), Ok(written), "{path} -> {target}");
        }
        let broken = with(ZLIB, |map| map.rewrite("lib/x", 0, "gone"));
        assert_eq!(broken, Err(Resolved::Broken));
    }

    #[test]
    fn an_output_sees_its_own_link_where_another_has_a_directory() {
        // `include` is a directory in the tree, a link in output 0.
        with(ZLIB, |map| {
            assert_eq!(map.listing.entries["include"].kind, Kind::Directory);
            let link = map.listing.lookup("include", 0).unwrap();
            let Kind::Symlink { target } = &link.kind else {
                panic!("not a link: {link:?}");
            };
            let root = Place::Tree {
                source: 0,
                path: String::new(),
            };
            assert_eq!(map.resolve(&root, target), inside("include"));
        });
    }
}
