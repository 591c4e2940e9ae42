//! `stub-builder mask`: makes trees refer to nothing but themselves, in place.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use crate::commands::files::open;
use crate::problem::{Fault, Problem};
use crate::relink::scan::{Buffer, Window, windows};
use crate::store::{self, HASH_LENGTH, MASK};

/// What the user asked for.
#[derive(Debug)]
pub struct Options {
    /// What is masked. Its own store paths stay as they are.
    pub trees: Vec<PathBuf>,
    /// Store paths that stay as well.
    pub keep: Vec<String>,
    /// Store paths in whose place others are written, with the same name.
    pub instead: Vec<(String, String)>,
    /// Usually `/nix/store`.
    pub store_dir: String,
}

/// Masks every store path in the trees but their own, and says how many.
///
/// Nothing is moved, so that relinking finds all in its place. What is
/// compressed is left alone: Nix doesn't look there either, and relinking
/// knows both forms.
pub fn run(options: &Options) -> Result<usize, Vec<Problem>> {
    let trees = options.trees.iter().filter_map(|tree| tree.to_str());
    let own = trees.chain(options.keep.iter().map(String::as_str));
    let masker = Masker {
        own: own
            .filter_map(|path| store::hash_part(path, &options.store_dir))
            .collect(),
        instead: options
            .instead
            .iter()
            .filter_map(|(path, other)| {
                let of = |path| store::hash_part(path, &options.store_dir);
                Some((of(path)?, of(other)?))
            })
            .collect(),
        store_dir: &options.store_dir,
    };
    let mut paths = Vec::new();
    let mut problems = Vec::new();
    for entry in options
        .trees
        .iter()
        .flat_map(|tree| WalkDir::new(tree).follow_root_links(false))
    {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => paths.push(entry.into_path()),
            Err(error) => {
                let path = error.path().unwrap_or(Path::new("")).display().to_string();
                problems.push(Fault::io("look at the tree", io::Error::from(error)).at(path));
            }
        }
    }
    let results: Vec<Result<usize, Problem>> = paths
        .par_iter()
        .map_init(Buffer::default, |buffer, path| {
            masker
                .path(path, buffer)
                .map_err(|fault| fault.at(path.display().to_string()))
        })
        .collect();
    let mut count = 0;
    for result in results {
        match result {
            Ok(masked) => count += masked,
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(count)
    } else {
        problems.sort();
        Err(problems)
    }
}

struct Masker<'o> {
    own: Vec<[u8; HASH_LENGTH]>,
    instead: HashMap<[u8; HASH_LENGTH], [u8; HASH_LENGTH]>,
    store_dir: &'o str,
}

impl Masker<'_> {
    fn path(&self, path: &Path, buffer: &mut Buffer) -> Result<usize, Fault> {
        let meta =
            fs::symlink_metadata(path).map_err(|error| Fault::io("look at the file", error))?;
        if meta.is_symlink() {
            self.link(path)
        } else if meta.is_file() {
            self.file(path, meta.permissions().mode(), buffer)
        } else {
            Ok(0)
        }
    }

    fn link(&self, path: &Path) -> Result<usize, Fault> {
        let io = |error| Fault::io("mask the link", error);
        let mut target = fs::read_link(path)
            .map_err(io)?
            .into_os_string()
            .into_encoded_bytes();
        let hashes = self.hashes(&target);
        if hashes.is_empty() {
            return Ok(0);
        }
        for (at, hash) in &hashes {
            target[*at..*at + HASH_LENGTH].copy_from_slice(hash);
        }
        // Beside it and then over it, so that there is a link at any moment.
        let directory = path.parent().unwrap_or(Path::new("."));
        tempfile::Builder::new()
            .prefix(".stub-builder-")
            .make_in(directory, |new| symlink(OsStr::from_bytes(&target), new))
            .and_then(|new| new.persist(path).map_err(|error| error.error))
            .map_err(io)?;
        Ok(hashes.len())
    }

    fn file(&self, path: &Path, mode: u32, buffer: &mut Buffer) -> Result<usize, Fault> {
        let file = open(path).map_err(|error| Fault::io("open the file", error))?;
        let mut hashes = Vec::new();
        windows(&file, buffer, |window: Window| {
            let found = self.hashes(window.bytes).into_iter();
            let own = found.filter(|(at, _)| window.own.contains(at));
            hashes.extend(own.map(|(at, hash)| (window.offset + at as u64, hash)));
            Ok::<(), io::Error>(())
        })
        .map_err(|error| Fault::io("read the file", error))?;
        if hashes.is_empty() {
            return Ok(0);
        }
        // Builds leave files that nobody may write to.
        let write = |writable: bool| {
            let mode = if writable { mode | 0o200 } else { mode };
            fs::set_permissions(path, fs::Permissions::from_mode(mode))
        };
        let io = |error| Fault::io("mask the file", error);
        write(true).map_err(io)?;
        let file = OpenOptions::new().write(true).open(path).map_err(io);
        let masked = file.and_then(|file| {
            let mut hashes = hashes.iter();
            hashes.try_for_each(|(at, hash)| file.write_all_at(hash, *at).map_err(io))
        });
        write(false).map_err(io)?;
        masked.map(|()| hashes.len())
    }

    /// Where the hashes of others' store paths begin, and what is to stand there.
    fn hashes(&self, bytes: &[u8]) -> Vec<(usize, [u8; HASH_LENGTH])> {
        let mut hashes = Vec::new();
        store::unmasked(bytes, self.store_dir, |at, hash| {
            if !self.own.contains(hash) {
                let mut masked = *self.instead.get(hash).unwrap_or(hash);
                masked[0] = MASK;
                hashes.push((at, masked));
            }
        });
        hashes
    }
}
