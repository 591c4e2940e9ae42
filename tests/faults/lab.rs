//! A package to make a tree of, and ways to run the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_stub-builder");

/// As run by `timeout`: what takes longer than this hangs.
const SECONDS: &str = "30";
/// The status with which `timeout` says so.
pub const HANGS: i32 = 124;

pub struct Lab {
    pub directory: TempDir,
}

impl Lab {
    pub fn new() -> Lab {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("package/lib")).unwrap();
        Lab { directory }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn package(&self) -> PathBuf {
        self.path("package")
    }

    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// A file of the package.
    pub fn add(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.package().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// `stub-builder stubs` of the package, through `wrapper`.
    pub fn stubs(&self, wrapper: &[&str]) -> Output {
        let (package, out) = (self.package(), self.out());
        run(wrapper, &["stubs"], &[&package, Path::new("--out"), &out])
    }

    /// What is in the directory beside the package and the output.
    pub fn litter(&self) -> Vec<String> {
        let names = fs::read_dir(self.directory.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with('.')).collect()
    }
}

/// The program, given `wrapper`, which ends in the words before it.
pub fn run(wrapper: &[&str], words: &[&str], paths: &[&Path]) -> Output {
    run_within(SECONDS, wrapper, words, paths)
}

/// The same, of what takes its time where nothing is optimized.
pub fn run_within(seconds: &str, wrapper: &[&str], words: &[&str], paths: &[&Path]) -> Output {
    Command::new("timeout")
        .arg(seconds)
        .args(wrapper)
        .arg(PROGRAM)
        .args(words)
        .args(paths)
        .env_remove("NIX_BUILD_TOP")
        .env_remove("NIX_BUILD_CORES")
        .output()
        .unwrap()
}

pub fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A library of this machine that is there on every Debian.
pub fn real_library() -> Vec<u8> {
    fs::read(gcc_file("libstdc++.so.6")).unwrap()
}

fn gcc_file(name: &str) -> PathBuf {
    let output = Command::new("gcc")
        .arg(format!("-print-file-name={name}"))
        .output()
        .unwrap();
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// Words to run something as a user who may do nothing special. Root may start
/// processes and read directories against all limits.
pub fn as_user() -> Vec<&'static str> {
    match rustix_is_root() {
        true => vec![
            "setpriv",
            "--reuid=54321",
            "--regid=54321",
            "--clear-groups",
        ],
        false => Vec::new(),
    }
}

fn rustix_is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

/// Lets everybody read what is in the lab, and write into it.
pub fn open_to_all(path: &Path) {
    let status = Command::new("chmod")
        .args(["-R", "a+rwX"])
        .arg(path)
        .status()
        .unwrap();
    assert!(status.success());
}
