//! The loader that a program asks for, and where that one looks by itself.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bstr::{BStr, ByteSlice};

use super::places::Places;
use crate::commands::files::{self, Files};
use crate::elf;

/// In the name of musl's loader, in front of the machine's and `.so.1`.
const MUSL: &str = "ld-musl-";
/// Where it looks if nobody tells (musl, ldso/dynlink.c, `load_library`).
const MUSL_DIRECTORIES: &[u8] = b"/lib:/usr/local/lib:/usr/lib";

#[derive(Debug)]
pub(super) struct Interpreter {
    pub path: PathBuf,
    pub directories: Vec<PathBuf>,
}

impl Interpreter {
    /// The loader at `path`, as PT_INTERP has it.
    pub fn new(path: &BStr, files: &Files, places: &Places) -> Interpreter {
        let path = PathBuf::from(OsStr::from_bytes(path));
        let directories = match machine_of_musl(&path) {
            Some(machine) => musl_directories(&path, machine, places),
            None => glibc_directories(&path, files, places),
        };
        Interpreter { path, directories }
    }

    pub fn is_musl(&self) -> bool {
        machine_of_musl(&self.path).is_some()
    }
}

fn machine_of_musl(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?.strip_prefix(MUSL)?;
    name.strip_suffix(".so.1")
}

/// What stands in `etc/ld-musl-MACHINE.path` below the directory that holds the
/// loader's (musl, ldso/dynlink.c, `load_library`).
fn musl_directories(path: &Path, machine: &str, places: &Places) -> Vec<PathBuf> {
    let prefix = path.parent().and_then(Path::parent);
    let list = prefix.map(|prefix| prefix.join(format!("etc/{MUSL}{machine}.path")));
    let list = list.and_then(|list| files::read(&places.disk(&list)?).ok());
    let list = list.as_deref().unwrap_or(MUSL_DIRECTORIES);
    let directories = list.split(|byte| b":\n".contains(byte));
    directories
        .filter(|directory| !directory.is_empty())
        .map(|directory| PathBuf::from(OsStr::from_bytes(directory)))
        .collect()
}

/// What is compiled into the loader. Of one that tells nothing, which glibc's
/// always does, it is the directories that hold it: the one it is named by, and
/// the one it is in.
fn glibc_directories(path: &Path, files: &Files, places: &Places) -> Vec<PathBuf> {
    let bytes = places.disk(path).and_then(|disk| files.map(&disk).ok());
    let told = elf::loader_paths(bytes.unwrap_or_default());
    if !told.is_empty() {
        let told = told.into_iter().map(|directory| directory.as_bytes());
        return told
            .map(|path| PathBuf::from(OsStr::from_bytes(path)))
            .collect();
    }
    let resolved = places.resolved(path);
    let paths = [Some(path), resolved.as_deref()].into_iter().flatten();
    let mut directories: Vec<PathBuf> = paths
        .filter_map(|path| Some(path.parent()?.to_owned()))
        .collect();
    directories.dedup();
    directories
}
