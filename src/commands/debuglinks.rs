//! Programs tell the checksum of their separate debug file, which masking and
//! relinking change: they are told the new one.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rayon::prelude::*;

use super::files::{open, set_mode};
use crate::problem::{Fault, Problem};
use crate::relink::hidden::{Debuglink, debug_crc, debuglink};

/// Who tells of whom.
///
/// A debug file may tell of another one in its turn, and has a new checksum itself
/// when it is told a new one.
pub struct Links {
    /// The debug files of the first step tell of none; those of each further one do,
    /// in a step before.
    steps: Vec<Vec<Told>>,
}

/// A file that tells the checksum of another, by their places in the list.
#[derive(Debug, Clone, Copy)]
struct Told {
    file: usize,
    debug_file: usize,
}

/// What each of those that tell of another one is to tell, by its place in the list.
pub type Checksums = HashMap<usize, u32>;

impl Links {
    /// Those among `files`, before any of them changes: who tells of something else is
    /// left alone. There are none if no debug file `changes`. Debug files are those
    /// that are called as what `objcopy --add-gnu-debuglink` is given: `hello.debug`.
    ///
    /// Faults: `Io`; `Contradictory`, if debug files tell of each other in a circle:
    /// once one of them has changed, none can have the checksum that it is said to have.
    pub fn among(
        files: &[impl AsRef<Path> + Sync],
        changes: impl Fn(usize) -> bool,
    ) -> Result<Links, Problem> {
        let is_debug_file = |&file: &usize| name(&files[file]).ends_with(b".debug");
        let debug_files: Vec<usize> = (0..files.len()).filter(is_debug_file).collect();
        if !debug_files.iter().any(|&file| changes(file)) {
            return Ok(Links { steps: Vec::new() });
        }
        let link = |file: usize| match link_of(files[file].as_ref()) {
            Ok(link) => link.map(|link| Ok((file, link))),
            Err(error) => Some(Err(problem(&files[file], &error))),
        };
        let links = (0..files.len()).into_par_iter().filter_map(link);
        let links: Vec<(usize, Debuglink)> = links.collect::<Result<_, _>>()?;
        if links.is_empty() {
            return Ok(Links { steps: Vec::new() });
        }
        let crc = |&file: &usize| Ok((file, checksum_of(&files[file], None)?));
        let crcs: Vec<(usize, u32)> = debug_files.par_iter().map(crc).collect::<Result<_, _>>()?;
        let mut by_crc: HashMap<u32, Vec<usize>> = HashMap::new();
        for (file, crc) in crcs {
            by_crc.entry(crc).or_default().push(file);
        }
        let told = links.iter().filter_map(|(file, link)| {
            let alike = by_crc.get(&link.crc)?;
            // It may be called otherwise, and a link to it as it is told: where it lies is
            // often `.build-id/12/34.debug`.
            let called = |&&debug_file: &&usize| name(&files[debug_file]) == link.name;
            let debug_file = alike.iter().find(called).or(alike.first())?;
            Some(Told {
                file: *file,
                debug_file: *debug_file,
            })
        });
        let steps = steps(told.collect()).map_err(|endless| circle(files, &endless))?;
        Ok(Links { steps })
    }

    /// What they are to tell; `checksum` says what that of a debug file will be which is
    /// itself told this, if it tells of another one.
    pub fn checksums<E: Send>(
        &self,
        checksum: impl Fn(usize, Option<u32>) -> Result<u32, E> + Sync,
    ) -> Result<Checksums, E> {
        let mut checksums = Checksums::new();
        for step in &self.steps {
            let debug_files: BTreeSet<usize> = step.iter().map(|told| told.debug_file).collect();
            let new = |&file: &usize| Ok((file, checksum(file, checksums.get(&file).copied())?));
            let new: HashMap<usize, u32> =
                debug_files.par_iter().map(new).collect::<Result<_, E>>()?;
            checksums.extend(step.iter().map(|told| (told.file, new[&told.debug_file])));
        }
        Ok(checksums)
    }

    /// Tells them these in `files`, the same list, and nobody before all who tell of it:
    /// whoever is ended in between and run again knows by the checksums of before who is
    /// still to be told.
    ///
    /// Fault: `Io`.
    pub fn correct(
        &self,
        files: &[impl AsRef<Path> + Sync],
        checksums: &Checksums,
    ) -> Result<(), Problem> {
        for step in self.steps.iter().rev() {
            step.par_iter().try_for_each(|told| {
                let (file, crc) = (&files[told.file], checksums[&told.file]);
                let corrected = match link_of(file.as_ref()) {
                    Ok(Some(link)) if link.crc != crc => set(&link, file.as_ref(), crc),
                    Ok(_) => Ok(()),
                    Err(error) => Err(error),
                };
                corrected.map_err(|error| problem(file, &error))
            })?;
        }
        Ok(())
    }
}

/// Without directory.
fn name(file: &impl AsRef<Path>) -> &[u8] {
    let name = file.as_ref().file_name();
    name.map(|name| name.as_encoded_bytes()).unwrap_or_default()
}

/// In the order of [`Links`]; those whose chains have no end, if there are such.
fn steps(mut told: Vec<Told>) -> Result<Vec<Vec<Told>>, Vec<Told>> {
    let mut steps = Vec::new();
    while !told.is_empty() {
        let telling: HashSet<usize> = told.iter().map(|told| told.file).collect();
        let waits = |told: &Told| telling.contains(&told.debug_file);
        let (waiting, step): (Vec<Told>, Vec<Told>) = told.into_iter().partition(waits);
        if step.is_empty() {
            return Err(waiting);
        }
        steps.push(step);
        told = waiting;
    }
    Ok(steps)
}

/// What is wrong with these, each of whose debug files tells of one of them.
fn circle(files: &[impl AsRef<Path>], told: &[Told]) -> Problem {
    let next: HashMap<usize, usize> = told.iter().map(|t| (t.file, t.debug_file)).collect();
    let chain = |from: usize| std::iter::successors(Some(from), |file| next.get(file).copied());
    // So far down a chain there is nothing but the circle that it ends in.
    let within = chain(told[0].file).nth(told.len()).unwrap_or(told[0].file);
    let path = |file: usize| files[file].as_ref();
    let members = chain(within).take(told.len());
    let first = members.min_by_key(|&file| path(file)).unwrap_or(within);
    let debug_file = path(next[&first]).display();
    let what = format!("tells the checksum of {debug_file}, which depends on its own");
    Fault::Contradictory { what }.at(path(first).display().to_string())
}

fn problem(file: &impl AsRef<Path>, error: &io::Error) -> Problem {
    let fault = Fault::io("correct the checksum of the debug file", error);
    fault.at(file.as_ref().display().to_string())
}

fn link_of(path: &Path) -> io::Result<Option<Debuglink>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    debuglink(&file, size)
}

/// [`checksum`] of the file with this name.
///
/// Fault: `Io`.
pub fn checksum_of(path: &impl AsRef<Path>, tells: Option<u32>) -> Result<u32, Problem> {
    let file = open(path.as_ref());
    let checksum = file.and_then(|file| checksum(&file, tells));
    checksum.map_err(|error| problem(path, &error))
}

/// The checksum that this debug file has as soon as it tells this one, if any.
pub fn checksum(file: &File, tells: Option<u32>) -> io::Result<u32> {
    let mut file = file;
    file.rewind()?;
    let size = file.metadata()?.len();
    let link = match tells {
        Some(crc) => debuglink(file, size)?.map(|link| (link, crc)),
        None => None,
    };
    match link {
        Some((link, crc)) => link.own_crc(file, crc),
        None => debug_crc(file),
    }
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
