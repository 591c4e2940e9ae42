//! Writes a [`Tree`] to disk, complete or not at all.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rayon::prelude::*;

use crate::commands::files::open;
use crate::commands::placement::Placement;
use crate::problem::{Fault, Problem};
use crate::tree::{self, Contents, Node, Tree};

/// Writes `tree` to `directory`, which must not exist; its parent must.
///
/// All problems are reported, and after any nothing is left behind.
pub fn emit(tree: &Tree, directory: &Path, placement: Placement) -> Result<(), Vec<Problem>> {
    let one = |fault: Fault| vec![fault.at(directory.display().to_string())];
    match fs::symlink_metadata(directory) {
        Ok(_) => {
            return Err(one(Fault::io(
                "write the tree",
                "something is there already; remove it first, or name another --out",
            )));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(one(Fault::io("write the tree", error))),
    }
    match placement {
        Placement::Direct => {
            fs::create_dir(directory)
                .map_err(|error| one(Fault::io("create the directory", error)))?;
            fill(tree, directory).inspect_err(|_| {
                // Whatever goes wrong here is less than what already did.
                let _ = fs::remove_dir_all(directory);
            })
        }
        Placement::Atomic => {
            let Some(parent) = directory.parent() else {
                return Err(one(Fault::io("write the tree", "it has no parent")));
            };
            // Removed when dropped, that is on every way out of here but one.
            let beside = tempfile::Builder::new()
                .prefix(".stub-builder-")
                .suffix(".tmp")
                .tempdir_in(parent)
                .map_err(|error| one(Fault::io("create a directory beside it", error)))?;
            fill(tree, beside.path())?;
            // Fails if anything came there meanwhile, but for an empty
            // directory, which nobody will miss.
            fs::rename(beside.path(), directory)
                .map_err(|error| one(Fault::io("move the tree to its place", error)))?;
            let _ = beside.keep();
            Ok(())
        }
    }
}

/// Writes what `tree` holds into a directory that is there and empty.
fn fill(tree: &Tree, root: &Path) -> Result<(), Vec<Problem>> {
    let mut directories: BTreeSet<&str> = BTreeSet::from([""]);
    let mut problems = Vec::new();
    for (path, node) in &tree.entries {
        if !path.is_empty() && tree::normal(path).as_ref() != Some(path) {
            let fault = Fault::io("write the tree", "this is no path in a tree");
            problems.push(fault.at(path.clone()));
        }
        let mut directory = match node {
            Node::Directory => path,
            _ => tree::parent(path),
        };
        while directories.insert(directory) {
            directory = tree::parent(directory);
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // Sorted, so that each comes after the one that holds it. Modes are set by
    // hand because the umask has its say when something is created.
    for directory in directories {
        let path = root.join(directory);
        let made = if directory.is_empty() {
            Ok(())
        } else {
            fs::create_dir(&path)
        };
        if let Err(error) = made.and_then(|()| fs::set_permissions(&path, mode(0o755))) {
            return Err(vec![Fault::io("create the directory", error).at(directory)]);
        }
    }
    // Links last: nothing can then be written through one.
    let files: Vec<_> = tree.entries.iter().collect();
    let mut problems: Vec<Problem> = files
        .par_iter()
        .filter_map(|(path, node)| match node {
            Node::File {
                contents,
                executable,
            } => write(&root.join(path), contents, *executable)
                .err()
                .map(|fault| fault.at(path.as_str())),
            _ => None,
        })
        .collect();
    for (path, node) in files {
        if let Node::Symlink(target) = node
            && let Err(error) = symlink(target, root.join(path))
        {
            problems.push(Fault::io("create the link", error).at(path.as_str()));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        problems.sort();
        Err(problems)
    }
}

fn write(path: &Path, contents: &Contents, executable: bool) -> Result<(), Fault> {
    let create = |error| Fault::io("create the file", error);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(create)?;
    match contents {
        Contents::Bytes(bytes) => file
            .write_all(bytes)
            .map_err(|error| Fault::io("write the file", error))?,
        Contents::CopyOf { path: from, size } => {
            let copy = |error: io::Error| {
                Fault::io("copy the file", format!("{error} ({})", from.display()))
            };
            // In the kernel: copy_file_range(2) where the file system can.
            let copied = open(from)
                .and_then(|mut from| io::copy(&mut from, &mut file))
                .map_err(copy)?;
            if copied != *size {
                return Err(copy(io::Error::other(format!(
                    "it had {size} bytes when it was listed and has {copied} now"
                ))));
            }
        }
    }
    let bits = if executable { 0o755 } else { 0o644 };
    file.set_permissions(mode(bits)).map_err(create)
}

fn mode(bits: u32) -> Permissions {
    Permissions::from_mode(bits)
}
