//! An interface tree as it is kept under version control: each stub as text,
//! everything else as it is. Below `tree/` it lies as in the tree; the file
//! `directories` names those that hold nothing, which git would forget.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bumpalo::Bump;
use walkdir::WalkDir;

use crate::elf::{self, FileKind};
use crate::interface::{Policy, text};
use crate::problem::{Fault, Problem};
use crate::tree::{Contents, Node, Tree};

const TREE: &str = "tree";
const DIRECTORIES: &str = "directories";

/// What is to be kept of the interface tree at `path`.
pub fn record(path: &Path) -> Result<Tree, Vec<Problem>> {
    let tree = read(path)?;
    let mut recorded = Tree::default();
    let mut empty = String::new();
    let mut problems = Vec::new();
    for (name, node) in &tree.entries {
        let place = format!("{TREE}/{name}");
        match node {
            Node::Directory => {
                let below = format!("{name}/");
                let next = tree.entries.range(below.clone()..).next();
                if !next.is_some_and(|(next, _)| next.starts_with(&below)) {
                    empty += &format!("{name}\n");
                }
            }
            Node::File {
                contents: Contents::Bytes(bytes),
                ..
            } if is_stub(bytes) => match elf::read(bytes) {
                Ok(interface) => {
                    let text = text::print(&interface, &Policy::default());
                    let node = file(text.into_bytes(), false);
                    recorded.entries.insert(place + text::EXTENSION, node);
                }
                Err(fault) => problems.push(fault.at(name.as_str())),
            },
            other => {
                recorded.entries.insert(place, other.clone());
            }
        }
    }
    if !empty.is_empty() {
        let node = file(empty.into_bytes(), false);
        recorded.entries.insert(DIRECTORIES.to_owned(), node);
    }
    if problems.is_empty() {
        Ok(recorded)
    } else {
        Err(problems)
    }
}

/// The interface tree that was recorded at `path`.
///
/// Faults: `BadRecord` if it is none; those of texts and stubs.
pub fn restore(path: &Path) -> Result<Tree, Vec<Problem>> {
    let none = |what: String| {
        let at = path.display().to_string();
        vec![Fault::BadRecord { what }.at(at)]
    };
    let recorded = path.join(TREE);
    if !recorded.is_dir() {
        return Err(none(format!("there is no {TREE} in it")));
    }
    let mut tree = Tree::default();
    let mut problems = Vec::new();
    for (name, node) in read(&recorded)?.entries {
        let text = match &node {
            Node::File {
                contents: Contents::Bytes(bytes),
                ..
            } if bytes.starts_with(text::HEAD) => {
                name.strip_suffix(text::EXTENSION).map(|to| (to, bytes))
            }
            _ => None,
        };
        match text {
            Some((to, bytes)) => match stub(bytes) {
                Ok(stub) => {
                    tree.entries.insert(to.to_owned(), file(stub, false));
                }
                Err(fault) => problems.push(fault.at(name.as_str())),
            },
            None => {
                tree.entries.insert(name, node);
            }
        }
    }
    match fs::read_to_string(path.join(DIRECTORIES)) {
        Ok(names) => {
            for name in names.lines() {
                tree.entries.insert(name.to_owned(), Node::Directory);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(none(format!("{DIRECTORIES}: {error}"))),
    }
    if problems.is_empty() {
        Ok(tree)
    } else {
        Err(problems)
    }
}

/// The stub that a text was printed from: what it holds, and nothing left out.
fn stub(text: &[u8]) -> Result<Vec<u8>, Fault> {
    let arena = Bump::new();
    elf::write(&text::parse(text, &arena)?.interface)
}

fn is_stub(bytes: &[u8]) -> bool {
    matches!(
        elf::identify(bytes),
        Ok(Some(FileKind::SharedObject { is_stub: true, .. }))
    )
}

fn file(bytes: Vec<u8>, executable: bool) -> Node {
    Node::File {
        contents: Contents::Bytes(bytes),
        executable,
    }
}

/// A tree as it lies on disk.
pub fn read(root: &Path) -> Result<Tree, Vec<Problem>> {
    let mut tree = Tree::default();
    let mut problems = Vec::new();
    for entry in WalkDir::new(root).min_depth(1).sort_by_file_name() {
        let read = entry.map_err(io::Error::from).and_then(|entry| {
            let path = entry.path();
            let node = if entry.file_type().is_dir() {
                Node::Directory
            } else if entry.file_type().is_symlink() {
                let target = fs::read_link(path)?;
                Node::Symlink(target.into_os_string().into_string().map_err(not_utf8)?)
            } else {
                let executable = entry.metadata()?.permissions().mode() & 0o100 != 0;
                file(fs::read(path)?, executable)
            };
            let name = path.strip_prefix(root).unwrap_or(path);
            let name = name.as_os_str().to_owned().into_string();
            Ok((name.map_err(not_utf8)?, node))
        });
        match read {
            Ok((name, node)) => {
                tree.entries.insert(name, node);
            }
            Err(error) => {
                let fault = Fault::io("read the tree", error);
                problems.push(fault.at(root.display().to_string()));
            }
        }
    }
    if problems.is_empty() {
        Ok(tree)
    } else {
        Err(problems)
    }
}

fn not_utf8(name: std::ffi::OsString) -> io::Error {
    io::Error::other(format!("{} is not UTF-8", name.display()))
}

/// The stubs in a tree, by path.
pub fn stubs(tree: &Tree) -> impl Iterator<Item = (&str, &[u8])> {
    tree.entries.iter().filter_map(|(path, node)| match node {
        Node::File {
            contents: Contents::Bytes(bytes),
            ..
        } if is_stub(bytes) => Some((path.as_str(), bytes.as_slice())),
        _ => None,
    })
}
