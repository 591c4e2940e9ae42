//! Every code of a problem has a test that expects it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const SOURCE: &str = include_str!("../src/problem.rs");

/// What only a fault of the program's own could bring about: nothing that a test
/// could give it is known to.
const OWN_FAULTS: [&str; 1] = ["SB0711"];

/// Those that `Fault::code` gives, in order.
fn codes() -> Vec<&'static str> {
    let arms = SOURCE.split("=> \"").skip(1);
    let codes = arms.filter_map(|rest| rest.split_once('"'));
    let is_code = |text: &str| text.len() == 6 && text.starts_with("SB");
    codes
        .map(|(code, _)| code)
        .filter(|code| is_code(code))
        .collect()
}

fn files_below(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn each_code_belongs_to_one_fault() {
    let codes = codes();
    let distinct: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(codes.len(), distinct.len());
    // One for each variant: `code` has no arm for several, and none for all.
    let start = SOURCE.find("pub enum Fault {").unwrap();
    let end = start + SOURCE[start..].find("\n}\n").unwrap();
    let variants = SOURCE[start..end].matches("#[error(").count();
    assert_eq!(codes.len(), variants);
}

#[test]
fn each_code_is_expected_by_a_test() {
    let mut files = Vec::new();
    files_below(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"),
        &mut files,
    );
    let texts: Vec<String> = files
        .iter()
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
        .collect();
    let unexpected: Vec<&str> = codes()
        .into_iter()
        .filter(|code| !OWN_FAULTS.contains(code))
        .filter(|code| !texts.iter().any(|text| text.contains(code)))
        .collect();
    assert_eq!(unexpected, [""; 0], "no test expects these");
}

/// A package with one file.
fn package(name: &str, text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("package").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text.replace("@package@", &own(&directory))).unwrap();
    directory
}

fn own(directory: &TempDir) -> String {
    directory.path().join("package").display().to_string()
}

fn stubs(directory: &TempDir, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stub-builder"));
    command
        .args(["stubs", &own(directory), "--out"])
        .arg(directory.path().join("out"))
        .args(more)
        .env_remove("NIX_BUILD_TOP");
    command
}

/// One problem, this one, and nothing written.
fn refuses(directory: &TempDir, output: &Output, code: &str, path: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let errors: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(" error: "))
        .collect();
    assert_eq!(errors.len(), 1, "{text}");
    let start = format!("stub-builder: error: {code}: {path}: ");
    assert!(errors[0].starts_with(&start), "{start}: {text}");
    assert!(text.contains("\n  hint: "), "{text}");
    assert!(!directory.path().join("out").exists());
}

fn refused(name: &str, text: &str, more: &[&str], code: &str) {
    let directory = package(name, text);
    let output = stubs(&directory, more).output().unwrap();
    refuses(&directory, &output, code, name);
}

#[test]
fn a_script_that_cannot_be_rewritten() {
    let text = "INPUT(-lm)\nEXTERN(@package@/lib/libx.so)\n";
    refused("lib/libx.so", text, &[], "SB0301");
}

#[test]
fn a_script_that_names_what_is_not_there() {
    let text = "INPUT(@package@/lib/libgone.so)\n";
    refused("lib/libx.so", text, &[], "SB0303");
}

#[test]
fn a_store_path_that_would_stay() {
    let text = "see /nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-other/share\n";
    refused("share/x", text, &["--include", "share/x"], "SB0401");
}

#[test]
fn attributes_of_a_derivation_that_cannot_be_read() {
    let directory = package("lib/x", "");
    let attributes = directory.path().join(".attrs.json");
    fs::write(&attributes, "{").unwrap();
    let output = stubs(&directory, &[])
        .env("NIX_BUILD_TOP", directory.path())
        .env_remove("NIX_ATTRS_JSON_FILE")
        .output()
        .unwrap();
    let path = attributes.display().to_string();
    refuses(&directory, &output, "SB0501", &path);
}
