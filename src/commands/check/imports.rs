//! Whatever a file imports is there in what it will load.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bstr::BStr;

use super::interfaces::{Interface, Interfaces};
use super::report::some;
use super::{File, Outcome, Request};
use crate::commands::files;
use crate::commands::loader::{Loader, Missing, Object, Places, Process};
use crate::elf::{self, Defined, FileKind, Import, ImportKind, Imports, RequiredNode, Wanted};
use crate::problem::{Fault, MOST_TOLD};

/// Data that is aligned to no more than this may be so by the accident of its
/// address (rule 4 of docs/rules.md).
const ACCIDENTAL_ALIGNMENT: u64 = 64;

pub(super) struct Checker<'c, 'f> {
    pub request: &'c Request<'c>,
    pub places: &'c Places<'c>,
    pub loader: &'c Loader<'f>,
    pub interfaces: &'c Interfaces<'f>,
    /// The directories of the checked files, without links.
    pub own: OnceLock<HashSet<PathBuf>>,
}

/// A file, what it imports, and what it loads.
struct Subject<'s, 'f> {
    imports: &'s Imports<'s>,
    process: Process<'s, 'f>,
    /// Linked when interfaces had none of what it lacks now.
    was_incomplete: bool,
}

impl<'f> Checker<'_, 'f> {
    pub fn file(&self, file: &File) -> Outcome {
        let mut outcome = Outcome::default();
        let at = |fault: Fault| fault.at(file.path.display().to_string());
        let disk = self.places.disk(&file.path);
        let disk = disk.as_deref().unwrap_or(&file.path);
        let bytes = match files::map_loadable(disk) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return outcome,
            Err(error) => {
                let action = "read the file";
                let cause = error.to_string();
                outcome.problems.push(at(Fault::Io { action, cause }));
                return outcome;
            }
        };
        if self.request.exempt.is_match(&file.name) {
            outcome.is_exempt = true;
            return outcome;
        }
        let imports = match elf::imports(bytes.bytes()) {
            Ok(imports) => imports,
            // Test data, usually: the loader won't load it either.
            Err(fault) => {
                outcome.is_elf = true;
                outcome.warnings.push(at(fault));
                return outcome;
            }
        };
        if let Err(error) = bytes.intact() {
            outcome.problems.push(at(Fault::io("read the file", error)));
            return outcome;
        }
        match imports.kind {
            FileKind::SharedObject { is_stub: true, .. } => {
                outcome.problems.push(at(Fault::StubLeft));
            }
            FileKind::SharedObject { .. } | FileKind::Executable => {
                outcome.is_elf = true;
                outcome.imports = imports.symbols.len() + imports.versions.len();
                let (found, libraries) = self.prove(&file.path, bytes.bytes(), &imports);
                outcome.libraries = libraries;
                for (fault, is_problem) in found {
                    let list = match is_problem {
                        true => &mut outcome.problems,
                        false => &mut outcome.warnings,
                    };
                    if list.len() < MOST_TOLD {
                        list.push(at(fault));
                    }
                }
            }
            _ => {}
        }
        outcome
    }

    /// What is wrong, and whether it is more than a warning; and how many
    /// libraries are loaded.
    fn prove(&self, path: &Path, bytes: &[u8], imports: &Imports) -> (Vec<(Fault, bool)>, usize) {
        let process = self.loader.load(path, &imports.needed);
        let mut found: Vec<(Fault, bool)> = Vec::new();
        for stub in process.objects.iter().filter(|object| object.is_stub) {
            let library = stub.path.display().to_string();
            found.push((Fault::StubLoaded { library }, true));
        }
        let mut unresolved = Vec::new();
        let mut unlike = Vec::new();
        for import in &imports.symbols {
            match bound(&process, import) {
                Some((object, defined)) => unlike.extend(difference(import, object, &defined)),
                None if import.weak => {}
                None => unresolved.push(import),
            }
        }
        if !unlike.is_empty() {
            let what = some(unlike);
            found.push((Fault::UnlikeImport { what }, true));
        }
        let libraries = process.objects.len();
        let versions = lost_versions(imports, &process, &unresolved);
        if imports.kind == FileKind::Executable {
            found.extend(self.lost_by_libraries(&process));
            found.extend(self.taken_over(path, bytes, &process));
        }
        if unresolved.is_empty() && versions.is_empty() && process.missing.is_empty() {
            return (found, libraries);
        }
        let subject = Subject {
            was_incomplete: self.was_incomplete(&process),
            imports,
            process,
        };
        self.explain(&subject, &unresolved, &versions, &mut found);
        (found, libraries)
    }

    /// What the loader refuses to start a program for, though not the program
    /// but a library asks for it: versions that what was loaded in place of the
    /// one it was linked with doesn't define (glibc, elf/dl-version.c).
    fn lost_by_libraries(&self, process: &Process) -> Vec<(Fault, bool)> {
        if process.is_musl {
            return Vec::new();
        }
        let mut found = Vec::new();
        for by in &process.objects {
            let mut groups: BTreeMap<&BStr, Vec<String>> = BTreeMap::new();
            for node in by.versions().iter().filter(|node| !node.weak) {
                let object = process.named(node.file);
                let definitions = object.and_then(Object::definitions);
                if definitions.is_some_and(|all| !all.has_version(node.name)) {
                    let group = groups.entry(node.file).or_default();
                    group.push(node.name.to_string());
                }
            }
            for (of, names) in groups {
                let fault = Fault::MissingVersions {
                    versions: format!("{}, by way of {}", some(names), by.path.display()),
                    library: library(process, Some(of)),
                    promised: false,
                };
                found.push((fault, true));
            }
        }
        found
    }

    /// Functions that libraries are bound to by relink, though something comes
    /// before them that defines them, too, or that takes the place of their
    /// address (a program that was not compiled to be loaded anywhere).
    fn taken_over(&self, path: &Path, bytes: &[u8], process: &Process) -> Vec<(Fault, bool)> {
        let mut found = Vec::new();
        let mut own: Option<HashSet<&BStr>> = None;
        for (index, library) in process.objects.iter().enumerate() {
            let mut groups: BTreeMap<&Path, Vec<String>> = BTreeMap::new();
            for &name in library.own_functions(self.places) {
                let own = own.get_or_insert_with(|| {
                    let bonds = elf::bonds(bytes).unwrap_or_default();
                    bonds.defined.into_iter().collect()
                });
                let wanted = Wanted::named(name);
                let mut before = process.objects[..index].iter();
                let definer = match own.contains(name) {
                    true => Some(path),
                    false => before
                        .find(|object| object.find(&wanted, false).is_some())
                        .map(|object| object.path.as_path()),
                };
                if let Some(definer) = definer {
                    groups.entry(definer).or_default().push(name.to_string());
                }
            }
            for (definer, names) in groups {
                let fault = Fault::OwnFunctions {
                    symbols: some(names),
                    definer: definer.display().to_string(),
                    library: library.path.display().to_string(),
                };
                found.push((fault, false));
            }
        }
        found
    }

    /// Whether all that the file loads was an interface when it was linked, or
    /// is of the same package, so that what no interface had wasn't there.
    fn was_incomplete(&self, process: &Process) -> bool {
        if self.interfaces.all.is_empty() {
            return false;
        }
        process.objects.iter().all(|object| {
            let soname = object.needed.soname.unwrap_or_default();
            let mut interfaces = self.interfaces.of(soname, object.needed.machine);
            interfaces.next().is_some() || self.is_own(&object.path)
        })
    }

    /// Whether the library at `path` is beside one of the checked files.
    fn is_own(&self, path: &Path) -> bool {
        let own = self.own.get_or_init(|| {
            let paths = self.request.files.iter().map(|file| &file.path);
            let directories: HashSet<&Path> = paths.filter_map(|path| path.parent()).collect();
            let resolved = directories.into_iter();
            resolved
                .filter_map(|path| self.places.resolved(path))
                .collect()
        });
        let path = self.places.resolved(path);
        let directory = path.as_deref().and_then(Path::parent);
        directory.is_some_and(|directory| own.contains(directory))
    }

    fn explain(
        &self,
        subject: &Subject,
        unresolved: &[&Import],
        versions: &[&RequiredNode],
        found: &mut Vec<(Fault, bool)>,
    ) {
        let Subject {
            imports, process, ..
        } = subject;
        let is_program = imports.kind == FileKind::Executable;
        let weighed = |fault: Fault, promised: bool| {
            let is_problem = promised || (is_program && !subject.was_incomplete);
            (fault, is_problem)
        };
        // What libraries need beyond what the file itself does is asked of them,
        // unless it keeps the file from starting.
        let missing: Vec<&Missing> = process
            .missing
            .iter()
            .filter(|missing| missing.by.is_none() || is_program)
            .collect();
        let mut left_undefined: Vec<Vec<String>> = vec![Vec::new(); missing.len()];
        let mut groups: BTreeMap<(Option<&BStr>, bool), Vec<String>> = BTreeMap::new();
        for import in unresolved {
            let interface = self.interface_with(subject, import);
            let promised = interface.is_some();
            let of = import.file.or(interface.and_then(|one| one.needed.soname));
            let absent = match of {
                Some(of) => missing.iter().position(|missing| missing.name == of),
                None => (!missing.is_empty()).then_some(0),
            };
            match absent {
                Some(index) => left_undefined[index].push(shown(import)),
                None => groups
                    .entry((of, promised))
                    .or_default()
                    .push(shown(import)),
            }
        }
        for (missing, symbols) in missing.into_iter().zip(left_undefined) {
            let machine = imports.needed.machine;
            let promised = self.interfaces.of(missing.name, machine).next().is_some();
            // What a library of another package needs was never there when the
            // file was linked, for interfaces need nothing.
            let of_others = missing.by.is_some_and(|by| !self.is_own(by));
            let (fault, is_problem) =
                weighed(missing_library(missing, symbols, promised), promised);
            found.push((fault, is_problem || of_others));
        }
        for ((of, promised), symbols) in groups {
            let fault = Fault::MissingImports {
                symbols: some(symbols),
                library: library(process, of),
                promised,
            };
            found.push(weighed(fault, promised));
        }
        let mut groups: BTreeMap<(&BStr, bool), Vec<String>> = BTreeMap::new();
        for node in versions {
            let mut interfaces = self.interfaces.of(node.file, imports.needed.machine);
            let promised = interfaces.any(|interface| {
                let definitions = interface.definitions();
                definitions.is_some_and(|all| all.has_version(node.name))
            });
            let group = groups.entry((node.file, promised)).or_default();
            group.push(node.name.to_string());
        }
        for ((of, promised), names) in groups {
            let fault = Fault::MissingVersions {
                versions: some(names),
                library: library(process, Some(of)),
                promised,
            };
            found.push(weighed(fault, promised));
        }
    }

    /// The interface that had a symbol when the file was linked: of those that
    /// stand for what it loads, or would.
    fn interface_with(&self, subject: &Subject, import: &Import) -> Option<&Interface<'f>> {
        let wanted = Wanted::new(import);
        let machine = subject.imports.needed.machine;
        let missing = subject.process.missing.iter().map(|missing| missing.name);
        let names = import.file.into_iter().chain(subject.process.names());
        let mut interfaces = names
            .chain(missing)
            .flat_map(|name| self.interfaces.of(name, machine));
        interfaces.find(|interface| interface.provides(&wanted))
    }
}

/// The definition that an import is bound to.
fn bound<'p, 'f>(process: &Process<'p, 'f>, import: &Import) -> Option<(&'p Object<'f>, Defined)> {
    // musl takes the default version, whatever is asked for (ldso/dynlink.c,
    // find_sym).
    let import = match process.is_musl {
        true => Import {
            version: None,
            file: None,
            ..*import
        },
        false => *import,
    };
    let wanted = Wanted::new(&import);
    let asked = import.file.and_then(|file| process.named(file));
    process.objects.iter().find_map(|object| {
        let by_name = asked.is_some_and(|asked| std::ptr::eq(asked, *object));
        object
            .find(&wanted, by_name)
            .map(|defined| (*object, defined))
    })
}

/// What keeps the file from working with this definition.
fn difference(import: &Import, object: &Object, defined: &Defined) -> Option<String> {
    let name = shown(import);
    let library = object.path.display();
    if !import.kind.fits(defined.kind) {
        let (was, now) = (word(import.kind), word(defined.kind));
        return Some(format!("{name} is {was}, and {now} in {library}"));
    }
    let copy = import.copy?;
    if defined.size != copy.size {
        return Some(format!(
            "{name} has room for a copy of {} bytes, and {} in {library}",
            copy.size, defined.size
        ));
    }
    let alignment = object.definitions()?.alignment(defined).ok()?;
    let settled = alignment > ACCIDENTAL_ALIGNMENT;
    (settled && copy.alignment < alignment).then(|| {
        format!(
            "{name} has room for a copy aligned to {} bytes, and must be to {alignment} as in {library}",
            copy.alignment
        )
    })
}

fn word(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Untyped => "without a type",
        ImportKind::Function => "a function",
        ImportKind::Data => "data",
        ImportKind::Tls => "thread-local data",
    }
}

/// The versions that the loader looks for and does not find, but for those of
/// symbols that are missing anyway.
fn lost_versions<'i>(
    imports: &'i Imports,
    process: &Process,
    unresolved: &[&Import],
) -> Vec<&'i RequiredNode<'i>> {
    if process.is_musl {
        return Vec::new();
    }
    let is_lost = |node: &&RequiredNode| {
        if node.weak {
            return false;
        }
        match process.named(node.file) {
            Some(object) => object
                .definitions()
                .is_some_and(|definitions| !definitions.has_version(node.name)),
            None => process.missing.is_empty(),
        }
    };
    let told = |node: &&RequiredNode| {
        unresolved
            .iter()
            .any(|import| import.file == Some(node.file) && import.version == Some(node.name))
    };
    let lost = imports.versions.iter().filter(is_lost);
    lost.filter(|node| !told(node)).collect()
}

fn missing_library(missing: &Missing, symbols: Vec<String>, promised: bool) -> Fault {
    let mut detail = String::new();
    if let Some(by) = missing.by {
        detail += &format!(", by way of {}", by.display());
    }
    if let Some((path, fault)) = &missing.damaged {
        detail += &format!(" ({}: {fault})", path.display());
    }
    if missing.is_given_up {
        detail += " (in the first places of a search that would go on and on)";
    }
    if !symbols.is_empty() {
        detail += &format!(", nor are {}", some(symbols));
    }
    Fault::MissingLibrary {
        library: missing.name.to_string(),
        detail,
        promised,
    }
}

/// A library as a reader would look for it.
fn library(process: &Process, name: Option<&BStr>) -> String {
    match name {
        Some(name) => match process.named(name) {
            Some(object) => format!("{name} ({})", object.path.display()),
            None => format!("{name} (which it does not load)"),
        },
        None => match process.objects.len() {
            0 => "any library: it loads none".to_owned(),
            1 => format!(
                "the only library it loads ({})",
                process.objects[0].path.display()
            ),
            count => format!("any of the {count} libraries that it loads"),
        },
    }
}

fn shown(import: &Import) -> String {
    match import.version {
        Some(version) => format!("{}@{version}", import.name),
        None => import.name.to_string(),
    }
}
