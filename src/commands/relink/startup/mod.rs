//! Spares the relinked programs the search for their libraries, and proves that
//! they load what they loaded before.
//!
//! `subjects` are the files and what they load, `closure` where a program is sure
//! to find that, `sorted` the order in which it is best loaded; `lists` and
//! `links` write it where the loader finds it at once, `patch` edits files in
//! place, and `loaded` compares. `own` spares libraries the search for their own
//! functions.

mod closure;
mod links;
mod lists;
mod loaded;
mod own;
mod patch;
mod sorted;
mod subjects;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use self::closure::Surroundings;
use self::loaded::Loaded;
pub use self::own::Own;
use self::subjects::Loading;
use crate::commands::check::File;
use crate::commands::loader::{Defaults, Places};
use crate::problem::{Fault, Problem};
use crate::relink::startup::Way;

/// What is to be done to which files.
pub struct Task<'t> {
    pub way: Option<Way>,
    /// Whether libraries are bound to their own functions.
    pub bind_own_functions: bool,
    pub store_dir: &'t Path,
    /// Where each output will be.
    pub outputs: Vec<&'t Path>,
    pub files: &'t [File],
    pub moved: &'t [(PathBuf, PathBuf)],
    /// Where else libraries are looked for.
    pub directories: Defaults<'t>,
}

/// What became of one program.
#[derive(Debug, Serialize)]
pub struct Started {
    pub path: String,
    /// How many libraries are loaded when it starts.
    pub libraries: usize,
    /// Attempts to open a library in a directory without it. All of them are
    /// saved, unless the program is left as it was.
    pub failing_opens: usize,
    /// Directories that were searched. The loader looks into some subdirectories
    /// of each: glibc 2.36 into up to nine, later ones into three.
    pub directories: usize,
    /// Whether symbols are looked for in another order, which finds the same.
    pub ordered: bool,
    /// Why it was left as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}

/// Why a file is left as it was.
#[derive(Debug, Error)]
pub enum Left {
    #[error("there is little to save")]
    Little,
    #[error("a library is missing")]
    Missing,
    #[error("{} is not in the store, and may be another one elsewhere", _0.display())]
    Impure(PathBuf),
    #[error("{} may hold variants of libraries for other processors", _0.display())]
    Variants(PathBuf),
    #[error("{} is found through the search path of another library", _0.display())]
    Inherited(PathBuf),
    #[error("{_0} has another SONAME than it is needed by")]
    Misnamed(String),
    #[error("there is no room in its search path")]
    NoRoom,
    #[error("its machine has no loader that is known to do it")]
    Machine,
}

/// Does it, and proves that nothing else is loaded.
///
/// Problems: `Io`, `LoadsOther`.
pub fn apply(task: &Task) -> Result<(Vec<Started>, Vec<Own>), Vec<Problem>> {
    let places = Places::new(task.moved);
    let (before, started, own) = subjects::look(task, &places, |loadings| {
        let own = match task.bind_own_functions {
            true => own::bind(task, &places, loadings)?,
            false => Vec::new(),
        };
        let before = loaded(loadings);
        let surroundings = Surroundings::new(task.store_dir, &places);
        let started = match task.way {
            Some(Way::List) => lists::apply(task, &surroundings, loadings)?,
            Some(Way::Links) => links::apply(task, &surroundings, loadings)?,
            None => Vec::new(),
        };
        Ok::<_, Vec<Problem>>((before, started, own))
    })?;
    // What was no directory may be one now.
    let places = Places::new(task.moved);
    let after = subjects::look(task, &places, loaded);
    let difference = |(path, before): (&PathBuf, &Loaded)| {
        let what = before.difference(after.get(path), &places)?;
        Some(Fault::LoadsOther { what }.at(path.display().to_string()))
    };
    let problems: Vec<Problem> = before.iter().filter_map(difference).collect();
    match problems.is_empty() {
        true => Ok((started, own)),
        false => Err(problems),
    }
}

/// What each file loads, by its path.
fn loaded(loadings: &[Loading]) -> BTreeMap<PathBuf, Loaded> {
    let loaded =
        |Loading { subject, process }: &Loading| (subject.path.to_owned(), Loaded::of(process));
    loadings.iter().map(loaded).collect()
}
