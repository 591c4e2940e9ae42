//! Packages in the making, and the program under test.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_stub-builder");

/// An interface with these lines, symbols last.
pub fn interface_text(lines: &str) -> String {
    let target = if lines.contains("Target:") {
        ""
    } else {
        "Target: { ObjectFormat: ELF, Arch: x86_64, Endianness: little, BitWidth: 64 }\n"
    };
    format!("--- !ifs-v1\nIfsVersion: 3.0\n{target}{lines}\n...\n")
}

/// Packages in the making.
pub struct Lab(pub TempDir);

impl Lab {
    pub fn new() -> Lab {
        Lab(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, contents: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// Compiles a shared library.
    pub fn library(&self, name: &str, compiler: &str, source: &str, flags: &[&str]) {
        let extension = if compiler == "g++" { "cc" } else { "c" };
        let file = format!("source.{extension}");
        self.write(&file, source);
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        let mut command = Command::new(compiler);
        command.args(["-shared", "-fPIC", "-nostdlib"]).args(flags);
        command.arg(self.path(&file)).arg("-o").arg(self.path(name));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
    }

    pub fn output(&self, arguments: &[&str], paths: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(arguments)
            .args(paths.iter().map(|path| self.path(path)))
            .env_remove("NIX_BUILD_TOP")
            .output()
            .unwrap()
    }

    /// Exit status and standard output of a comparison.
    pub fn diff(&self, arguments: &[&str], old: &str, new: &str) -> (i32, String) {
        let output = self.output(&[&["diff"], arguments].concat(), &[old, new]);
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        let status = output.status.code().unwrap();
        assert!(status != 1 && status != 2, "{messages}");
        (status, String::from_utf8(output.stdout).unwrap())
    }
}

pub fn last(text: &str) -> &str {
    text.lines().last().unwrap()
}
