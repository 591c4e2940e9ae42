//! A real library has all of the interface that stands for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bstr::ByteSlice;
use walkdir::{DirEntry, WalkDir};

use super::interfaces::Interface;
use super::report::some;
use super::{File, InterfaceTree};
use crate::commands::files::Files;
use crate::commands::imports::{Imports, of_files};
use crate::commands::loader::Places;
use crate::elf::{self, FileKind};
use crate::interface::diff::{Change, Undefined, Verdict, diff};
use crate::interface::normalize;
use crate::problem::{Fault, Problem};

/// The real libraries of one interface tree.
pub(super) struct Real<'r> {
    roots: &'r [PathBuf],
    imports_suffice: bool,
    /// All files below, in the order of their names: walked through only if a
    /// library is not where it usually is.
    files: OnceLock<Vec<PathBuf>>,
}

impl<'r> Real<'r> {
    pub fn of(tree: &'r InterfaceTree) -> Real<'r> {
        Real {
            roots: &tree.real,
            imports_suffice: tree.imports_suffice,
            files: OnceLock::new(),
        }
    }

    fn files(&self) -> &[PathBuf] {
        self.files.get_or_init(|| {
            let walks = self.roots.iter();
            let entries = walks.flat_map(|root| WalkDir::new(root).sort_by_file_name());
            entries
                .filter_map(Result::ok)
                .filter(|entry| entry.file_type().is_file())
                .map(DirEntry::into_path)
                .collect()
        })
    }
}

/// What the checked files import, read only if an interface isn't provided.
pub(super) struct OfFiles<'o> {
    files: &'o [File],
    places: &'o Places<'o>,
    imports: OnceLock<Imports>,
}

impl<'o> OfFiles<'o> {
    pub fn new(files: &'o [File], places: &'o Places<'o>) -> OfFiles<'o> {
        OfFiles {
            files,
            places,
            imports: OnceLock::new(),
        }
    }

    /// Files that can't be read are told of elsewhere; those that are exempt
    /// from other proofs count here.
    fn imports(&self) -> &Imports {
        self.imports.get_or_init(|| {
            let on_disk = |file: &File| {
                let disk = self.places.disk(&file.path);
                disk.map_or_else(|| file.path.clone(), |path| path.into_owned())
            };
            let files: Vec<PathBuf> = self.files.iter().map(on_disk).collect();
            of_files(&files).0
        })
    }

    /// Whether there are any that notice what became of the library, which is
    /// gone, or has these changes.
    fn notice(&self, interface: &Interface, changes: Option<&[Change]>) -> bool {
        let Some(soname) = interface.needed.soname else {
            return true;
        };
        let soname = soname.to_string();
        match changes {
            None => self.imports().libraries.contains_key(&soname),
            Some(changes) => changes
                .iter()
                .any(|change| self.imports().notice(&soname, change)),
        }
    }
}

/// The problem of an interface whose library does not provide it.
pub(super) fn check(
    interface: &Interface,
    real: &Real,
    of_files: &OfFiles,
    files: &Files,
) -> Option<Problem> {
    let at = |fault: Fault| Some(fault.at(interface.path.display().to_string()));
    let found = find(interface, real, files);
    let changes = match &found {
        Some((path, bytes)) => match compare(interface, path, bytes) {
            Ok(changes) if changes.is_empty() => return None,
            Ok(changes) => Some(changes),
            Err(fault) => return at(fault),
        },
        None => None,
    };
    let imported = of_files.notice(interface, changes.as_deref());
    if real.imports_suffice && !imported {
        return None;
    }
    // Where there are no files, nothing is imported, which says nothing.
    let imported = imported || of_files.files.is_empty();
    at(match (found, changes) {
        (Some((path, _)), Some(changes)) => Fault::InterfaceLost {
            library: path.display().to_string(),
            changes: words(&changes),
            imported,
        },
        _ => gone(interface, real.roots, imported),
    })
}

/// What is incompatible. A stub does not name the policy that it was made with, and need not: it says
/// that there was less, and the library may always have more. What either wants
/// of others is not compared, and so both are normalized as if all of it were
/// supplied (rule 9).
fn compare(interface: &Interface, path: &Path, bytes: &[u8]) -> Result<Vec<Change>, Fault> {
    let was = normalize(elf::read(interface.stub)?, |_| true);
    let now = match elf::read(bytes) {
        Ok(now) => normalize(now, |_| true),
        Err(fault) => {
            return Err(Fault::InterfaceGone {
                what: format!("{}: {fault}", path.display()),
                imported: true,
            });
        }
    };
    let mut changes = diff(&was, &now, Undefined::Unsupplied);
    changes.retain(|change| change.verdict == Verdict::Incompatible);
    Ok(changes)
}

/// The subjects, those with the same reason together.
fn words(changes: &[Change]) -> String {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for change in changes {
        let shown = match (&change.old, &change.new) {
            (Some(old), Some(new)) => format!("{} ({old}, now {new})", change.subject),
            _ => change.subject.clone(),
        };
        by_reason.entry(&change.why).or_default().push(shown);
    }
    let groups = by_reason
        .into_iter()
        .map(|(why, subjects)| format!("{}: {why}", some(subjects)));
    groups.collect::<Vec<_>>().join("; ")
}

fn gone(interface: &Interface, real: &[PathBuf], imported: bool) -> Fault {
    let name = match interface.needed.soname {
        Some(soname) => format!("nothing with the SONAME {soname}"),
        None => format!("no {}", interface.name.display()),
    };
    let roots = real.iter().map(|root| root.display().to_string()).collect();
    Fault::InterfaceGone {
        what: format!("{name}, for this machine, in {}", some(roots)),
        imported,
    }
}

/// The library that an interface is of: the one with its SONAME, if it has one,
/// where it lies in the interface tree, or in the usual places, or anywhere.
fn find<'f>(interface: &Interface, real: &Real, files: &'f Files) -> Option<(PathBuf, &'f [u8])> {
    let is_it = |path: PathBuf| {
        let bytes = files.map(&path).ok()?;
        let is_library = matches!(
            elf::identify(bytes),
            Ok(Some(FileKind::SharedObject { is_stub: false, .. }))
        );
        let needed = elf::needed(bytes).ok().filter(|_| is_library)?;
        let same =
            needed.soname == interface.needed.soname && needed.machine == interface.needed.machine;
        same.then_some((path, bytes))
    };
    let file = interface.name.file_name()?;
    let soname = interface.needed.soname;
    let named = soname.and_then(|name| name.to_path().ok());
    let named = named.filter(|name| name.components().count() == 1);
    let names = [named, Some(Path::new(file))];
    let folder = interface.name.parent().unwrap_or(Path::new(""));
    let usual = real.roots.iter().flat_map(|root| {
        let folders = [root.join(folder), root.clone(), root.join("lib")];
        folders.into_iter().flat_map(move |folder| {
            let names = names.into_iter().flatten();
            names.map(move |name| folder.join(name)).collect::<Vec<_>>()
        })
    });
    let usual: Vec<PathBuf> = usual.collect();
    usual.into_iter().find_map(is_it).or_else(|| {
        let could_be = |path: &&PathBuf| match (soname, path.file_name()) {
            (Some(_), Some(name)) => name.as_encoded_bytes().contains_str(".so"),
            (None, name) => name == Some(file),
            (Some(_), None) => false,
        };
        let files = real.files().iter().filter(could_be);
        files.cloned().find_map(is_it)
    })
}
