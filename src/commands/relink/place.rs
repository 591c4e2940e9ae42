//! Where the final outputs come to stand: all of them, whole, or none.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use tempfile::TempDir;

use crate::commands::files::set_mode;
use crate::commands::placement::Placement;
use crate::problem::{Fault, Problem};

/// Places for outputs. Dropped before [`keep`](Places::keep) is done, it takes
/// away what it has put there.
pub struct Places {
    places: Vec<Place>,
    kept: bool,
}

/// The place of one output.
pub struct Place {
    output: PathBuf,
    /// Where it is written.
    written: PathBuf,
    /// The directory that holds `written`, if it is not at its place yet.
    beside: Option<TempDir>,
    /// Whether what is there has been put there by this process, not by another
    /// one that builds the same.
    ours: AtomicBool,
}

impl Place {
    /// Where what is at `path` below the output is written; it is the output
    /// itself if `path` is empty.
    pub fn at(&self, path: &Path) -> PathBuf {
        below(&self.written, path)
    }

    /// Makes what is at `path` by means of `make`, which must fail if there is
    /// something.
    pub fn create<T>(
        &self,
        path: &Path,
        make: impl FnOnce(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        let made = make(&self.at(path))?;
        if path.as_os_str().is_empty() {
            self.ours.store(true, Ordering::Relaxed);
        }
        Ok(made)
    }
}

/// `path` below `root`, which it may be itself.
pub fn below(root: &Path, path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() {
        root.to_owned()
    } else {
        root.join(path)
    }
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
                ours: AtomicBool::new(false),
            });
        }
        Ok(places)
    }

    /// In the order of the outputs.
    pub fn iter(&self) -> impl Iterator<Item = &Place> {
        self.places.iter()
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
            let ours = |place: &&Place| place.ours.load(Ordering::Relaxed);
            for place in self.places.iter().filter(ours) {
                // What goes wrong here is less than what already did.
                remove(&place.written);
            }
        }
    }
}

/// Renames what may be a read-only directory, which only those can move who
/// may write to it (rename(2), EACCES). `to` must not be there.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let meta = fs::symlink_metadata(from)?;
    let mode = meta.permissions().mode();
    if !meta.is_dir() || mode & 0o200 != 0 {
        return rename_to_nothing(from, to);
    }
    set_mode(from, mode | 0o200)?;
    rename_to_nothing(from, to)?;
    set_mode(to, mode)
}

fn rename_to_nothing(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system can, and not every kernel.
        Err(Errno::INVAL | Errno::NOSYS) => fs::rename(from, to),
        renamed => Ok(renamed?),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two builders of the same output, the first of which has begun to write.
    fn two(output: &Path, placement: Placement) -> (Places, Places) {
        let new = || Places::new([output].into_iter(), placement).unwrap();
        let (first, second) = (new(), new());
        let make = |places: &Places| {
            let place = places.iter().next().unwrap();
            place.create(Path::new(""), |to| fs::create_dir(to))?;
            place.create(Path::new("whole"), |to| fs::write(to, ""))
        };
        make(&first).unwrap();
        assert_eq!(make(&second).is_ok(), placement == Placement::Atomic);
        (first, second)
    }

    #[test]
    fn what_another_builder_has_made_stays() {
        for placement in [Placement::Direct, Placement::Atomic] {
            let lab = tempfile::tempdir().unwrap();
            let output = lab.path().join("out");
            let (first, second) = two(&output, placement);
            if placement == Placement::Atomic {
                assert!(first.keep().is_ok());
                let problems = second.keep().unwrap_err();
                assert!(problems[0].to_string().contains("move the output"));
            } else {
                drop(second);
                assert!(first.keep().is_ok());
            }
            assert!(output.join("whole").exists());
            assert_eq!(fs::read_dir(lab.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_is_not_kept_is_taken_away() {
        for placement in [Placement::Direct, Placement::Atomic] {
            let lab = tempfile::tempdir().unwrap();
            let output = lab.path().join("out");
            let places = Places::new([&*output].into_iter(), placement).unwrap();
            let place = places.iter().next().unwrap();
            place
                .create(Path::new(""), |to| fs::create_dir(to))
                .unwrap();
            set_mode(&place.at(Path::new("")), 0o500).unwrap();
            drop(places);
            assert_eq!(fs::read_dir(lab.path()).unwrap().count(), 0);
        }
    }
}
