//! Where the final outputs come to stand: all of them, whole, or none.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::commands::placement::Placement;
use crate::problem::{Fault, Problem};

/// Places for outputs. Dropped before [`keep`](Places::keep) is done, it takes
/// away what it has put there.
pub struct Places {
    places: Vec<Place>,
    kept: bool,
}

struct Place {
    output: PathBuf,
    /// Where it is written.
    written: PathBuf,
    /// The directory that holds `written`, if it is not at its place yet.
    beside: Option<TempDir>,
}

impl Places {
    /// Places for `outputs`, none of which may be there.
    pub fn new<'p>(
        outputs: impl Iterator<Item = &'p Path>,
        placement: Placement,
    ) -> Result<Places, Vec<Problem>> {
        let mut places = Places {
            places: Vec::new(),
            kept: false,
        };
        for output in outputs {
            let at = |fault: Fault| vec![fault.at(output.display().to_string())];
            if fs::symlink_metadata(output).is_ok() {
                let error = io::Error::other("something is there already; remove it first");
                return Err(at(Fault::io("write the output", &error)));
            }
            let (written, beside) = match placement {
                Placement::Direct => (output.to_owned(), None),
                Placement::Atomic => {
                    let beside = tempfile::Builder::new()
                        .prefix(".stub-builder-")
                        .suffix(".tmp")
                        .tempdir_in(output.parent().unwrap_or(Path::new("/")))
                        .map_err(|error| at(Fault::io("create a directory beside it", &error)))?;
                    (beside.path().join("output"), Some(beside))
                }
            };
            places.places.push(Place {
                output: output.to_owned(),
                written,
                beside,
            });
        }
        Ok(places)
    }

    /// Where to write, in the order of the outputs.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        self.places.iter().map(|place| place.written.as_path())
    }

    /// Each output as it will be named, and where it lies now.
    pub fn moved(&self) -> Vec<(PathBuf, PathBuf)> {
        let places = self.places.iter();
        places
            .map(|place| (place.output.clone(), place.written.clone()))
            .collect()
    }

    /// Moves all to where they belong.
    pub fn keep(mut self) -> Result<(), Vec<Problem>> {
        for place in &mut self.places {
            if place.beside.is_some() {
                rename(&place.written, &place.output).map_err(|error| {
                    let fault = Fault::io("move the output to its place", &error);
                    vec![fault.at(place.output.display().to_string())]
                })?;
                place.written = place.output.clone();
                place.beside = None;
            }
        }
        self.kept = true;
        Ok(())
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        if !self.kept {
            for place in &self.places {
                // What goes wrong here is less than what already did.
                remove(&place.written);
            }
        }
    }
}

/// Renames what may be a read-only directory, which only those can move who
/// may write to it (rename(2), EACCES).
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let meta = fs::symlink_metadata(from)?;
    let mode = meta.permissions().mode();
    if !meta.is_dir() || mode & 0o200 != 0 {
        return fs::rename(from, to);
    }
    set_mode(from, mode | 0o200)?;
    fs::rename(from, to)?;
    set_mode(to, mode)
}

/// Removes a tree whose directories may be read-only.
fn remove(path: &Path) {
    for entry in walkdir::WalkDir::new(path).into_iter().flatten() {
        if entry.file_type().is_dir() {
            let _ = set_mode(entry.path(), 0o700);
        }
    }
    let _ = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
}

/// Sets permission bits.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}
