//! Lists one of compile's outputs: what there is, with modes and hard links.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use walkdir::WalkDir;

use crate::problem::{Fault, Problem};

/// One thing in an output, directories before what is in them.
#[derive(Debug)]
pub struct Entry {
    /// Below the output; empty for itself.
    pub path: PathBuf,
    pub kind: Kind,
}

#[derive(Debug)]
pub enum Kind {
    Directory {
        mode: u32,
    },
    Symlink,
    File {
        mode: u32,
        modified: Option<SystemTime>,
        /// Device and inode, if the file has other names.
        links: Option<(u64, u64)>,
    },
}

/// What is at and below `root`, sorted.
///
/// Faults: `Io`, `SpecialFile`.
pub fn walk(root: &Path) -> Result<Vec<Entry>, Vec<Problem>> {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for found in WalkDir::new(root)
        .follow_root_links(false)
        .sort_by_file_name()
    {
        let io = |path: &Path, cause: String| {
            let action = "look at what compile left";
            Fault::Io { action, cause }.at(path.display().to_string())
        };
        let listed = found.and_then(|found| Ok((found.metadata()?, found)));
        let (meta, found) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                problems.push(io(&path, error.to_string()));
                continue;
            }
        };
        let mode = meta.mode() & 0o7777;
        let kind = if meta.is_dir() {
            Kind::Directory { mode }
        } else if meta.is_symlink() {
            Kind::Symlink
        } else if meta.is_file() {
            Kind::File {
                mode,
                modified: meta.modified().ok(),
                links: (meta.nlink() > 1).then(|| (meta.dev(), meta.ino())),
            }
        } else {
            problems.push(Fault::SpecialFile.at(found.path().display().to_string()));
            continue;
        };
        let path = found.path().strip_prefix(root).unwrap_or(found.path());
        entries.push(Entry {
            path: path.to_owned(),
            kind,
        });
    }
    if problems.is_empty() {
        Ok(entries)
    } else {
        Err(problems)
    }
}
