//! The proof that the real libraries fit what was relinked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::check::{self, File, InterfaceTree, Report, Request};
use crate::commands::loader::Defaults;
use crate::commands::stubs::gather::globs;
use crate::problem::Problem;
use crate::relink::manifest::Manifest;

/// Proves that every import of `files` is provided by what they will load, and
/// that the real outputs still provide the interfaces that were compiled
/// against. `moved` says where the final outputs lie as yet.
pub fn prove(
    manifest: &Manifest,
    files: &[File],
    moved: &[(PathBuf, PathBuf)],
) -> Result<Report, Vec<Problem>> {
    let interfaces: Vec<InterfaceTree> = manifest
        .stand_ins
        .iter()
        .filter_map(|stand_in| {
            Some(InterfaceTree {
                tree: PathBuf::from(stand_in.interface.as_ref()?),
                real: stand_in.outputs().map(PathBuf::from).collect(),
                imports_suffice: stand_in.imports_suffice,
            })
        })
        .collect();
    let (report, problems) = check::check(&Request {
        files,
        moved,
        directories: Defaults {
            all: &[],
            without_interpreter: &c_library(manifest),
        },
        interfaces: &interfaces,
        exempt: &globs(&manifest.exempt)?,
        strict: manifest.strict,
    });
    if problems.is_empty() {
        Ok(report)
    } else {
        Err(problems)
    }
}

/// Where the C library lies, which every process has loaded before it loads a
/// plug-in: beside the loader (glibc's `slibdir`, musl's `syslibdir`).
pub fn c_library(manifest: &Manifest) -> Vec<PathBuf> {
    let outputs = manifest.stand_ins.iter().flat_map(|one| one.real.values());
    let mut directories: Vec<PathBuf> = outputs
        .flat_map(|output| ["lib", "lib64"].map(|folder| Path::new(output).join(folder)))
        .filter(|directory| holds_loader(directory))
        .collect();
    directories.sort();
    directories.dedup();
    directories
}

fn holds_loader(directory: &Path) -> bool {
    let mut names = fs::read_dir(directory).into_iter().flatten().flatten();
    names.any(|entry| {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        name.starts_with(b"ld-") && memchr::memmem::find(name, b".so").is_some()
            || name.starts_with(b"ld64.so")
            || name.starts_with(b"ld.so")
    })
}
