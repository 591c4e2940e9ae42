//! Edits files in place.

use std::fs::{self, FileTimes, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use crate::commands::files::set_mode;
use crate::relink::startup::Edit;

/// Writes to a file that may be read-only, and leaves mode and time as they are.
pub fn patch(path: &Path, edits: &[Edit]) -> io::Result<()> {
    let meta = fs::metadata(path)?;
    let mode = meta.permissions().mode();
    set_mode(path, mode | 0o200)?;
    let file = OpenOptions::new().write(true).open(path)?;
    for edit in edits {
        file.write_all_at(&edit.bytes, edit.at as u64)?;
    }
    file.set_times(FileTimes::new().set_modified(meta.modified()?))?;
    set_mode(path, mode)
}

/// Does `action` in a directory that may be read-only, and leaves its mode as it
/// is.
pub fn in_directory<T>(path: &Path, action: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let mode = fs::metadata(path)?.permissions().mode();
    set_mode(path, mode | 0o200)?;
    let done = action();
    set_mode(path, mode)?;
    done
}
