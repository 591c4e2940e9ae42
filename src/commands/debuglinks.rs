//! Programs tell the checksum of their separate debug file, which masking and
//! relinking change: they are told the new one.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::files::set_mode;
use crate::relink::hidden::{Debuglink, debug_crc, debuglink};

/// A file that tells the checksum of another, by their places in a list.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    file: usize,
    debug_file: usize,
}

/// Which of `files` tell the checksum of which others, before these change;
/// `changes` says of which one that matters. Who tells of something else is left
/// alone. The error names the file.
pub fn told(
    files: &[impl AsRef<Path> + Sync],
    changes: impl Fn(usize) -> bool,
) -> Result<Vec<Told>, (PathBuf, io::Error)> {
    let mut debug_files: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, file) in files.iter().enumerate() {
        // What `objcopy --add-gnu-debuglink` is given: `hello.debug`.
        let name = file.as_ref().file_name();
        let name = name.map(|name| name.as_encoded_bytes());
        if let Some(name) = name.filter(|name| name.ends_with(b".debug"))
            && changes(index)
        {
            debug_files.entry(name).or_default().push(index);
        }
    }
    if debug_files.is_empty() {
        return Ok(Vec::new());
    }
    let tells = |file: usize| -> io::Result<Option<Told>> {
        let Some(link) = link_of(files[file].as_ref())? else {
            return Ok(None);
        };
        for &debug_file in debug_files.get(&*link.name).into_iter().flatten() {
            if crc_of(files[debug_file].as_ref())? == link.crc {
                return Ok(Some(Told { file, debug_file }));
            }
        }
        Ok(None)
    };
    let told = (0..files.len()).into_par_iter().map(|file| {
        tells(file)
            .map_err(|error| (files[file].as_ref().to_owned(), error))
            .transpose()
    });
    told.flatten_iter().collect()
}

/// Of debug files, by their places in the list.
pub type Checksums = HashMap<usize, u32>;

/// The debug files, each once.
pub fn debug_files(told: &[Told]) -> BTreeSet<usize> {
    told.iter().map(|told| told.debug_file).collect()
}

/// The checksums that they have in `files`, which are the same list.
pub fn checksums(
    files: &[impl AsRef<Path> + Sync],
    told: &[Told],
) -> Result<Checksums, (PathBuf, io::Error)> {
    let checksum = |debug_file: usize| match crc_of(files[debug_file].as_ref()) {
        Ok(crc) => Ok((debug_file, crc)),
        Err(error) => Err((files[debug_file].as_ref().to_owned(), error)),
    };
    let debug_files = debug_files(told).into_par_iter();
    debug_files.map(checksum).collect()
}

/// Tells them these.
pub fn correct(
    files: &[impl AsRef<Path> + Sync],
    told: &[Told],
    checksums: &Checksums,
) -> Result<(), (PathBuf, io::Error)> {
    told.par_iter().try_for_each(|told| {
        let file = files[told.file].as_ref();
        let corrected = match (link_of(file), checksums.get(&told.debug_file)) {
            (Ok(Some(link)), Some(crc)) => set(&link, file, *crc),
            (Ok(_), _) => Ok(()),
            (Err(error), _) => Err(error),
        };
        corrected.map_err(|error| (file.to_owned(), error))
    })
}

fn link_of(path: &Path) -> io::Result<Option<Debuglink>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    debuglink(&file, size)
}

fn crc_of(path: &Path) -> io::Result<u32> {
    debug_crc(File::open(path)?)
}

/// Writes to a file that may be read-only, and leaves mode and time as they are.
fn set(link: &Debuglink, path: &Path, crc: u32) -> io::Result<()> {
    let meta = fs::metadata(path)?;
    let mode = meta.permissions().mode();
    set_mode(path, mode | 0o200)?;
    let file = OpenOptions::new().write(true).open(path)?;
    link.set(&file, crc)?;
    file.set_times(FileTimes::new().set_modified(meta.modified()?))?;
    set_mode(path, mode)
}
