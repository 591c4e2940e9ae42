//! `stub-builder imports`: what programs and libraries need of others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::commands::files::map_loadable;
use crate::elf;
use crate::interface::diff::{Change, ChangeKind};
use crate::problem::{Fault, Problem};

#[derive(Debug)]
pub struct Options {
    pub trees: Vec<PathBuf>,
    pub out: Option<PathBuf>,
}

/// What is imported, by the SONAME of the library that is to supply it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imports {
    /// Every library that is needed, also those that no import names.
    pub libraries: BTreeMap<String, BTreeSet<Name>>,
    /// Imports without a version say of no library that it is to supply them.
    pub any: BTreeSet<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Imports {
    /// Whether anything here would notice what becomes of a symbol of a library.
    /// What asks for no version gets any.
    pub fn need(&self, soname: &str, name: &str, version: Option<&str>) -> bool {
        let of_library = self.libraries.get(soname).into_iter().flatten();
        let fits = |import: &&Name| {
            import.name == name
                && (import.version.is_none()
                    || version.is_none()
                    || import.version.as_deref() == version)
        };
        of_library.chain(&self.any).any(|import| fits(&import))
    }

    /// Whether anything here would notice this change of a library. Imports say
    /// nothing of the layout of structures or of inline functions, which are in
    /// headers.
    pub fn notice(&self, soname: &str, change: &Change) -> bool {
        if !self.libraries.contains_key(soname) {
            return false;
        }
        match change.kind {
            ChangeKind::VersionRemoved => self.need_version(soname, &change.subject),
            kind if kind.is_of_symbol() => {
                // `name@version`, `name@@version`
                let (name, version) = match change.subject.split_once('@') {
                    Some((name, version)) => (name, Some(version.trim_start_matches('@'))),
                    None => (change.subject.as_str(), None),
                };
                self.need(soname, name, version)
            }
            _ => true,
        }
    }

    /// Whether any import has this version.
    pub fn need_version(&self, soname: &str, version: &str) -> bool {
        let mut of_library = self.libraries.get(soname).into_iter().flatten();
        of_library.any(|import| import.version.as_deref() == Some(version))
    }
}

/// A file that `imports --json` has written.
pub fn read(path: &Path) -> Result<Imports, Problem> {
    let at = |fault: Fault| fault.at(path.display().to_string());
    let text = std::fs::read(path).map_err(|error| at(Fault::io("read the imports", error)))?;
    serde_json::from_slice(&text).map_err(|error| {
        let what = error.to_string();
        at(Fault::BadImports { what })
    })
}

/// What all ELF files in the trees import, but from each other.
///
/// Faults: those of reading files and ELF.
pub fn run(options: &Options) -> Result<Imports, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for tree in &options.trees {
        for entry in WalkDir::new(tree).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => {
                    let fault = Fault::io("read what to look at", error);
                    problems.push(fault.at(tree.display().to_string()));
                }
            }
        }
    }
    let (imports, more) = of_files(&files);
    problems.extend(more);
    match problems.is_empty() {
        true => Ok(imports),
        false => Err(problems),
    }
}

/// What the ELF files among these import, but from each other, and what is wrong
/// with those of which that can't be said.
pub fn of_files(files: &[PathBuf]) -> (Imports, Vec<Problem>) {
    let read: Vec<Result<Option<OfFile>, Problem>> = files
        .par_iter()
        .map(|path| of_file(path).map_err(|fault| fault.at(path.display().to_string())))
        .collect();
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for one in read {
        match one {
            Ok(one) => found.extend(one),
            Err(problem) => problems.push(problem),
        }
    }
    let own: BTreeSet<String> = found
        .iter()
        .filter_map(|file| file.soname.clone())
        .collect();
    let mut imports = Imports::default();
    for file in found {
        imports.any.extend(file.any);
        for (soname, names) in file.libraries {
            if !own.contains(&soname) {
                imports.libraries.entry(soname).or_default().extend(names);
            }
        }
    }
    (imports, problems)
}

#[derive(Default)]
struct OfFile {
    soname: Option<String>,
    libraries: BTreeMap<String, BTreeSet<Name>>,
    any: BTreeSet<Name>,
}

fn of_file(path: &Path) -> Result<Option<OfFile>, Fault> {
    let io = |error| Fault::io("read the file", error);
    let Some(loadable) = map_loadable(path).map_err(io)? else {
        return Ok(None);
    };
    let imports = elf::imports(loadable.bytes())?;
    let mut found = OfFile {
        soname: imports.needed.soname.map(ToString::to_string),
        ..OfFile::default()
    };
    for needed in &imports.needed.names {
        found.libraries.entry(needed.to_string()).or_default();
    }
    for import in &imports.symbols {
        let name = Name {
            name: import.name.to_string(),
            version: import.version.map(ToString::to_string),
        };
        match import.file {
            Some(file) => found
                .libraries
                .entry(file.to_string())
                .or_default()
                .insert(name),
            None => found.any.insert(name),
        };
    }
    loadable.intact().map_err(io)?;
    Ok(Some(found))
}

/// A line for each import: the library, and `symbol@version`. `*` is any of
/// those that the file loads.
pub fn explain(imports: &Imports) -> String {
    let mut out = String::new();
    for (soname, names) in &imports.libraries {
        if names.is_empty() {
            out += &format!("{soname}\n");
        }
        for name in names {
            out += &format!("{soname} {}\n", shown(name));
        }
    }
    for name in &imports.any {
        out += &format!("* {}\n", shown(name));
    }
    out
}

fn shown(name: &Name) -> String {
    match &name.version {
        Some(version) => format!("{}@{version}", name.name),
        None => name.name.clone(),
    }
}
