//! Load lists: for each program one file that names all its libraries.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use bstr::BStr;
use rayon::prelude::*;

use super::closure::{Closure, closure};
use super::patch::{in_directory, patch};
use super::{Left, Started, Task, surroundings};
use crate::commands::files::{self, Files, Loadable};
use crate::commands::loader::{Loader, Places, Process};
use crate::elf::{self, Needed};
use crate::problem::{Fault, Problem};
use crate::relink::startup::program;

/// What the names of load lists in `nix-support` begin with.
pub const PREFIX: &str = "startup-";
/// Below this many failing opens a load list costs more than it saves.
const WORTHWHILE: usize = 40;
const EM_MIPS: u16 = 8;

struct Program<'t> {
    /// Where it will be, and where it is.
    path: &'t Path,
    disk: PathBuf,
    bytes: Loadable,
    list: Option<Vec<u8>>,
    started: Started,
}

/// Lets all programs for which it pays load what a list says.
pub fn apply(task: &Task) -> Result<Vec<Started>, Vec<Problem>> {
    let mut programs = programs(task);
    let places = Places::new(task.moved);
    // Programs that load the same share a list, named after the first.
    let mut written: BTreeMap<(&Path, Vec<u8>), PathBuf> = BTreeMap::new();
    let mut names: Vec<PathBuf> = Vec::new();
    for program in &mut programs {
        let Some(list) = program.list.take() else {
            continue;
        };
        let at = |fault: Fault| vec![fault.at(program.path.display().to_string())];
        let mut outputs = task.outputs.iter();
        let Some(output) = outputs.find(|output| program.path.starts_with(output)) else {
            continue;
        };
        let key = (*output, list);
        let (path, is_new) = match written.get(&key) {
            Some(path) => (path.clone(), false),
            None => (unused(output, program.path, &names), true),
        };
        let edits =
            program::needs_list(program.bytes.bytes(), &path.display().to_string()).map_err(at)?;
        let Some(edits) = edits else {
            program.started.left = Some(Left::NoRoom.to_string());
            continue;
        };
        let io = |error: io::Error| at(Fault::io("write the load list", &error));
        if is_new {
            write(&places, output, &path, &key.1).map_err(io)?;
            names.push(path.clone());
            written.insert(key, path);
        }
        patch(&program.disk, &edits)
            .map_err(|error| at(Fault::io("let the program load its list", &error)))?;
    }
    Ok(programs
        .into_iter()
        .map(|program| program.started)
        .collect())
}

/// The programs among the files, and what they are to load.
fn programs<'t>(task: &'t Task) -> Vec<Program<'t>> {
    let files = Files::default();
    let places = Places::new(task.moved);
    let loader = Loader::new(&files, &places, task.directories);
    let surroundings = surroundings(task, &places);
    let look = |path: &'t Path| {
        let disk = places.disk(path)?.into_owned();
        let bytes = files::map_loadable(&disk).ok()??;
        let needed = elf::needed(bytes.bytes()).ok()?;
        needed.interpreter?;
        if needed.names.is_empty() {
            return None;
        }
        let process = loader.load(path, &needed);
        let mut started = Started {
            path: path.display().to_string(),
            libraries: process.objects.len(),
            failing_opens: 0,
            directories: 0,
            left: None,
        };
        let list = closure(path, &needed, &process, &surroundings).and_then(|closure| {
            started.failing_opens = closure.misses;
            started.directories = closure.directories;
            list(bytes.bytes(), &needed, &closure, &process)
        });
        let list = list
            .map_err(|left| started.left = Some(left.to_string()))
            .ok();
        Some(Program {
            path,
            disk,
            bytes,
            list,
            started,
        })
    };
    let paths = task.files.par_iter().map(|file| file.path.as_path());
    paths.filter_map(look).collect()
}

/// The load list of a program.
fn list(
    bytes: &[u8],
    needed: &Needed,
    closure: &Closure,
    process: &Process,
) -> Result<Vec<u8>, Left> {
    if needed.machine.2 == EM_MIPS {
        return Err(Left::Machine);
    }
    if closure.misses < WORTHWHILE {
        return Err(Left::Little);
    }
    let mut names: Vec<&BStr> = Vec::new();
    for library in &closure.libraries {
        names.push(match &library.path {
            Some(path) => BStr::new(path),
            None => library.name,
        });
    }
    // The loader asks for the versions of a library by the name that the program
    // has for it (glibc, elf/dl-version.c, `find_needed`), which it knows of a
    // library that is loaded once it has been asked for it. musl doesn't care.
    if !process.is_musl {
        let imports = elf::imports(bytes).map_err(|_| Left::Missing)?;
        for version in imports.versions {
            let Some(object) = process.named(version.file) else {
                continue;
            };
            if object.needed.soname != Some(version.file) {
                return Err(Left::Misnamed(version.file.to_string()));
            }
            if !names.contains(&version.file) {
                names.push(version.file);
            }
        }
    }
    elf::load_list(bytes, &names).map_err(|_| Left::Machine)
}

/// A name for the list of the program at `path`.
fn unused(output: &Path, path: &Path, taken: &[PathBuf]) -> PathBuf {
    let stem = path.file_name().unwrap_or_default().to_string_lossy();
    let name = |suffix: String| output.join(format!("nix-support/{PREFIX}{stem}{suffix}.so"));
    let mut candidate = name(String::new());
    let mut number = 1;
    while taken.contains(&candidate) {
        number += 1;
        candidate = name(format!("-{number}"));
    }
    candidate
}

fn write(places: &Places, output: &Path, path: &Path, list: &[u8]) -> io::Result<()> {
    let support = support(places, output)?;
    let file = support.join(path.file_name().unwrap_or_default());
    in_directory(&support, || fs::write(&file, list))
}

/// The directory `nix-support` of an output, made if need be: profiles don't
/// merge it.
pub fn support(places: &Places, output: &Path) -> io::Result<PathBuf> {
    let directory = places.disk(output);
    let directory = directory.ok_or_else(|| io::Error::from(ErrorKind::NotFound))?;
    let support = directory.join("nix-support");
    if !support.exists() {
        in_directory(&directory, || fs::create_dir(&support))?;
    }
    Ok(support)
}
