//! An output path as a value: sorted entries, each a directory, a link or a
//! file. Paths are UTF-8, relative to the root, with `/` between components;
//! the root itself is the empty string and is always a directory.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Sorted by path, so that a tree has one representation.
#[derive(Debug, Default)]
pub struct Tree {
    pub entries: BTreeMap<String, Node>,
}

/// What stands at one path of a [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Directory,
    /// The target as it is written into the link.
    Symlink(String),
    File {
        contents: Contents,
        executable: bool,
    },
}

/// What a file of a [`Tree`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    Bytes(Vec<u8>),
    /// The same bytes as this file outside the tree, `0` to `size`.
    CopyOf {
        path: PathBuf,
        size: u64,
    },
}

impl Tree {
    /// The contents of the file at `path`, if the tree has them in memory.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        match self.entries.get(path)? {
            Node::File {
                contents: Contents::Bytes(bytes),
                ..
            } => Some(bytes),
            _ => None,
        }
    }
}

/// The directory part of a path in a tree: `""` for what lies at the root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The last component of a path in a tree.
pub fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `path` below `directory`, either of which may be the root (`""`).
pub fn join(directory: &str, path: &str) -> String {
    match (directory, path) {
        ("", _) => path.to_owned(),
        (_, "") => directory.to_owned(),
        _ => format!("{directory}/{path}"),
    }
}

/// The relative path that leads from `directory` to `target`, both in the same
/// tree: `("lib/pkgconfig", "include")` gives `../../include`, and the way to
/// itself is `.`.
pub fn relative(directory: &str, target: &str) -> String {
    fn components(path: &str) -> Vec<&str> {
        path.split('/').filter(|c| !c.is_empty()).collect()
    }
    let (from, to) = (components(directory), components(target));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut steps = vec![".."; from.len() - shared];
    steps.extend_from_slice(&to[shared..]);
    if steps.is_empty() {
        ".".to_owned()
    } else {
        steps.join("/")
    }
}

/// Removes `.` and resolves `..` by name alone. `None` if the path climbs out
/// of the tree.
pub fn normal(path: &str) -> Option<String> {
    let mut components = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                components.pop()?;
            }
            name => components.push(name),
        }
    }
    Some(components.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_climb_only_as_far_as_needed() {
        assert_eq!(relative("lib/pkgconfig", "include"), "../../include");
        assert_eq!(relative("lib", "lib/libz.so"), "libz.so");
        assert_eq!(relative("", "lib"), "lib");
        assert_eq!(relative("lib", "lib"), ".");
        assert_eq!(relative("a/b", ""), "../..");
    }

    #[test]
    fn normal_paths_stay_inside() {
        assert_eq!(normal("lib/../include/./x").as_deref(), Some("include/x"));
        assert_eq!(normal("../x"), None);
    }
}
