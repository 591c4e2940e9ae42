//! What is no library: headers, `.pc` files, linker scripts, links.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::commands::files::read;
use crate::commands::stubs::Built;
use crate::interface::diff::Verdict;
use crate::package::header_change::{HeaderChange, header_change};
use crate::package::pkg_config::same_but_version;
use crate::problem::{Fault, Problem};
use crate::tree::{Contents, Node};

/// A file that differs.
#[derive(Debug, Serialize)]
pub struct FileChange {
    pub path: String,
    pub class: Class,
    pub kind: Kind,
    pub verdict: Verdict,
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Header,
    PkgConfig,
    Link,
    Library,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Added,
    Removed,
    Changed,
    Moved,
}

impl Class {
    /// For "2 headers".
    pub fn plural(self) -> &'static str {
        match self {
            Class::Header => "headers",
            Class::PkgConfig => ".pc files",
            Class::Link => "links",
            Class::Library => "libraries",
            Class::Other => "other files",
        }
    }

    fn of(path: &str, node: &Node) -> Class {
        if let Node::Symlink(_) = node {
            return Class::Link;
        }
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "pc" => Class::PkgConfig,
            "h" | "hh" | "hpp" | "hxx" | "tcc" => Class::Header,
            _ if path.split('/').any(|folder| folder == "include") => Class::Header,
            _ => Class::Other,
        }
    }
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
            Kind::Moved => "moved",
        }
    }
}

impl FileChange {
    fn new(path: &str, class: Class, kind: Kind) -> FileChange {
        let verdict = match (kind, class) {
            (Kind::Added | Kind::Moved, _) | (Kind::Changed, Class::Link) => Verdict::Compatible,
            (Kind::Changed | Kind::Removed, _) => Verdict::Incompatible,
        };
        let why = match (kind, class) {
            (Kind::Added, _) => "nothing that is built already asks for it",
            (Kind::Moved, _) => {
                "linked programs go by the SONAME, but the interface tree is another"
            }
            (Kind::Removed, Class::Header) => "what includes it no longer compiles",
            (Kind::Removed, _) => "what reads it no longer builds",
            (Kind::Changed, Class::Header) => {
                "more than comments and additions: structures, inline functions and macros are compiled into programs: whether what changed matters to them, only a reader can tell"
            }
            (Kind::Changed, Class::PkgConfig) => {
                "versions and flags that builds ask for: only a reader can tell whether they matter"
            }
            (Kind::Changed, Class::Link) => {
                "linkers find the library by another way; what it leads to is compared above"
            }
            (Kind::Changed, _) => "builds may read it: only a reader can tell what the change does",
        };
        FileChange {
            path: path.to_owned(),
            class,
            kind,
            verdict,
            why: why.to_owned(),
        }
    }

    /// A change that the text tells to be harmless.
    fn judged(mut self, was: &Node, now: &Node) -> Result<FileChange, Fault> {
        let (Node::File { contents: was, .. }, Node::File { contents: now, .. }) = (was, now)
        else {
            return Ok(self);
        };
        if self.class == Class::PkgConfig && same_but_version(&bytes(was)?, &bytes(now)?) {
            self.verdict = Verdict::Compatible;
            self.why = "nothing but the version".to_owned();
        }
        if self.class == Class::Header {
            let why = match header_change(&bytes(was)?, &bytes(now)?) {
                HeaderChange::Comments => "nothing but comments and white space",
                HeaderChange::Additions => {
                    "nothing but additions: what was declared before still is, and in the same way"
                }
                HeaderChange::Other => return Ok(self),
            };
            self.verdict = Verdict::Compatible;
            self.why = why.to_owned();
        }
        Ok(self)
    }

    /// A library that lies elsewhere.
    pub(super) fn moved(from: &str, to: &str) -> FileChange {
        let mut change = FileChange::new(from, Class::Library, Kind::Moved);
        change.why = format!("it is {to} now; {}", change.why);
        change
    }
}

/// Files of either tree that the other has not, or not with these contents.
pub(super) fn compare(old: &Built, new: &Built) -> Result<Vec<FileChange>, Vec<Problem>> {
    let (was, now) = (others(old), others(new));
    let paths: BTreeSet<&str> = was.keys().chain(now.keys()).copied().collect();
    let mut changes = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let change = |kind, node| FileChange::new(path, Class::of(path, node), kind);
        let changed = match (was.get(path), now.get(path)) {
            (Some(was), Some(now)) => match same(was, now) {
                Ok(true) => continue,
                Ok(false) => change(Kind::Changed, now).judged(was, now),
                Err(fault) => Err(fault),
            },
            (Some(node), None) => Ok(change(Kind::Removed, node)),
            (None, Some(node)) => Ok(change(Kind::Added, node)),
            (None, None) => continue,
        };
        match changed {
            Ok(change) => changes.push(change),
            Err(fault) => problems.push(fault.at(path)),
        }
    }
    if problems.is_empty() {
        Ok(changes)
    } else {
        Err(problems)
    }
}

/// What of a tree is neither library nor directory.
fn others(built: &Built) -> BTreeMap<&str, &Node> {
    let libraries: BTreeSet<&str> = built
        .converted
        .libraries
        .iter()
        .map(|library| library.path.as_str())
        .collect();
    let entries = built.converted.tree.entries.iter();
    entries
        .filter(|(path, node)| **node != Node::Directory && !libraries.contains(path.as_str()))
        .map(|(path, node)| (path.as_str(), node))
        .collect()
}

fn same(was: &Node, now: &Node) -> Result<bool, Fault> {
    match (was, now) {
        (
            Node::File {
                contents: was,
                executable: was_executable,
            },
            Node::File {
                contents: now,
                executable,
            },
        ) => Ok(was_executable == executable && bytes(was)? == bytes(now)?),
        _ => Ok(was == now),
    }
}

fn bytes(contents: &Contents) -> Result<std::borrow::Cow<'_, [u8]>, Fault> {
    match contents {
        Contents::Bytes(bytes) => Ok(bytes.into()),
        Contents::CopyOf { path, .. } => read(path).map(Into::into).map_err(|error| Fault::Io {
            action: "read the file",
            cause: error.to_string(),
        }),
    }
}
