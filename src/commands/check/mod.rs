//! The proof that real libraries fit what was linked against their interfaces.
//!
//! `imports` proves it for each file: whatever it imports is there in what it
//! will load. `provided` proves it for each interface: the real library has all
//! of it. `interfaces` reads interface trees, `report` says it in words, and
//! `command` is `stub-builder check`.

pub mod command;
mod imports;
mod interfaces;
mod provided;
mod report;

use std::path::PathBuf;
use std::sync::OnceLock;

use globset::GlobSet;
use rayon::prelude::*;

use self::imports::Checker;
use self::interfaces::Interfaces;
use self::provided::{OfFiles, Real};
use crate::commands::files::Files;
use crate::commands::loader::{Defaults, Loader, Places};
use crate::problem::{Fault, Problem};

pub use report::{Checked, Finding, Report, explain, warnings};

/// What is to be proven.
pub struct Request<'a> {
    /// The files of the trees; those that are no ELF files are passed over.
    pub files: &'a [File],
    /// Directories that are to be installed elsewhere: as they are written in
    /// files and links, and where they lie now.
    pub moved: &'a [(PathBuf, PathBuf)],
    pub directories: Defaults<'a>,
    pub interfaces: &'a [InterfaceTree],
    /// Of names; what matches is not checked.
    pub exempt: &'a GlobSet,
    /// Warnings are problems.
    pub strict: bool,
}

/// A file of a tree.
#[derive(Debug, Clone)]
pub struct File {
    /// Where it will lie when it is installed.
    pub path: PathBuf,
    /// Below the tree.
    pub name: String,
}

/// An interface tree and the outputs that it stands for.
#[derive(Debug, Clone)]
pub struct InterfaceTree {
    /// A directory, or a single interface.
    pub tree: PathBuf,
    /// Where the libraries are, in the same places or others.
    pub real: Vec<PathBuf>,
    /// Nothing counts but what the checked files import of it.
    pub imports_suffice: bool,
}

/// What came of one file or interface.
#[derive(Debug, Default)]
struct Outcome {
    is_elf: bool,
    is_exempt: bool,
    imports: usize,
    libraries: usize,
    warnings: Vec<Problem>,
    problems: Vec<Problem>,
}

/// The proof, in as many threads as there are. It holds if there are no
/// problems; they are sorted, and so are the warnings.
pub fn check(request: &Request) -> (Report, Vec<Problem>) {
    let files = Files::default();
    let places = Places::new(request.moved);
    let loader = Loader::new(&files, &places, request.directories);
    let mut problems = Vec::new();
    let interfaces = Interfaces::read(request.interfaces, &files, &mut problems);
    let checker = Checker {
        request,
        places: &places,
        loader: &loader,
        interfaces: &interfaces,
        own: OnceLock::new(),
    };
    let outcomes: Vec<Outcome> = request
        .files
        .par_iter()
        .map(|file| checker.file(file))
        .collect();
    let imports = OfFiles::new(request.files, &places);
    let real: Vec<Real> = request.interfaces.iter().map(Real::of).collect();
    problems.par_extend(interfaces.all.par_iter().filter_map(|interface| {
        provided::check(interface, &real[interface.tree], &imports, &files)
    }));
    for (path, error) in files.shortened() {
        problems.push(Fault::io("read the file", error).at(path.display().to_string()));
    }
    let mut warnings = Vec::new();
    let mut report = Report {
        libraries: loader.count(),
        interfaces: interfaces.all.len(),
        ..Report::default()
    };
    let interfaces = interfaces.all.iter();
    report.compared = interfaces
        .map(|interface| interface.path.display().to_string())
        .collect();
    for (file, outcome) in request.files.iter().zip(outcomes) {
        if outcome.is_elf {
            report.checked.push(Checked {
                path: file.path.display().to_string(),
                imports: outcome.imports,
                libraries: outcome.libraries,
            });
        }
        report.files += usize::from(outcome.is_elf);
        report.exempt += usize::from(outcome.is_exempt);
        report.imports += outcome.imports;
        warnings.extend(outcome.warnings);
        problems.extend(outcome.problems);
    }
    if request.strict {
        problems.append(&mut warnings);
    }
    for list in [&mut warnings, &mut problems] {
        list.sort();
        list.dedup();
    }
    report.warnings = warnings.iter().map(Finding::from).collect();
    report.problems = problems.iter().map(Finding::from).collect();
    (report, problems)
}
