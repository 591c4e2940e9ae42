//! Load lists: for each program one file that names all its libraries.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::mem;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use bstr::{BStr, BString};
use rayon::prelude::*;

use super::closure::{Closure, Surroundings, closure};
use super::patch::{in_directory, patch};
use super::sorted::sorted;
use super::subjects::{Loading, Subject};
use super::{Left, Started, Task};
use crate::commands::loader::{Places, Process};
use crate::elf;
use crate::problem::{Fault, Problem};
use crate::relink::startup::constructors::needed_by_last;
use crate::relink::startup::program;

/// What the names of load lists in `nix-support` begin with.
pub const PREFIX: &str = "startup-";
/// Below this many failing opens a load list costs more than it saves.
const WORTHWHILE: usize = 40;
const EM_MIPS: u16 = 8;

struct Program<'s> {
    subject: &'s Subject<'s>,
    lists: Option<Lists>,
    started: Started,
}

/// What a program's load lists name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Lists {
    /// In the order in which symbols are to be looked for.
    libraries: Vec<BString>,
    /// How many of them the program needs itself: the C library's.
    ///
    /// What LD_PRELOAD names needs a C library, too, and the loader sees to that
    /// before it comes to what the list needs (glibc, elf/dl-deps.c,
    /// `_dl_map_object_deps`). Were it another one, there would be two.
    front: usize,
    /// By which the program asks for versions.
    names: Vec<BString>,
    /// If that is not the order of before: a list of its own, loaded last, for
    /// the sake of constructors.
    constructors: Option<Vec<BString>>,
}

/// Lets all programs for which it pays load what a list says.
pub fn apply(
    task: &Task,
    surroundings: &Surroundings,
    loadings: &[Loading],
) -> Result<Vec<Started>, Vec<Problem>> {
    let places = surroundings.places;
    let mut programs = programs(surroundings, loadings);
    // Programs that load the same share their lists, named after the first.
    let mut written: BTreeMap<(&Path, Lists), PathBuf> = BTreeMap::new();
    let mut taken: Vec<PathBuf> = Vec::new();
    for program in &mut programs {
        let Some(mut lists) = program.lists.take() else {
            continue;
        };
        let Subject {
            path, disk, bytes, ..
        } = program.subject;
        let at = |fault: Fault| vec![fault.at(path.display().to_string())];
        let mut outputs = task.outputs.iter();
        let Some(output) = outputs.find(|output| path.starts_with(output)) else {
            continue;
        };
        let stem = path.file_name().unwrap_or_default();
        let stem = stem.to_string_lossy();
        let needs = |lists: &Lists| {
            let path = written.get(&(*output, lists.clone())).cloned();
            let path = path.unwrap_or_else(|| unused(output, &stem, &taken));
            let mut paths = vec![BStr::new(path.as_os_str().as_bytes())];
            let front = lists.libraries[..lists.front].iter();
            paths.extend(front.map(|path| -> &BStr { path.as_ref() }));
            let edits = program::needs(bytes, &paths)?;
            Ok(edits.map(|edits| (path, edits)))
        };
        let mut fitting = needs(&lists).map_err(at)?;
        if fitting.is_none() {
            lists.front = 0;
            fitting = needs(&lists).map_err(at)?;
        }
        let Some((path, edits)) = fitting else {
            program.started.left = Some(Left::NoRoom.to_string());
            program.started.ordered = false;
            continue;
        };
        let key = (*output, lists);
        let is_new = !written.contains_key(&key);
        let io = |error: io::Error| at(Fault::io("write the load list", &error));
        if is_new {
            taken.push(path.clone());
            let lists = &key.1;
            let libraries = lists.libraries[lists.front..].iter();
            let mut names: Vec<&BStr> = libraries.map(AsRef::as_ref).collect();
            let last;
            if let Some(constructors) = &lists.constructors {
                let path = unused(output, &format!("{stem}-constructors"), &taken);
                taken.push(path.clone());
                let names_in_it: Vec<&BStr> = constructors.iter().map(AsRef::as_ref).collect();
                let list = elf::load_list(bytes, &names_in_it).map_err(at)?;
                write(places, output, &path, &list).map_err(io)?;
                last = BString::from(path.into_os_string().into_vec());
                names.push(last.as_ref());
            }
            names.extend(lists.names.iter().map(|name| -> &BStr { name.as_ref() }));
            let list = elf::load_list(bytes, &names).map_err(at)?;
            write(places, output, &path, &list).map_err(io)?;
            written.insert(key, path);
        }
        patch(disk, &edits)
            .map_err(|error| at(Fault::io("let the program load its list", &error)))?;
    }
    Ok(programs
        .into_iter()
        .map(|program| program.started)
        .collect())
}

/// The programs among the files, and what they are to load.
fn programs<'s>(surroundings: &Surroundings, loadings: &[Loading<'s, '_>]) -> Vec<Program<'s>> {
    let look = |Loading { subject, process }: &Loading<'s, '_>| {
        subject.needed.interpreter?;
        if subject.needed.names.is_empty() {
            return None;
        }
        let mut started = Started {
            path: subject.path.display().to_string(),
            libraries: process.objects.len(),
            failing_opens: 0,
            directories: 0,
            ordered: false,
            left: None,
        };
        let lists = closure(subject, process, surroundings).and_then(|closure| {
            started.failing_opens = closure.misses;
            started.directories = closure.directories;
            lists(subject, &closure, process)
        });
        let lists = lists
            .map_err(|left| started.left = Some(left.to_string()))
            .ok();
        let constructors = lists.as_ref().map(|lists| &lists.constructors);
        started.ordered = constructors.is_some_and(Option::is_some);
        Some(Program {
            subject,
            lists,
            started,
        })
    };
    loadings.par_iter().filter_map(look).collect()
}

/// The load lists of a program.
fn lists(subject: &Subject, closure: &Closure, process: &Process) -> Result<Lists, Left> {
    if subject.needed.machine.2 == EM_MIPS {
        return Err(Left::Machine);
    }
    if closure.misses < WORTHWHILE {
        return Err(Left::Little);
    }
    let found = closure.libraries.iter().map(|library| {
        let path = library.path.clone();
        path.unwrap_or_else(|| library.name.to_owned())
    });
    let mut lists = Lists {
        libraries: found.collect(),
        front: 0,
        names: Vec::new(),
        constructors: None,
    };
    // musl has no way to order constructors apart, and doesn't care for the name
    // of what has a version.
    if process.is_musl {
        return Ok(lists);
    }
    // The loader asks for the versions of a library by the name that the program
    // has for it (glibc, elf/dl-version.c, `find_needed`), which it knows of a
    // library that is loaded once it has been asked for it.
    let imports = elf::imports(subject.bytes).map_err(|_| Left::Missing)?;
    for version in imports.versions {
        let Some(object) = process.named(version.file) else {
            continue;
        };
        if object.needed.soname != Some(version.file) {
            return Err(Left::Misnamed(version.file.to_string()));
        }
        let mut known = lists.libraries.iter().chain(&lists.names);
        if !known.any(|known| known == version.file) {
            lists.names.push(version.file.to_owned());
        }
    }
    if let Some(sorted) = sorted(subject, closure, process) {
        let ordered = sorted.libraries.iter();
        let ordered: Vec<BString> = ordered
            .map(|&index| lists.libraries[index].clone())
            .collect();
        lists.front = sorted.front;
        let before = mem::replace(&mut lists.libraries, ordered);
        if before != lists.libraries {
            lists.constructors = Some(needed_by_last(before).collect());
        }
    }
    Ok(lists)
}

/// A name for a list.
fn unused(output: &Path, stem: &str, taken: &[PathBuf]) -> PathBuf {
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
