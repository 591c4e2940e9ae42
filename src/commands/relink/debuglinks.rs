//! Programs tell the checksum of their separate debug file, which relinking
//! changes: they are told the new one.

use std::collections::HashMap;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::place::set_mode;
use crate::relink::hidden::{Debuglink, debug_crc, debuglink};

/// A relinked file as compile left it, and as it is now.
pub struct Pair {
    pub before: PathBuf,
    pub after: PathBuf,
    pub references: usize,
}

/// Corrects the checksums in `files`, of which some may be debug files and
/// others tell of them. Who tells of something else is left alone. The error
/// names the file.
pub fn correct(files: &[Pair]) -> Result<(), (PathBuf, io::Error)> {
    let changed = files.iter().filter(|file| file.references > 0);
    let mut debug_files: HashMap<&[u8], Vec<&Pair>> = HashMap::new();
    for file in changed {
        // What `objcopy --add-gnu-debuglink` is given: `hello.debug`.
        let name = file.before.file_name().map(|name| name.as_encoded_bytes());
        if let Some(name) = name.filter(|name| name.ends_with(b".debug")) {
            debug_files.entry(name).or_default().push(file);
        }
    }
    if debug_files.is_empty() {
        return Ok(());
    }
    files
        .par_iter()
        .try_for_each(|file| correct_one(file, &debug_files).map_err(|e| (file.after.clone(), e)))
}

fn correct_one(file: &Pair, debug_files: &HashMap<&[u8], Vec<&Pair>>) -> io::Result<()> {
    let Some(link) = link_of(&file.after)? else {
        return Ok(());
    };
    for debug_file in debug_files.get(&*link.name).into_iter().flatten() {
        if crc_of(&debug_file.before)? == link.crc {
            return set(&link, &file.after, crc_of(&debug_file.after)?);
        }
    }
    Ok(())
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
