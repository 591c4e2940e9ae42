//! The interfaces of interface trees: stubs, and interfaces as text.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bstr::BStr;
use bumpalo::Bump;
use rayon::prelude::*;
use walkdir::WalkDir;

use super::InterfaceTree;
use crate::commands::files::{Files, head};
use crate::elf::{self, Definitions, FileKind, Needed, Wanted};
use crate::interface::text;
use crate::problem::{Fault, Problem};

/// One interface, as a stub.
pub(super) struct Interface<'f> {
    /// Which of the trees it is in, and where there.
    pub tree: usize,
    pub name: PathBuf,
    pub path: PathBuf,
    pub stub: &'f [u8],
    pub needed: Needed<'f>,
    definitions: OnceLock<Option<Definitions<'f>>>,
}

#[derive(Default)]
pub(super) struct Interfaces<'f> {
    pub all: Vec<Interface<'f>>,
    by_soname: HashMap<Vec<u8>, Vec<usize>>,
}

impl<'f> Interfaces<'f> {
    pub fn read(trees: &[InterfaceTree], files: &'f Files, problems: &mut Vec<Problem>) -> Self {
        let mut found: Vec<(usize, PathBuf)> = Vec::new();
        for (index, tree) in trees.iter().enumerate() {
            for entry in WalkDir::new(&tree.tree).sort_by_file_name() {
                match entry {
                    Ok(entry) if entry.file_type().is_file() => {
                        found.push((index, entry.into_path()));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        let cause = error.to_string();
                        let action = "read the interface tree";
                        let path = tree.tree.display().to_string();
                        problems.push(Fault::Io { action, cause }.at(path));
                    }
                }
            }
        }
        let read: Vec<Result<Option<Interface>, Problem>> = found
            .into_par_iter()
            .map(|(tree, path)| {
                let shown = path.display().to_string();
                let root = &trees[tree].tree;
                interface(tree, root, path, files).map_err(|fault| fault.at(shown))
            })
            .collect();
        let mut interfaces = Interfaces::default();
        for one in read {
            match one {
                Ok(Some(interface)) => interfaces.all.push(interface),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        for (index, interface) in interfaces.all.iter().enumerate() {
            if let Some(soname) = interface.needed.soname {
                let same = interfaces.by_soname.entry(soname.to_vec()).or_default();
                same.push(index);
            }
        }
        interfaces
    }

    /// The interfaces of the library that is needed by this name.
    pub fn of(
        &self,
        soname: &BStr,
        machine: (u8, u8, u16),
    ) -> impl Iterator<Item = &Interface<'f>> {
        let same = self.by_soname.get(soname as &[u8]);
        let all = same.into_iter().flatten().map(|&index| &self.all[index]);
        all.filter(move |interface| interface.needed.machine == machine)
    }
}

impl<'f> Interface<'f> {
    pub fn definitions(&self) -> Option<&Definitions<'f>> {
        self.definitions
            .get_or_init(|| Definitions::new(self.stub).ok())
            .as_ref()
    }

    pub fn provides(&self, wanted: &Wanted) -> bool {
        let found = self.definitions().map(|all| all.find(wanted, false));
        found.flatten().is_some()
    }
}

/// The interface that a file is; `None` if it is something else.
fn interface<'f>(
    tree: usize,
    root: &Path,
    path: PathBuf,
    files: &'f Files,
) -> Result<Option<Interface<'f>>, Fault> {
    let io = |error: std::io::Error| Fault::Io {
        action: "read the file",
        cause: error.to_string(),
    };
    let start = head(&path, text::HEAD.len()).map_err(io)?;
    let stub = if start == text::HEAD {
        from_text(files.map(&path).map_err(io)?).map(|stub| files.keep(stub))?
    } else if start.starts_with(elf::MAGIC) {
        let bytes = files.map(&path).map_err(io)?;
        match elf::identify(bytes)? {
            Some(FileKind::SharedObject { .. }) => bytes,
            _ => return Ok(None),
        }
    } else {
        return Ok(None);
    };
    let name = match path.strip_prefix(root) {
        Ok(name) if name != Path::new("") => name.to_owned(),
        _ => path.file_name().map(PathBuf::from).unwrap_or_default(),
    };
    Ok(Some(Interface {
        tree,
        name,
        path,
        stub,
        needed: elf::needed(stub)?,
        definitions: OnceLock::new(),
    }))
}

/// The stub that `stubs` makes of a text, but for what it leaves undefined.
fn from_text(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let arena = Bump::new();
    let document = text::parse(bytes, &arena)?;
    let interface = document.policy.canonical(document.interface, |_| true)?;
    elf::write(&interface)
}
