//! The bytes of stubs and of trees do not change: not with the host, and not
//! with a release. What goes in comes from `golden/generator.rs`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use stub_builder::elf;
use stub_builder::interface::{Placement, normalize};
use tempfile::TempDir;

#[path = "golden/generator.rs"]
mod generator;
#[path = "golden/hashes.rs"]
mod hashes;

use generator::{data, everything, functions, target};

const RULE: &str = "a change of the bytes of stubs is a new format version: raise \
    FORMAT_VERSION in src/elf/mod.rs, say so in docs/format.md and CHANGELOG.md, and only then put \
    the new hashes into tests/golden/hashes.rs:";

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn compare(actual: &[(String, String)], expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned()))
        .collect();
    let new: String = actual
        .iter()
        .filter(|pair| !expected.contains(pair))
        .map(|(name, hash)| format!("    (\"{name}\", \"{hash}\"),\n"))
        .collect();
    assert!(new.is_empty(), "{RULE}\n{new}");
    assert_eq!(actual.len(), expected.len(), "a golden hash of nothing");
}

#[test]
fn golden_bytes_of_exact_stubs() {
    let hash = |(name, interface)| (name, sha256(&elf::write(&interface).unwrap()));
    let actual: Vec<(String, String)> = generator::all().into_iter().map(hash).collect();
    compare(&actual, hashes::EXACT);
}

#[test]
fn golden_bytes_of_canonical_stubs() {
    let hash = |(name, interface)| {
        let canonical = normalize(interface, |name| name == "callback");
        (name, sha256(&elf::write(&canonical).unwrap()))
    };
    let actual: Vec<(String, String)> = generator::all().into_iter().map(hash).collect();
    compare(&actual, hashes::CANONICAL);
}

/// What to put into a package, in the order given.
fn package(root: &Path, reversed: bool) {
    let stub = |interface| elf::write(&interface).unwrap();
    let x86_64 = target("x86_64");
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        ("include/all.h", b"#pragma once\nint both(void);\n".to_vec()),
        ("include/deep/er/er.h", b"/* \xc3\xa4 */\n".to_vec()),
        ("lib/libeverything.so.6", stub(everything(x86_64))),
        ("lib/libfunctions.so.1", stub(functions(x86_64))),
        ("lib/libdata.so", stub(data(x86_64, Placement::Data))),
        (
            "lib/arm/libeverything.so.6",
            stub(everything(target("arm"))),
        ),
        (
            "lib/libscript.so",
            b"/* GNU ld script */\nGROUP ( libdata.so libfunctions.so.1 )\n".to_vec(),
        ),
        (
            "lib/pkgconfig/all.pc",
            b"Name: all\nVersion: 1\nDescription: all\nLibs: -leverything\n".to_vec(),
        ),
        ("bin/all-config", b"#!/bin/sh\necho -leverything\n".to_vec()),
        ("share/man/man1/all.1", b"left out".to_vec()),
    ];
    let mut links = vec![
        ("lib/libeverything.so", "libeverything.so.6"),
        ("lib/libfunctions.so", "libfunctions.so.1"),
    ];
    if reversed {
        files.reverse();
        links.reverse();
        for (name, target) in &links {
            link(root, name, target);
        }
        links.clear();
    }
    for (name, contents) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        let mode = if name.starts_with("bin") {
            0o755
        } else {
            0o644
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    for (name, target) in links {
        link(root, name, target);
    }
}

fn link(root: &Path, name: &str, target: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(target, path).unwrap();
}

/// The hash that the command prints for the package at `root`, `shell` having
/// been run before in the same process.
fn tree_hash(root: &Path, shell: &str, arguments: &str) -> String {
    let out = TempDir::new().unwrap();
    let script = format!(
        "{shell}; exec '{}' stubs '{}' --out '{}' {arguments}",
        env!("CARGO_BIN_EXE_stub-builder"),
        root.display(),
        out.path().join("tree").display()
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .env_remove("NIX_BUILD_TOP")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shell}: {messages}");
    let hash = text.lines().last().unwrap().to_owned();
    assert!(hash.starts_with("sha256-"), "{text}");
    hash
}

#[test]
fn golden_hash_of_a_tree() {
    let root = TempDir::new().unwrap();
    package(root.path(), false);
    let actual = [("tree".to_owned(), tree_hash(root.path(), ":", ""))];
    compare(&actual, hashes::TREE);
}

#[test]
fn determinism_of_the_tree() {
    let (_, golden) = hashes::TREE[0];
    let root = TempDir::new().unwrap();
    package(root.path(), false);
    for (shell, arguments) in [
        ("umask 000", ""),
        ("umask 077", ""),
        ("export LC_ALL=C", ""),
        ("export LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8", ""),
        ("export TZ=Pacific/Chatham SOURCE_DATE_EPOCH=77", ""),
        ("cd /", ""),
        (":", "--jobs 1"),
        (":", "--jobs 2"),
        (":", "--jobs 8"),
        ("export NIX_BUILD_CORES=3", ""),
        ("export HOME=/nowhere USER=nobody; unset PATH", ""),
    ] {
        let hash = tree_hash(root.path(), shell, arguments);
        assert_eq!(hash, golden, "{shell} {arguments}");
    }
}

#[test]
fn determinism_over_places_and_the_order_of_directories() {
    let (_, golden) = hashes::TREE[0];
    let root = TempDir::new().unwrap();
    for (name, reversed) in [
        ("a", true),
        ("a path with spaces and ü", false),
        ("nix/store/0123456789abcdfghijklmnpqrsvwxyz-all-1.0", true),
    ] {
        let place = root.path().join(name);
        fs::create_dir_all(&place).unwrap();
        package(&place, reversed);
        assert_eq!(tree_hash(&place, ":", ""), golden, "{name}");
    }
}

#[test]
fn determinism_of_stubs_over_threads() {
    let once = || -> Vec<Vec<u8>> {
        let write = |(_, interface)| elf::write(&interface).unwrap();
        generator::all().into_iter().map(write).collect()
    };
    let first = once();
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(once)).collect();
    for thread in threads {
        assert!(thread.join().unwrap() == first);
    }
}
