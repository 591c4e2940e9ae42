//! All programs and libraries of this machine: with search paths that lead to a
//! stand-in, and relinked, each loads what it loaded before.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;

use crate::lab::{Lab, succeed};

/// What the loader finds for a file, by name; without an interpreter of its own
/// a file is shown by the machine's.
fn loads(file: &Path) -> Option<BTreeSet<(String, PathBuf)>> {
    let output = Command::new("ldd")
        .arg(file)
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() || text.contains("not found") {
        return None;
    }
    let found = text.lines().filter_map(|line| {
        let (name, path) = line.trim().split_once(" => ")?;
        let path = path.split(" (").next()?;
        Some((name.to_owned(), fs::canonicalize(path).ok()?))
    });
    Some(found.collect())
}

fn is_dynamic(file: &Path) -> bool {
    let meta = fs::symlink_metadata(file);
    let bytes = meta
        .is_ok_and(|meta| meta.is_file())
        .then(|| fs::read(file).ok());
    let needed = bytes
        .flatten()
        .filter(|bytes| bytes.starts_with(b"\x7fELF"));
    needed.is_some_and(|bytes| {
        stub_builder::elf::needed(&bytes).is_ok_and(|needed| !needed.names.is_empty())
    })
}

#[test]
fn each_loads_what_it_loaded_before() {
    let lab = Lab::new();
    let triplet = Command::new("gcc")
        .arg("-dumpmachine")
        .output()
        .unwrap()
        .stdout;
    let triplet = String::from_utf8(triplet).unwrap();
    let libraries = PathBuf::from("/usr/lib").join(triplet.trim());

    // The machine's libraries as the real outputs of one package.
    fs::remove_dir_all(format!("{}/lib", lab.out)).unwrap();
    symlink(&libraries, format!("{}/lib", lab.out)).unwrap();

    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for (directory, below) in [(Path::new("/usr/bin"), "bin"), (&libraries, "lib")] {
        for entry in fs::read_dir(directory).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            files.push((directory.join(&name), format!("{below}/{name}")));
        }
    }
    fs::create_dir_all(format!("{}/bin", lab.compile)).unwrap();
    fs::create_dir_all(format!("{}/lib", lab.compile)).unwrap();
    let search = format!("{}/lib", lab.tree);
    // Those that load to begin with, and whose search path can be set.
    let before: Vec<_> = files
        .par_iter()
        .filter(|(file, _)| is_dynamic(file))
        .filter_map(|(file, name)| {
            let loads = loads(file)?;
            let copy = format!("{}/{name}", lab.compile);
            fs::copy(file, &copy).unwrap();
            let patchelf = |arguments: &[&str]| {
                let mut patchelf = Command::new("patchelf");
                let output = patchelf.args(arguments).arg(&copy).output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                output.status.success().then_some(text)
            };
            let own = patchelf(&["--print-rpath"])?;
            let search = format!("{search}:{}", own.trim());
            patchelf(&["--set-rpath", search.trim_end_matches(':')])?;
            Some((name, loads))
        })
        .collect();
    assert!(before.len() > 300, "only {} files", before.len());
    // Nothing is proven here but what is loaded.
    fs::remove_dir_all(&lab.tree).unwrap();
    succeed(&lab.relink_with(&["--exempt", "**"]));
    let different: Vec<_> = before
        .par_iter()
        .filter(|(name, before)| {
            let after = loads(&Path::new(&lab.r#final).join(name));
            after.as_ref() != Some(before)
        })
        .map(|(name, _)| name)
        .collect();
    println!(
        "{} files load what they loaded before",
        before.len() - different.len()
    );
    assert!(different.is_empty(), "{different:?}");
}
