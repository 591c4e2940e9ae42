//! `stub-builder update-stub-hashes`: the lock file is brought up to date.
//!
//! `index` asks Nix what there is, `order` says which library comes when, `library` looks at
//! one, and `report` says what became of it. The file is written at the end,
//! whole or not at all.

mod index;
mod library;
mod order;
mod report;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::commands::nix::{self, Expression};
use crate::lock::decide::{Decision, Why};
use crate::lock::{self, Key, Lock};
use crate::problem::{Fault, Problem};

pub use self::index::Entry;
pub use self::library::{Outcome, Wishes};
pub use self::report::{explain, suggest};

#[derive(Debug)]
pub struct Options {
    pub expression: Expression,
    pub lock: PathBuf,
    /// Only these; none means all.
    pub names: Vec<String>,
    pub wishes: Wishes,
    pub mode: Mode,
    /// How many are looked at at once.
    pub jobs: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write the file.
    Write,
    /// Only say whether it would be another.
    Check,
    /// Only say what would be built.
    DryRun,
    /// Only say what newer libraries add.
    Suggest,
}

/// What became of each pin.
#[derive(Debug)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
    /// Libraries that are gone.
    pub removed: Vec<Key>,
    pub written: bool,
}

/// Looks at the libraries and brings the file up to date. Problems of single
/// libraries come with the report: the others' pins are written all the same.
pub fn run(options: &Options) -> Result<(Report, Vec<Problem>), Vec<Problem>> {
    let old = read(&options.lock)?;
    // Only there until the end; what evaluates the libraries reads pins here.
    let scratch = TempDir::new().map_err(|error| {
        vec![
            Fault::io("create a temporary directory", error)
                .at(std::env::temp_dir().display().to_string()),
        ]
    })?;
    let file_name = options.lock.file_name().unwrap_or_default();
    let draft = scratch.path().join(file_name);
    write_draft(&draft, &old)?;

    let index = index(options, &draft, &old)?;
    if options.mode == Mode::DryRun {
        let own: Vec<&str> = index
            .iter()
            .filter_map(|entry| entry.own.as_deref())
            .collect();
        nix::dry_run(&own).map_err(|fault| vec![fault.at("libraries")])?;
        let report = Report {
            outcomes: Vec::new(),
            removed: Vec::new(),
            written: false,
        };
        return Ok((report, Vec::new()));
    }

    let mut run = order::Run::new(options, &draft, old.clone(), index);
    run.all()?;
    let order::Run {
        mut lock,
        outcomes,
        mut problems,
        systems,
        known,
        ..
    } = run;

    let mut removed = Vec::new();
    if options.names.is_empty() {
        let gone = |key: &&Key| systems.contains(&key.system) && !known.contains(*key);
        removed.extend(lock.pins.keys().filter(gone).cloned());
        for key in &removed {
            lock.pins.remove(key);
        }
    }
    if options.mode == Mode::Check {
        problems.extend(out_of_date(&old, &lock, &outcomes, &removed));
    }
    problems.sort();
    problems.dedup();
    let written = options.mode == Mode::Write && lock != old;
    if written {
        keep_records(&options.lock, scratch.path(), &lock)?;
        write(&options.lock, &lock)?;
        remove_records(&options.lock, &lock, &systems);
    }
    let report = Report {
        outcomes,
        removed,
        written,
    };
    Ok((report, problems))
}

/// The lock file; none is an empty one.
fn read(path: &Path) -> Result<Lock, Vec<Problem>> {
    let at = || path.display().to_string();
    match fs::read(path) {
        Ok(text) => lock::parse(&text)
            .map_err(|faults| faults.into_iter().map(|fault| fault.at(at())).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Lock::default()),
        Err(error) => Err(vec![Fault::io("read the lock file", error).at(at())]),
    }
}

/// All libraries, or those that are named, each once.
fn index(options: &Options, draft: &Path, old: &Lock) -> Result<Vec<Entry>, Vec<Problem>> {
    let all = index::index(&options.expression, draft).map_err(|problem| vec![problem])?;
    if all.is_empty() {
        let what = "the attribute holds neither stubs nor split packages".to_owned();
        return Err(vec![Fault::UnknownLibrary { what }.at("libraries")]);
    }
    let mut problems = Vec::new();
    let wishes = &options.wishes;
    for name in options
        .names
        .iter()
        .chain(&wishes.accept)
        .chain(&wishes.renew)
    {
        if all.iter().any(|entry| is_called(entry, name)) {
            continue;
        }
        let what = match old.pins.keys().any(|key| key.library == *name) {
            true => "it has a pin, but is no longer there",
            false => "neither the set nor the lock file has it",
        };
        problems.push(Fault::UnknownLibrary { what: what.into() }.at(name.as_str()));
    }
    let mut by_key: BTreeMap<&Key, &Entry> = BTreeMap::new();
    for entry in &all {
        if let Some(first) = by_key.insert(&entry.key, entry)
            && first.own != entry.own
        {
            let fault = Fault::SameKey {
                first: first.attribute.clone(),
                second: entry.attribute.clone(),
            };
            problems.push(fault.at(entry.key.to_string()));
        }
    }
    if problems.is_empty() {
        Ok(by_key.into_values().cloned().collect())
    } else {
        Err(problems)
    }
}

/// By the library's name, the attribute's, or both with system and variant.
fn is_called(entry: &Entry, name: &str) -> bool {
    entry.key.library == name || entry.attribute == name || entry.key.to_string() == name
}

fn write_draft(path: &Path, lock: &Lock) -> Result<(), Vec<Problem>> {
    fs::write(path, lock::print(lock)).map_err(|error| {
        vec![Fault::io("write a draft of the lock file", error).at(path.display().to_string())]
    })
}

/// What a check finds, where an update would write something else.
fn out_of_date(old: &Lock, new: &Lock, outcomes: &[Outcome], removed: &[Key]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for outcome in outcomes {
        let key = &outcome.key;
        let (was, now) = (old.pins.get(key), new.pins.get(key));
        let fault = match (&outcome.decision, was) {
            (Decision::New, _) => Fault::MissingPin {
                what: "the library is not in the lock file".into(),
            },
            (
                Decision::Renewed {
                    why: Why::Incompatible,
                },
                Some(was),
            ) => {
                let changes = outcome.lost();
                match was.source {
                    lock::Source::Set => Fault::OutOfDate {
                        what: format!(
                            "the library no longer provides the interface in force: {changes}"
                        ),
                    },
                    _ => Fault::PinLost {
                        library: key.library.clone(),
                        source_of: was.source.to_string(),
                        changes,
                    },
                }
            }
            _ if was != now => Fault::OutOfDate {
                what: report::in_words(&outcome.decision).into(),
            },
            _ => continue,
        };
        problems.push(fault.at(key.to_string()));
    }
    problems.extend(removed.iter().map(|key| {
        let what = "the library is no longer there".to_owned();
        Fault::UnknownLibrary { what }.at(key.to_string())
    }));
    problems
}

/// Puts the records that the new file names beside it. Nothing names them yet,
/// and the names have hashes in them, so that nothing is lost on the way.
fn keep_records(path: &Path, scratch: &Path, lock: &Lock) -> Result<(), Vec<Problem>> {
    let beside = path.parent().unwrap_or(Path::new(""));
    for pin in lock.pins.values() {
        let lock::Source::Recorded(record) = &pin.source else {
            continue;
        };
        let (from, to) = (scratch.join(record), beside.join(record));
        if !from.exists() || to.exists() {
            continue;
        }
        library::copy_record(&from, &to)?;
    }
    Ok(())
}

/// Records that no pin of these systems names any more. What goes wrong here
/// does no harm.
fn remove_records(path: &Path, lock: &Lock, systems: &std::collections::BTreeSet<String>) {
    let beside = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for system in systems {
        let directory = lock::records(&name, system);
        for entry in fs::read_dir(beside.join(&directory))
            .into_iter()
            .flatten()
            .flatten()
        {
            let record = format!("{directory}/{}", entry.file_name().to_string_lossy());
            let is_named = lock.pins.values().any(
                |pin| matches!(&pin.source, lock::Source::Recorded(named) if *named == record),
            );
            if !is_named {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// The file is there whole, with its old contents or the new: they are written
/// beside it, reach the disk, and take its name.
fn write(path: &Path, lock: &Lock) -> Result<(), Vec<Problem>> {
    let at =
        |action, error: io::Error| vec![Fault::io(action, error).at(path.display().to_string())];
    let beside = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut file = NamedTempFile::with_prefix_in(".stubs.lock.", beside)
        .map_err(|error| at("create a file beside it", error))?;
    file.write_all(lock::print(lock).as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| at("write it anew", error))?;
    let permissions = fs::metadata(path).map_or_else(
        |_| std::os::unix::fs::PermissionsExt::from_mode(0o644),
        |old| old.permissions(),
    );
    file.as_file()
        .set_permissions(permissions)
        .map_err(|error| at("set its mode", error))?;
    file.persist(path)
        .map_err(|error| at("put the new one in its place", error.error))?;
    // The name has to reach the disk as well.
    let _ = fs::File::open(beside).and_then(|directory| directory.sync_all());
    Ok(())
}
