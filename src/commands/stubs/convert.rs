//! Each kept file as it stands in the tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::closure::Libraries;
use super::gather::Gathered;
use super::select::{Selected, read_fault};
use super::{Library, Profile};
use crate::commands::files::Files;
use crate::elf;
use crate::interface::normalize;
use crate::package::judge::Role;
use crate::package::listing::{Entry, Kind};
use crate::package::prefixes::Prefixes;
use crate::package::{cmake, header, ld_script, pkg_config, shell, typelib};
use crate::problem::{Fault, Problem};
use crate::tree::{Contents, Node, Tree};

/// What stands in for a program that a CMake export names.
const PROGRAM: &str = "\
#!/bin/sh
echo \"stub-builder: $0 stands in an interface tree: it is there to be found, not to be run\" >&2
exit 126
";

pub struct Converter<'c> {
    pub files: &'c Files,
    pub own: &'c Prefixes,
    pub libraries: &'c Libraries<'c>,
    pub profile: Profile,
}

/// The tree, and what is worth telling about its stubs.
#[derive(Default)]
pub struct Converted {
    pub tree: Tree,
    pub libraries: Vec<Library>,
    /// Needed libraries that were not found, by who needs them.
    pub missing: BTreeMap<String, Vec<String>>,
}

impl Converter<'_> {
    pub fn convert(
        &self,
        gathered: &Gathered,
        selected: &Selected,
        problems: &mut Vec<Problem>,
    ) -> Converted {
        let entries = &gathered.listing.entries;
        let mut converted = Converted::default();
        for (path, entry) in entries {
            let node = match &entry.kind {
                Kind::Directory => Node::Directory,
                Kind::Symlink { target } if !selected.left_out.contains_key(path) => {
                    Node::Symlink(target.clone())
                }
                _ => continue,
            };
            converted.tree.entries.insert(path.clone(), node);
        }
        // The largest first, so that the last thread doesn't start with one.
        let mut kept: Vec<(&String, Role)> = selected.kept.iter().map(|(p, r)| (p, *r)).collect();
        let size = |path: &String| match entries[path].kind {
            Kind::File { size, .. } => size,
            _ => 0,
        };
        kept.sort_by_key(|(path, _)| std::cmp::Reverse(size(path)));
        let done: Vec<(&String, Result<Done, Vec<Problem>>)> = kept
            .into_par_iter()
            .with_max_len(1)
            .map(|(path, role)| (path, self.file(path, &entries[path], role)))
            .collect();
        for (path, done) in done {
            match done {
                Ok(done) => {
                    converted.tree.entries.insert(path.clone(), done.node);
                    converted.libraries.extend(done.library);
                    if !done.missing.is_empty() {
                        converted.missing.insert(path.clone(), done.missing);
                    }
                }
                Err(faults) => problems.extend(faults),
            }
        }
        converted
    }

    fn file(&self, path: &str, entry: &Entry, role: Role) -> Result<Done, Vec<Problem>> {
        let Kind::File { size, executable } = entry.kind else {
            return Err(vec![
                Fault::Io {
                    action: "keep the file",
                    cause: "it is none".into(),
                }
                .at(path),
            ]);
        };
        let rewrite = match role {
            Role::Stub => return self.stub(path, &entry.origin).map_err(|fault| vec![fault]),
            Role::Copy => {
                let contents = Contents::CopyOf {
                    path: entry.origin.clone(),
                    size,
                };
                return Ok(Done::file(contents, executable));
            }
            Role::Program => return Ok(Done::file(Contents::Bytes(PROGRAM.into()), true)),
            Role::LinkerScript => ld_script::rewrite,
            Role::PkgConfig => pkg_config::rewrite,
            Role::CMake => cmake::rewrite,
            Role::ConfigScript => shell::rewrite,
            Role::SetupHook => shell::rewrite,
            Role::Gir => typelib::rewrite_gir,
            Role::Typelib => typelib::rewrite_typelib,
            Role::Header => header::rewrite,
        };
        let text = fs::read(&entry.origin).map_err(|error| vec![read_fault(&error).at(path)])?;
        let rewritten = rewrite(&text, path, self.own)?;
        Ok(Done::file(Contents::Bytes(rewritten), executable))
    }

    fn stub(&self, path: &str, origin: &Path) -> Result<Done, Problem> {
        let at = |fault: Fault| fault.at(path);
        let bytes = self
            .files
            .map(origin)
            .map_err(|error| at(read_fault(&error)))?;
        let interface = elf::read(bytes).map_err(at)?;
        let mut missing = Vec::new();
        let interface = match self.profile {
            Profile::Exact => interface,
            Profile::Canonical => {
                let closure = self.libraries.closure(origin);
                let interface = normalize(interface, |name| closure.defines(name));
                // If nothing is undefined, it makes no difference.
                if interface.symbols.iter().any(|symbol| !symbol.is_defined()) {
                    missing.extend(closure.missing);
                }
                interface
            }
        };
        let stub = elf::write(&interface).map_err(at)?;
        let library = Library {
            path: path.to_owned(),
            soname: interface.soname.as_ref().map(ToString::to_string),
            symbols: interface.symbols.len(),
            bytes_in: bytes.len(),
            bytes_out: stub.len(),
        };
        Ok(Done {
            library: Some(library),
            missing,
            ..Done::file(Contents::Bytes(stub), false)
        })
    }
}

struct Done {
    node: Node,
    library: Option<Library>,
    missing: Vec<String>,
}

impl Done {
    fn file(contents: Contents, executable: bool) -> Done {
        Done {
            node: Node::File {
                contents,
                executable,
            },
            library: None,
            missing: Vec::new(),
        }
    }
}
