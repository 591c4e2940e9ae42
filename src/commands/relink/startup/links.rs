//! Directories of links: for each file with a long search path the libraries
//! that it needs, in one place.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use bstr::BString;
use rayon::prelude::*;

use super::closure::{Surroundings, text};
use super::patch::{in_directory, patch};
use super::subjects::{Loading, Subject};
use super::{Left, Started, Task, lists};
use crate::commands::loader::{Places, Process, expand};
use crate::problem::{Fault, Problem};
use crate::relink::startup::links;

/// Links are further files to read from a cold disk: they pay for a file whose
/// search path has so many directories.
const MANY: usize = 9;

/// Name and target of each link, and how many directories of the search path
/// come before those.
struct Wanted {
    links: BTreeMap<BString, BString>,
    before: usize,
}

/// Gives each file with a long search path a directory of links.
pub fn apply(
    task: &Task,
    surroundings: &Surroundings,
    loadings: &[Loading],
) -> Result<Vec<Started>, Vec<Problem>> {
    let look = |Loading { subject, process }: &Loading| {
        let mut started = Started {
            path: subject.path.display().to_string(),
            libraries: process.objects.len(),
            failing_opens: 0,
            directories: subject.needed.directories.len(),
            ordered: false,
            left: None,
        };
        let wanted = wanted(subject, process, surroundings, &mut started);
        let wanted = wanted.map_err(|left| started.left = Some(left.to_string()));
        (wanted.ok(), started)
    };
    let needing = loadings.iter();
    let needing = needing.filter(|loading| !loading.subject.needed.names.is_empty());
    let needing: Vec<&Loading> = needing.collect();
    let looked: Vec<_> = needing.par_iter().map(|loading| look(loading)).collect();
    // Most files of an output can share a directory: names rarely have two
    // meanings in one package.
    let mut directories: Vec<(PathBuf, BTreeMap<BString, BString>)> = Vec::new();
    let mut edits = Vec::new();
    let mut all = Vec::new();
    for (loading, (wanted, mut started)) in needing.iter().zip(looked) {
        let Subject {
            path, disk, bytes, ..
        } = loading.subject;
        let mut outputs = task.outputs.iter();
        let output = outputs.find(|output| path.starts_with(output));
        if let (Some(wanted), Some(output)) = (wanted, output) {
            let at = |fault: Fault| vec![fault.at(path.display().to_string())];
            let fits = |(directory, links): &(PathBuf, BTreeMap<BString, BString>)| {
                let same = |(name, target)| links.get(name).is_none_or(|other| other == target);
                directory.starts_with(output) && wanted.links.iter().all(same)
            };
            let index = directories.iter().position(fits);
            let directory = match index {
                Some(index) => directories[index].0.clone(),
                None => {
                    let own = |(directory, _): &&(PathBuf, _)| directory.starts_with(output);
                    let number = match directories.iter().filter(own).count() {
                        0 => String::new(),
                        count => format!("-{}", count + 1),
                    };
                    output.join(format!("nix-support/{}links{number}", lists::PREFIX))
                }
            };
            let edit = links::searches(bytes, &directory.display().to_string(), wanted.before);
            match edit.map_err(at)? {
                Some(edit) => {
                    match index {
                        Some(index) => directories[index].1.extend(wanted.links),
                        None => directories.push((directory, wanted.links)),
                    }
                    edits.push((path, disk, edit));
                }
                None => started.left = Some(Left::NoRoom.to_string()),
            }
        }
        all.push(started);
    }
    for (directory, links) in &directories {
        write(surroundings.places, directory, links).map_err(|error| {
            let fault = Fault::io("write the directory of links", &error);
            vec![fault.at(directory.display().to_string())]
        })?;
    }
    for (path, disk, edit) in edits {
        patch(disk, &[edit]).map_err(|error| {
            let fault = Fault::io("set the search path", &error);
            vec![fault.at(path.display().to_string())]
        })?;
    }
    Ok(all)
}

/// The links that a file wants.
fn wanted(
    subject: &Subject,
    process: &Process,
    surroundings: &Surroundings,
    started: &mut Started,
) -> Result<Wanted, Left> {
    let origin = subject.path.parent().unwrap_or(Path::new(""));
    let expanded = subject.needed.directories.iter();
    let directories: Vec<PathBuf> = expanded.map(|one| expand(one, origin)).collect();
    // What lies in the directories before the last impure one is as good as
    // unknown, and so is what would be found behind them.
    let impure = |directory: &PathBuf| !surroundings.is_pure(directory);
    let before = directories
        .iter()
        .rposition(impure)
        .map_or(0, |last| last + 1);
    let mut links = BTreeMap::new();
    for &name in &subject.needed.names {
        let Some(object) = process.named(name) else {
            continue;
        };
        let hit = |directory: &PathBuf| object.path.parent() == Some(directory);
        let Some(index) = directories.iter().position(hit) else {
            continue;
        };
        started.failing_opens += index;
        if index < before || links::asks_where_it_is(object.bytes()) {
            continue;
        }
        let searched = &directories[..=index];
        if let Some(variants) = searched.iter().find(|one| surroundings.has_variants(one)) {
            return Err(Left::Variants(variants.clone()));
        }
        links.insert(name.to_owned(), text(&object.path));
    }
    match directories.len() < MANY || links.is_empty() {
        true => Err(Left::Little),
        false => Ok(Wanted { links, before }),
    }
}

/// The links, and some that lead the loader back to them from where it looks
/// first.
fn write(places: &Places, directory: &Path, links: &BTreeMap<BString, BString>) -> io::Result<()> {
    let output = directory.parent().and_then(Path::parent);
    let support = lists::support(places, output.unwrap_or(directory))?;
    let directory = support.join(directory.file_name().unwrap_or_default());
    in_directory(&support, || fs::create_dir(&directory))?;
    for (name, target) in links {
        let name = directory.join(OsStr::from_bytes(name));
        symlink(OsStr::from_bytes(target), name)?;
    }
    let variants = directory.join("glibc-hwcaps");
    fs::create_dir(&variants)?;
    for level in ["x86-64-v2", "x86-64-v3", "x86-64-v4"] {
        symlink("..", variants.join(level))?;
    }
    Ok(())
}
