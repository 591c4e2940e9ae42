//! `stub-builder check`: for what is installed already.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use super::{File, InterfaceTree, Report, Request, check};
use crate::commands::files;
use crate::commands::loader::Defaults;
use crate::commands::stubs::gather::globs;
use crate::elf::{self, FileKind};
use crate::interface::text;
use crate::problem::{Fault, Problem};

#[derive(Debug)]
pub struct Options {
    pub trees: Vec<PathBuf>,
    pub against: Vec<PathBuf>,
    pub interfaces: Vec<PathBuf>,
    pub exempt: Vec<String>,
    pub strict: bool,
}

/// Checks trees of programs and libraries, and of interfaces.
pub fn run(options: &Options) -> Result<(Report, Vec<Problem>), Vec<Problem>> {
    let exempt = globs(&options.exempt)?;
    let mut problems = Vec::new();
    let mut files = Vec::new();
    let mut interfaces = options.interfaces.clone();
    for tree in &options.trees {
        let listed = list(tree, &mut problems);
        if is_interface_tree(&listed) {
            interfaces.push(tree.clone());
        } else {
            files.extend(listed);
        }
    }
    for directory in options.against.iter().chain(&options.interfaces) {
        if let Err(error) = std::fs::metadata(directory) {
            problems.push(io(&error, directory));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let interfaces: Vec<InterfaceTree> = interfaces
        .into_iter()
        .map(|tree| InterfaceTree {
            tree,
            real: options.against.clone(),
            imports_suffice: false,
        })
        .collect();
    Ok(check(&Request {
        files: &files,
        moved: &[],
        directories: Defaults {
            all: &options.against,
            without_interpreter: &[],
        },
        interfaces: &interfaces,
        exempt: &exempt,
        strict: options.strict,
    }))
}

fn io(error: &std::io::Error, path: &Path) -> Problem {
    let action = "read what to check";
    let cause = error.to_string();
    Fault::Io { action, cause }.at(path.display().to_string())
}

/// The files of a tree, which may be a single one.
fn list(tree: &Path, problems: &mut Vec<Problem>) -> Vec<File> {
    let mut files = Vec::new();
    // What is named may be a link, as /lib is.
    for entry in WalkDir::new(tree).follow_root_links(true) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let path = entry.into_path();
                let name = match path.strip_prefix(tree) {
                    Ok(name) if name != Path::new("") => name,
                    _ => Path::new(path.file_name().unwrap_or_default()),
                };
                files.push(File {
                    name: name.to_string_lossy().into_owned(),
                    path,
                });
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(tree).to_owned();
                let error = std::io::Error::from(error);
                problems.push(io(&error, &path));
            }
        }
    }
    files
}

/// Whether there are interfaces, stubs or text, and nothing that could be loaded.
/// A stub among other files is none of these: a build has copied it.
fn is_interface_tree(files: &[File]) -> bool {
    let judge = |file: &File| {
        if file.name.ends_with(text::EXTENSION) {
            let head = files::head(&file.path, text::HEAD.len());
            return (head.is_ok_and(|head| head == text::HEAD), false);
        }
        let bytes = files::map_loadable(&file.path).ok().flatten();
        match bytes.map(|bytes| elf::identify(bytes.bytes())) {
            Some(Ok(Some(FileKind::SharedObject { is_stub: true, .. }))) => (true, false),
            Some(Ok(Some(FileKind::SharedObject { .. } | FileKind::Executable))) => (false, true),
            _ => (false, false),
        }
    };
    // Most trees have a file that could be loaded near their beginning.
    let has_real = files.par_iter().find_any(|file| judge(file).1).is_some();
    !has_real && files.par_iter().any(|file| judge(file).0)
}
