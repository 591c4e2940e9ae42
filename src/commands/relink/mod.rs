//! `stub-builder relink`: compile's outputs become the final ones.
//!
//! `walk` lists an output; `file` relinks one file, asking `outside` what the
//! real outputs hold; `startup` spares programs the search for their libraries;
//! `proof` proves that they fit; `place` makes the new outputs appear whole or
//! not at all.

mod faults;
mod file;
mod outside;
mod place;
mod proof;
mod startup;
mod walk;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use self::file::{Job, Relinked, Relinker, in_nix_support};
use self::outside::Outside;
use self::place::{Place, Places, below};
use self::walk::{Entry, Kind, walk};
use crate::commands::check::{self, File};
use crate::commands::debuglinks::{self, Links};
use crate::commands::files::set_mode;
use crate::commands::loader::Defaults;
use crate::commands::placement::Placement;
use crate::problem::{Fault, Problem};
use crate::relink::edit::Editor;
use crate::relink::manifest::Manifest;
use crate::relink::tally::Tally;

/// What the user asked for.
#[derive(Debug)]
pub struct Options {
    pub manifest: Manifest,
    /// Usually `/nix/store`.
    pub store_dir: String,
    pub placement: Placement,
}

/// What was done.
#[derive(Debug, Serialize)]
pub struct Report {
    pub package: String,
    pub files: usize,
    /// Files and links with references.
    pub rewritten: Vec<Rewritten>,
    /// Programs that were to start faster.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub startup: Vec<startup::Started>,
    /// Libraries that were bound to their own functions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_functions: Vec<startup::Own>,
    pub proof: check::Report,
}

#[derive(Debug, Serialize)]
pub struct Rewritten {
    pub output: String,
    /// Below the output.
    pub path: String,
    /// How many references it had.
    pub references: usize,
    /// Which, and what took their place. A search path is replaced as a whole.
    pub replaced: Tally,
}

/// Relinks the outputs of a package.
///
/// All problems are reported; after any, none of the final outputs is there.
pub fn run(options: &Options) -> Result<Report, Vec<Problem>> {
    let Options {
        manifest,
        store_dir,
        placement,
    } = options;
    let editor = Editor::new(manifest, store_dir, Outside::new(manifest));
    let editor = editor.map_err(|problem| vec![problem])?;
    let relinker = Relinker::new(editor);
    let places = Places::new(outputs(manifest).into_iter(), *placement)?;
    let mut rewritten = Vec::new();
    let mut files = Vec::new();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut changed = Vec::new();
    let mut count = 0;
    let mut problems = Vec::new();
    for ((name, output), place) in manifest.outputs.iter().zip(places.iter()) {
        let done = match relink_output(&relinker, Path::new(&output.compile), place) {
            Ok(done) => done,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        for Done {
            path,
            is_elf,
            replaced,
        } in done
        {
            count += 1;
            let references = replaced.count();
            if is_elf {
                before.push(below(Path::new(&output.compile), &path));
                after.push(place.at(&path));
                changed.push(references > 0);
                files.push(File {
                    path: below(Path::new(&output.r#final), &path),
                    name: path.display().to_string(),
                });
            }
            if references > 0 {
                rewritten.push(Rewritten {
                    output: name.clone(),
                    path: path.display().to_string(),
                    references,
                    replaced,
                });
            }
        }
    }
    if !problems.is_empty() {
        problems.sort();
        // A file may hold the same path a hundred times.
        problems.dedup();
        return Err(problems);
    }
    debug_links(&before, &after, &changed).map_err(|problem| vec![problem])?;
    let (startup, own_functions) = match manifest.startup.is_some() || manifest.bind_own_functions {
        true => startup::apply(&startup::Task {
            way: manifest.startup,
            bind_own_functions: manifest.bind_own_functions,
            store_dir: Path::new(store_dir),
            outputs: outputs(manifest),
            files: &files,
            moved: &places.moved(),
            directories: Defaults {
                all: &[],
                without_interpreter: &proof::c_library(manifest),
            },
        })?,
        false => Default::default(),
    };
    let proof = proof::prove(manifest, &files, &places.moved())?;
    places.keep()?;
    Ok(Report {
        package: manifest.package.clone(),
        files: count,
        rewritten,
        startup,
        own_functions,
        proof,
    })
}

/// Tells programs the new checksums of their debug files, of which these have changed.
fn debug_links(before: &[PathBuf], after: &[PathBuf], changed: &[bool]) -> Result<(), Problem> {
    let links = Links::among(before, |file| changed[file])?;
    let checksums = links.checksums(|file, tells| debuglinks::checksum_of(&after[file], tells))?;
    links.correct(after, &checksums)
}

/// Where the outputs go.
fn outputs(manifest: &Manifest) -> Vec<&Path> {
    let outputs = manifest.outputs.values();
    outputs.map(|output| Path::new(&output.r#final)).collect()
}

/// A file or a link that has been relinked.
struct Done {
    /// Below its output.
    path: PathBuf,
    is_elf: bool,
    replaced: Tally,
}

/// Relinks the output at `from`.
fn relink_output(
    relinker: &Relinker,
    from: &Path,
    place: &Place,
) -> Result<Vec<Done>, Vec<Problem>> {
    let entries = walk(from)?;
    let at = |path: &Path| match path.as_os_str().is_empty() {
        true => from.display().to_string(),
        false => from.join(path).display().to_string(),
    };
    let named = names(relinker, &entries, at);
    if !named.is_empty() {
        return Err(named);
    }
    let mut problems = Vec::new();
    for entry in &entries {
        if let Kind::Directory { .. } = entry.kind
            && let Err(error) = place.create(&entry.path, |to| fs::create_dir(to))
        {
            problems.push(Fault::io("create the directory", &error).at(at(&entry.path)));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // Of the names that a file has, the first is relinked, the others linked.
    let mut first_names: HashMap<(u64, u64), &Path> = HashMap::new();
    let mut further = Vec::new();
    let mut firsts = Vec::new();
    for entry in &entries {
        match entry.kind {
            Kind::File {
                links: Some(file), ..
            } if !in_nix_support(&entry.path) => match first_names.get(&file) {
                Some(first) => further.push((*first, &entry.path)),
                None => {
                    first_names.insert(file, &entry.path);
                    firsts.push(entry);
                }
            },
            Kind::File { .. } | Kind::Symlink => firsts.push(entry),
            Kind::Directory { .. } => {}
        }
    }
    let results: Vec<Result<Done, Vec<Problem>>> = firsts
        .par_iter()
        .map(|entry| {
            let relinked = relink_entry(relinker, entry, from, place).map_err(|faults| {
                let faults = faults.into_iter();
                faults
                    .map(|fault| fault.at(at(&entry.path)))
                    .collect::<Vec<_>>()
            })?;
            Ok(Done {
                path: entry.path.clone(),
                is_elf: relinked.is_elf,
                replaced: relinked.replaced,
            })
        })
        .collect();
    let mut done = Vec::new();
    for result in results {
        match result {
            Ok(one) => done.push(one),
            Err(found) => problems.extend(found),
        }
    }
    for (first, name) in further {
        if let Err(error) = fs::hard_link(place.at(first), place.at(name)) {
            problems.push(Fault::io("link the file", &error).at(at(name)));
        }
    }
    // Last, since nothing can be put into a directory that is read-only.
    for entry in entries.iter().rev() {
        if let Kind::Directory { mode } = entry.kind
            && let Err(error) = set_mode(&place.at(&entry.path), mode)
        {
            problems.push(Fault::io("set the mode of the directory", &error).at(at(&entry.path)));
        }
    }
    if problems.is_empty() {
        Ok(done)
    } else {
        Err(problems)
    }
}

/// Names of files can't be replaced.
fn names(relinker: &Relinker, entries: &[Entry], at: impl Fn(&Path) -> String) -> Vec<Problem> {
    let named = entries.iter().filter_map(|entry| {
        let name = entry.path.file_name()?;
        let reference = name.display().to_string();
        let held = relinker.editor.finds(name.as_bytes());
        held.then(|| Fault::NameWithPath { reference }.at(at(&entry.path)))
    });
    named.collect()
}

fn relink_entry(
    relinker: &Relinker,
    entry: &Entry,
    from: &Path,
    place: &Place,
) -> Result<Relinked, Vec<Fault>> {
    let from = below(from, &entry.path);
    let io = |action| move |error: io::Error| vec![Fault::io(action, &error)];
    match entry.kind {
        Kind::Directory { .. } => Ok(Relinked::default()),
        Kind::Symlink => {
            let target = fs::read_link(from).map_err(io("read the link"))?;
            let (target, replaced) = relinker.link(target.as_os_str().as_bytes(), &entry.path)?;
            let target = OsStr::from_bytes(&target);
            place
                .create(&entry.path, |to| symlink(target, to))
                .map_err(io("create the link"))?;
            Ok(Relinked {
                replaced,
                is_elf: false,
            })
        }
        Kind::File { mode, modified, .. } => {
            let mut options = OpenOptions::new();
            let options = options.read(true).write(true).create_new(true).mode(0o600);
            let job = Job {
                from: &from,
                to: place
                    .create(&entry.path, |to| options.open(to))
                    .map_err(io("create the file"))?,
                path: &entry.path,
                mode,
                modified,
            };
            relinker.file(&job)
        }
    }
}
