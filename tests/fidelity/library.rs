//! The libraries to try, and their stubs.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bstr::BString;
use stub_builder::elf::{self, FileKind};

use crate::machines::Machine;

const PROGRAM: &str = env!("CARGO_BIN_EXE_stub-builder");

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Profile {
    Exact,
    Canonical,
}

pub const PROFILES: [Profile; 2] = [Profile::Exact, Profile::Canonical];

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Profile::Exact => "exact",
            Profile::Canonical => "canonical",
        }
    }
}

pub struct Library {
    /// Links followed to the end.
    pub path: PathBuf,
    pub soname: String,
    pub machine: &'static Machine,
    /// In bytes.
    pub size: u64,
    /// Where what it needs is looked for.
    pub folders: Vec<PathBuf>,
}

/// The libraries among `paths`, files or directories: those with a SONAME, each
/// once, the largest first. Directories are not searched further down.
pub fn libraries(paths: &[PathBuf], cross: &Path) -> Result<Vec<Library>, String> {
    let mut files = BTreeSet::new();
    for path in paths {
        let told = |error| format!("{}: {error}", path.display());
        let path = fs::canonicalize(path).map_err(told)?;
        if path.is_dir() {
            for entry in fs::read_dir(&path).map_err(told)? {
                let entry = entry.map_err(told)?.path();
                if let Ok(file) = fs::canonicalize(entry)
                    && file.is_file()
                {
                    files.insert(file);
                }
            }
        } else {
            files.insert(path);
        }
    }
    let mut libraries: Vec<Library> = files
        .into_iter()
        .filter_map(|path| library(path, cross))
        .collect();
    libraries.sort_by_key(|library| std::cmp::Reverse(library.size));
    Ok(libraries)
}

#[allow(unsafe_code)]
fn library(path: PathBuf, cross: &Path) -> Option<Library> {
    let file = fs::File::open(&path).ok()?;
    // SAFETY: nobody writes to the machine's libraries while they are tested.
    let bytes = unsafe { memmap2::Mmap::map(&file) }.ok()?;
    let Some(FileKind::SharedObject {
        has_soname: true,
        is_stub: false,
    }) = elf::identify(&bytes).ok()?
    else {
        return None;
    };
    let interface = elf::read(&bytes).ok()?;
    let machine = Machine::of(&interface.target)?;
    let mut folders: Vec<PathBuf> = path.parent().map(Path::to_owned).into_iter().collect();
    for folder in machine.folders(cross) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    Some(Library {
        soname: interface.soname?.to_string(),
        size: bytes.len() as u64,
        path,
        machine,
        folders,
    })
}

impl Library {
    /// The stub that the program makes, written to `directory`.
    pub fn stub(&self, profile: Profile, directory: &Path) -> Result<(), String> {
        let mut command = Command::new(PROGRAM);
        command.arg("stubs").arg(&self.path);
        command.arg("--out").arg(directory);
        command.args(["--profile", profile.name(), "--jobs", "1"]);
        for folder in &self.folders {
            command.arg("--library-path").arg(folder);
        }
        command.env_remove("NIX_BUILD_TOP");
        let output = command.output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        // As linkers ask for it.
        let file = self.path.file_name().unwrap_or_default();
        fs::rename(directory.join(file), directory.join(&self.soname))
            .map_err(|error| error.to_string())
    }

    /// What the libraries define that it needs, directly or through others. Not
    /// the crate's own search, only its readers.
    pub fn closure_names(&self) -> HashSet<BString> {
        let mut names = HashSet::new();
        let mut queue = vec![self.path.clone()];
        let mut next = 0;
        while let Some(path) = queue.get(next).cloned() {
            next += 1;
            let Ok(bytes) = fs::read(&path) else {
                continue;
            };
            let (Ok(interface), Ok(needed)) = (elf::read(&bytes), elf::needed(&bytes)) else {
                continue;
            };
            if next > 1 {
                names.extend(interface.exported_names().map(ToOwned::to_owned));
            }
            let origin = path.parent().unwrap_or(Path::new("")).display().to_string();
            let runpath = needed.directories.iter().map(|directory| {
                let directory = directory.to_string();
                PathBuf::from(directory.replace("$ORIGIN", &origin))
            });
            let folders: Vec<PathBuf> = runpath.chain(self.folders.clone()).collect();
            for name in &needed.names {
                let mut paths = folders.iter().map(|folder| folder.join(name.to_string()));
                if let Some(found) = paths.find_map(|path| fs::canonicalize(path).ok())
                    && !queue.contains(&found)
                {
                    queue.push(found);
                }
            }
        }
        names
    }
}
