//! Each kept file as it stands in the tree.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use bstr::ByteSlice;
use bumpalo::Bump;
use rayon::prelude::*;

use super::closure::Libraries;
use super::gather::Gathered;
use super::select::{Selected, end_of, read_fault};
use super::{Library, Profile};
use crate::commands::files::{Files, read};
use crate::elf;
use crate::interface::{Interface, Policy, text};
use crate::package::judge::Role;
use crate::package::listing::{Entry, Kind};
use crate::package::prefixes::Prefixes;
use crate::package::{cmake, header, ld_script, pkg_config, shell, typelib};
use crate::problem::{Fault, Problem};
use crate::tree::{self, Contents, Node, Tree};

/// What stands in for a program that a CMake export names, or that is wished for.
const PROGRAM: &str = "\
#!/bin/sh
echo \"stub-builder: $0 stands in an interface tree: it is there to be found, not to be run\" >&2
exit 126
";

/// How many bytes of texts may be there once more because several links lead to them.
const MOST_COPIED: u64 = 32 << 20;

pub struct Converter<'c> {
    pub files: &'c Files,
    pub own: &'c Prefixes,
    pub libraries: &'c Libraries<'c>,
    pub profile: Profile,
    pub policy: &'c Policy,
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
            let (path, node) = match &entry.kind {
                Kind::Directory => (path.as_str(), Node::Directory),
                Kind::Symlink { target } if !selected.left_out.contains_key(path) => {
                    let end = end_of(gathered, path);
                    let role = end.and_then(|end| selected.kept.get(&end));
                    if role == Some(&Role::Interface) {
                        // As the text does, it loses its extension.
                        (bare(path), Node::Symlink(bare(target).to_owned()))
                    } else {
                        (path.as_str(), Node::Symlink(target.clone()))
                    }
                }
                _ => continue,
            };
            converted.tree.entries.insert(path.to_owned(), node);
        }
        // The largest first, so that the last thread doesn't start with one.
        let mut kept: Vec<(&String, Role)> = selected.kept.iter().map(|(p, r)| (p, *r)).collect();
        let size = |path: &String| match entries[path].kind {
            Kind::File { size, .. } => size,
            _ => 0,
        };
        kept.sort_by_key(|(path, _)| std::cmp::Reverse(size(path)));
        // Of a text that links name again and again there is a copy for each.
        let mut seen: HashSet<&Path> = HashSet::new();
        let copies = kept.iter().filter(|(path, role)| {
            let entry = &entries[*path];
            entry.followed && is_text(*role) && !seen.insert(&entry.origin)
        });
        if copies.map(|(path, _)| size(path)).sum::<u64>() > MOST_COPIED {
            let cause = "together they lead to the same texts too often".to_owned();
            let action = "follow the package's links";
            problems.push(Fault::Io { action, cause }.at(""));
            return converted;
        }
        let done: Vec<(&String, Result<Done, Vec<Problem>>)> = kept
            .into_par_iter()
            .with_max_len(1)
            .map(|(path, role)| {
                let entry = &entries[path];
                let single = !gathered.outputs[entry.source].at.is_empty();
                (path, self.file(path, entry, role, single))
            })
            .collect();
        for (path, done) in done {
            match done {
                Ok(done) => {
                    let place = done.place.unwrap_or_else(|| path.clone());
                    if !done.missing.is_empty() {
                        converted.missing.insert(place.clone(), done.missing);
                    }
                    converted.libraries.extend(done.library);
                    let before = converted.tree.entries.insert(place.clone(), done.node);
                    if before.is_some() {
                        let (first, second) = (path.clone(), "something else".to_owned());
                        problems.push(Fault::Conflict { first, second }.at(place));
                    }
                }
                Err(faults) => problems.extend(faults),
            }
        }
        converted
    }

    /// `single` is whether the file is SRC itself.
    fn file(
        &self,
        path: &str,
        entry: &Entry,
        role: Role,
        single: bool,
    ) -> Result<Done, Vec<Problem>> {
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
            Role::Interface => {
                let done = self.text(path, &entry.origin, single);
                return done.map_err(|fault| vec![fault]);
            }
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
        let text = read(&entry.origin).map_err(|error| vec![read_fault(&error).at(path)])?;
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
            Profile::Exact => self.policy.reduce(interface).map_err(at)?,
            Profile::Canonical => {
                let closure = self.libraries.closure(origin);
                let interface = self
                    .policy
                    .canonical(interface, |name| closure.defines(name))
                    .map_err(at)?;
                // If nothing is undefined, it makes no difference.
                if !self.policy.keep_undefined
                    && interface.symbols.iter().any(|symbol| !symbol.is_defined())
                {
                    missing.extend(closure.missing);
                }
                interface
            }
        };
        let done = Done::stub(path, &interface, bytes.len(), self.policy.clone());
        Ok(Done {
            missing,
            ..done.map_err(at)?
        })
    }

    /// A stub from an interface as text. What other libraries define is not
    /// asked again: the text says what stays undefined.
    fn text(&self, path: &str, origin: &Path, single: bool) -> Result<Done, Problem> {
        let at = |fault: Fault| fault.at(path);
        let bytes = read(origin).map_err(|error| at(read_fault(&error)))?;
        let arena = Bump::new();
        let document = text::parse(&bytes, &arena).map_err(at)?;
        let policy = document.policy.union(self.policy);
        let interface = match self.profile {
            Profile::Exact => policy.reduce(document.interface),
            Profile::Canonical => policy.canonical(document.interface, |_| false),
        };
        let interface = interface.map_err(at)?;
        let soname = interface.soname.and_then(|name| name.to_str().ok());
        let place = match soname.map(tree::file_name) {
            Some(name) if single && tree::normal(name).as_deref() == Some(name) => name,
            _ => bare(path),
        };
        let done = Done::stub(place, &interface, bytes.len(), policy).map_err(at)?;
        Ok(Done {
            place: Some(place.to_owned()),
            ..done
        })
    }
}

/// Whether a file is read into memory and written anew.
fn is_text(role: Role) -> bool {
    !matches!(role, Role::Stub | Role::Copy | Role::Program)
}

/// The name of a library whose interface as text has this name.
fn bare(path: &str) -> &str {
    path.strip_suffix(text::EXTENSION).unwrap_or(path)
}

struct Done {
    node: Node,
    /// In the tree, if not where it was.
    place: Option<String>,
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
            place: None,
            library: None,
            missing: Vec::new(),
        }
    }

    fn stub(
        path: &str,
        interface: &Interface,
        bytes_in: usize,
        policy: Policy,
    ) -> Result<Done, Fault> {
        let stub = elf::write(interface)?;
        let library = Library {
            path: path.to_owned(),
            soname: interface.soname.as_ref().map(ToString::to_string),
            symbols: interface.symbols.len(),
            bytes_in,
            bytes_out: stub.len(),
            policy,
        };
        Ok(Done {
            library: Some(library),
            ..Done::file(Contents::Bytes(stub), false)
        })
    }
}
