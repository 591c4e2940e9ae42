//! The files that are to start faster, and what each of them loads as they are now.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Task;
use crate::commands::files::{self, Files, Loadable};
use crate::commands::loader::{Loader, Places, Process};
use crate::elf::{self, Needed};

/// A file of which the loader could make anything.
pub struct Subject<'m> {
    /// Where it will be, and where it is.
    pub path: &'m Path,
    pub disk: &'m Path,
    pub bytes: &'m [u8],
    pub needed: Needed<'m>,
}

/// The same, and what it loads.
pub struct Loading<'s, 'f> {
    pub subject: &'s Subject<'s>,
    pub process: Process<'s, 'f>,
}

/// What `look` makes of the task's files.
pub fn look<T>(task: &Task, places: &Places, look: impl FnOnce(&[Loading]) -> T) -> T {
    let mapped: Vec<(&Path, PathBuf, Loadable)> = task
        .files
        .par_iter()
        .filter_map(|file| {
            let disk = places.disk(&file.path)?.into_owned();
            let bytes = files::map_loadable(&disk).ok()??;
            Some((file.path.as_path(), disk, bytes))
        })
        .collect();
    let subjects: Vec<Subject> = mapped
        .par_iter()
        .filter_map(|(path, disk, bytes)| {
            Some(Subject {
                path,
                disk,
                bytes: bytes.bytes(),
                needed: elf::needed(bytes.bytes()).ok()?,
            })
        })
        .collect();
    let files = Files::default();
    let loader = Loader::new(&files, places, task.directories);
    let loadings: Vec<Loading> = subjects
        .par_iter()
        .map(|subject| Loading {
            subject,
            process: loader.load(subject.path, &subject.needed),
        })
        .collect();
    look(&loadings)
}
