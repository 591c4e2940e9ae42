//! What is damaged: small libraries, so that a mutant costs little, of as many
//! machines as there are.

use std::fs;
use std::path::{Path, PathBuf};

use stub_builder::elf;

use crate::generator;
use crate::places::Places;

const HOST: &str = "/usr/lib/x86_64-linux-gnu";
const LARGEST: u64 = 100_000;
/// Of this machine; and of each other one.
const OWN: usize = 15;
const OTHERS: usize = 5;

pub struct Library {
    pub name: String,
    pub bytes: Vec<u8>,
    pub places: Places,
}

impl Library {
    fn new(name: String, bytes: Vec<u8>) -> Library {
        let places = Places::of(&bytes);
        Library {
            name,
            bytes,
            places,
        }
    }
}

pub fn to_damage(cross: Option<&Path>) -> Vec<Library> {
    let mut libraries = some(Path::new(HOST), OWN);
    match cross {
        Some(cross) => {
            for folder in folders(cross) {
                libraries.extend(some(&folder, OTHERS));
            }
        }
        // Other machines' stubs of our own, which hold less.
        None => libraries.extend(generator::MACHINES.iter().filter_map(|(name, ..)| {
            // readelf complains about what our symbols have in `st_other` there.
            if *name == "alpha" {
                return None;
            }
            let interface = generator::everything(generator::target(name));
            let name = format!("stub for {name}");
            Some(Library::new(name, elf::write(&interface).unwrap()))
        })),
    }
    libraries
}

/// All libraries of all machines.
pub fn all(cross: &Path) -> Vec<PathBuf> {
    let mut paths = listed(Path::new(HOST));
    for folder in folders(cross) {
        paths.extend(listed(&folder));
    }
    paths
}

fn folders(cross: &Path) -> Vec<PathBuf> {
    let machines = fs::read_dir(cross.join("usr")).unwrap_or_else(|error| {
        panic!("{}: {error}: run tests/tools/get-cross.sh", cross.display())
    });
    let folders = machines.map(|machine| machine.unwrap().path().join("lib"));
    let mut folders: Vec<PathBuf> = folders
        .filter(|folder| folder.join("libc.so.6").exists())
        .collect();
    folders.sort();
    folders
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.contains(".so") && fs::symlink_metadata(path).unwrap().is_file()
        })
        .filter(|path| {
            let bytes = fs::read(path).unwrap();
            let kind = elf::identify(&bytes);
            matches!(kind, Ok(Some(elf::FileKind::SharedObject { .. })))
        })
        .collect();
    paths.sort();
    paths
}

/// `count` of the smaller ones, from small to large.
fn some(folder: &Path, count: usize) -> Vec<Library> {
    let mut paths: Vec<(u64, PathBuf)> = listed(folder)
        .into_iter()
        .map(|path| (fs::metadata(&path).unwrap().len(), path))
        .filter(|(size, _)| *size <= LARGEST)
        .collect();
    paths.sort();
    let step = (paths.len() / count).max(1);
    let chosen = paths.into_iter().step_by(step).take(count);
    chosen
        .map(|(_, path)| Library::new(path.display().to_string(), fs::read(&path).unwrap()))
        .collect()
}
