//! `stub-builder diff`: what an update of a library does to those who use it.
//!
//! Both sides are turned into what `stubs` would write, and that is compared:
//! `pairs` finds what belongs together, `files` compares what is no library,
//! `noticed` leaves to one package what it imports, `report` says it in words and
//! `page` in HTML.

mod files;
mod noticed;
mod page;
mod pairs;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use self::files::FileChange;
use self::pairs::pairs;
use crate::commands::imports::Imports;
use crate::commands::stubs::{Built, Input, Library, Missing, Profile, build};
use crate::elf;
use crate::interface::diff::{Change, Row, Undefined, Verdict, diff, side_by_side, verdict};
use crate::interface::{Interface, Policy, normalize};
use crate::problem::{Fault, Problem};

pub use self::files::Kind as FileKind;
pub use self::report::explain;

#[derive(Debug)]
pub struct Options {
    pub old: PathBuf,
    pub new: PathBuf,
    pub only_libraries: bool,
    /// Only what these notice counts.
    pub imports: Option<Imports>,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub library_path: Vec<PathBuf>,
    pub store_dir: String,
    pub profile: Profile,
    pub policy: Policy,
    /// Where a page goes that shows both sides.
    pub html: Option<PathBuf>,
}

/// What has changed.
#[derive(Debug, Serialize)]
pub struct Report {
    pub verdict: Verdict,
    /// The same without headers and the like.
    pub library_verdict: Verdict,
    pub libraries: Vec<LibraryChange>,
    /// Of headers and the like, those that differ.
    pub files: Vec<FileChange>,
    /// Libraries of which not all that they need was found, so that their
    /// undefined symbols were not compared.
    pub unsettled: Vec<Missing>,
}

/// One library, on one side or on both.
#[derive(Debug, Serialize)]
pub struct LibraryChange {
    pub soname: Option<String>,
    /// Where it lies.
    pub old: Option<String>,
    pub new: Option<String>,
    pub verdict: Verdict,
    pub changes: Vec<Change>,
    /// Both sides in full, if a page is to show them.
    #[serde(skip)]
    pub rows: Vec<Row>,
}

/// One side of the comparison.
struct Side {
    built: Built,
    is_directory: bool,
}

pub fn run(options: &Options) -> Result<Report, Vec<Problem>> {
    let directories = [is_directory(&options.old), is_directory(&options.new)];
    let [old_is, new_is] = match directories {
        [Ok(old), Ok(new)] => [old, new],
        [old, new] => return Err([old.err(), new.err()].into_iter().flatten().collect()),
    };
    // Beside a single library nothing of a directory matters but libraries.
    let only_libraries = options.only_libraries || !(old_is && new_is);
    let side = |path: &Path, is_directory: bool| {
        side(options, path, only_libraries).map(|built| Side {
            built,
            is_directory,
        })
    };
    let (old, new) = match (side(&options.old, old_is), side(&options.new, new_is)) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            let problems = [old.err(), new.err()].into_iter().flatten();
            return Err(problems.flatten().collect());
        }
    };
    let mut libraries = Vec::new();
    let mut unsettled = Vec::new();
    let mut files = Vec::new();
    for (was, now) in pairs(&old, &new).map_err(|fault| {
        let path = if old_is { &options.old } else { &options.new };
        vec![fault.at(path.display().to_string())]
    })? {
        if let (Some(was), Some(now)) = (was, now)
            && was.path != now.path
            && old_is
            && new_is
        {
            files.push(FileChange::moved(&was.path, &now.path));
        }
        let (change, missing) =
            library(options, (&old, was), (&new, now)).map_err(|problem| vec![problem])?;
        libraries.push(change);
        unsettled.extend(missing);
    }
    if old_is && new_is {
        files.extend(files::compare(&old.built, &new.built)?);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let verdicts = libraries.iter().map(|library| library.verdict);
    let library_verdict = verdicts.max().unwrap_or_default();
    let verdicts = files.iter().map(|file| file.verdict);
    let report = Report {
        verdict: verdicts.max().unwrap_or_default().max(library_verdict),
        library_verdict,
        libraries,
        files,
        unsettled,
    };
    if let Some(html) = &options.html {
        write_page(&report, options, html)?;
    }
    Ok(report)
}

fn write_page(report: &Report, options: &Options, to: &Path) -> Result<(), Vec<Problem>> {
    let page = page::page(report, &options.old, &options.new);
    fs::write(to, page)
        .map_err(|error| vec![Fault::io("write the page", &error).at(to.display().to_string())])
}

fn is_directory(path: &Path) -> Result<bool, Problem> {
    let fault = |error: std::io::Error| {
        Fault::Io {
            action: "find what to compare",
            cause: error.to_string(),
        }
        .at(path.display().to_string())
    };
    fs::metadata(path).map(|meta| meta.is_dir()).map_err(fault)
}

fn side(options: &Options, path: &Path, only_libraries: bool) -> Result<Built, Vec<Problem>> {
    let input = Input {
        sources: vec![path.to_owned()],
        include: options.include.clone(),
        exclude: options.exclude.clone(),
        library_path: options.library_path.clone(),
        store_dir: options.store_dir.clone(),
        profile: options.profile,
        policy: options.policy.clone(),
        only_libraries,
        ..Input::default()
    };
    let built = build(&input, None).map_err(|problems| {
        // Both sides have paths of the same form: say which one it is.
        let within = |problem: Problem| {
            let place = path.display();
            let path = match problem.path.as_str() {
                "" => place.to_string(),
                inner if path.ends_with(inner) => place.to_string(),
                inner => format!("{place}/{inner}"),
            };
            problem.fault.at(path)
        };
        problems.into_iter().map(within).collect::<Vec<_>>()
    })?;
    if built.converted.libraries.is_empty() && (only_libraries || built.copied == 0) {
        let what = "neither a shared object nor an interface as text".into();
        return Err(vec![
            Fault::NoLibrary { what }.at(path.display().to_string()),
        ]);
    }
    Ok(built)
}

type Found<'s> = (&'s Side, Option<&'s Library>);

/// Compares a library with its successor, either of which may be missing.
fn library(
    options: &Options,
    (old_side, old): Found,
    (new_side, new): Found,
) -> Result<(LibraryChange, Option<Missing>), Problem> {
    let either = old.or(new);
    let mut change = LibraryChange {
        soname: either.and_then(|library| library.soname.clone()),
        old: old.map(|library| library.path.clone()),
        new: new.map(|library| library.path.clone()),
        verdict: match (old, new) {
            (Some(_), None) => Verdict::Incompatible,
            _ => Verdict::Compatible,
        },
        changes: Vec::new(),
        rows: Vec::new(),
    };
    let (Some(old), Some(new)) = (old, new) else {
        if let Some(imports) = &options.imports {
            noticed::only(imports, &mut change);
        }
        if options.html.is_some() {
            let only = |side, library: Option<&Library>| {
                library.map(|library| read(side, library)).transpose()
            };
            let (was, now) = (only(old_side, old)?, only(new_side, new)?);
            change.rows = side_by_side(was.as_ref(), now.as_ref(), &[]);
        }
        return Ok((change, None));
    };
    let policy = options.policy.union(&old.policy).union(&new.policy);
    let missing = missing(old_side, old).or_else(|| missing(new_side, new));
    // If only one side kept them there is nothing to compare them with.
    let settled = missing.is_none() && old.policy.keep_undefined == new.policy.keep_undefined;
    let was = read(old_side, old)?;
    let now = read(new_side, new)?;
    let form = |interface, path: &str| {
        prepared(interface, &policy, options.profile, settled).map_err(|fault| fault.at(path))
    };
    let undefined = match options.profile {
        Profile::Canonical if !policy.keep_undefined => Undefined::Unsupplied,
        _ => Undefined::All,
    };
    let (was, now) = (form(was, &old.path)?, form(now, &new.path)?);
    change.changes = diff(&was, &now, undefined);
    change.verdict = verdict(&change.changes);
    if let Some(imports) = &options.imports {
        noticed::only(imports, &mut change);
    }
    if options.html.is_some() {
        change.rows = side_by_side(Some(&was), Some(&now), &change.changes);
    }
    Ok((change, missing))
}

/// What was not found of what a library needs.
fn missing(side: &Side, library: &Library) -> Option<Missing> {
    let needed = side.built.converted.missing.get(&library.path)?;
    Some(Missing {
        path: library.path.clone(),
        needed: needed.clone(),
    })
}

/// The interface that a library's stub has.
fn read<'s>(side: &'s Side, library: &Library) -> Result<Interface<'s>, Problem> {
    let stub = side.built.converted.tree.bytes(&library.path);
    elf::read(stub.unwrap_or_default()).map_err(|fault| fault.at(library.path.clone()))
}

/// An interface with all that either side leaves out left out.
fn prepared<'a>(
    interface: Interface<'a>,
    policy: &Policy,
    profile: Profile,
    settled: bool,
) -> Result<Interface<'a>, Fault> {
    let interface = policy.reduce(interface)?;
    Ok(match profile {
        Profile::Canonical if !settled => normalize(interface, |_| true),
        _ => interface,
    })
}
