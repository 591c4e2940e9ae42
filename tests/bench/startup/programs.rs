//! Programs of Debian, each library a package of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::store::{Package, is_of_glibc};

pub const PROGRAMS: [&str; 5] = ["ffmpeg", "inkscape", "gdb", "curl", "git"];

/// The programs in the tree `root`, and all libraries that they load.
pub fn programs(root: &Path) -> Vec<Package> {
    // What alternatives choose between lies deeper down, and is found by name.
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    let libraries = walkdir::WalkDir::new(root.join("usr/lib")).sort_by_file_name();
    for entry in libraries.into_iter().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let shorter =
            |known: &PathBuf| known.components().count() <= entry.path().components().count();
        if name.contains(".so") && entry.path().is_file() && !files.get(&name).is_some_and(shorter)
        {
            files.insert(name, entry.into_path());
        }
    }
    let mut packages = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<(String, PathBuf, bool)> = PROGRAMS
        .iter()
        .map(|name| (name.to_string(), root.join("usr/bin").join(name), true))
        .collect();
    while let Some((file_name, file, is_program)) = open.pop() {
        let bytes = fs::read(&file).unwrap();
        let names = stub_builder::elf::needed(&bytes).unwrap().names;
        let mut needs = Vec::new();
        for name in names {
            let name = name.to_string();
            if is_of_glibc(&name) {
                needs.push((name, "glibc".to_owned()));
                continue;
            }
            let found = files
                .get(&name)
                .unwrap_or_else(|| panic!("{file:?} needs {name}"));
            if seen.insert(name.clone()) {
                open.push((name.clone(), found.clone(), false));
            }
            needs.push((name.clone(), package_name(&name)));
        }
        packages.push(Package {
            name: package_name(&file_name),
            file: fs::canonicalize(file).unwrap(),
            file_name,
            is_program,
            needs,
        });
    }
    packages
}

/// `libz.so.1` is in `libz-1`.
fn package_name(file: &str) -> String {
    file.replace(".so.", "-").replace('+', "p")
}
