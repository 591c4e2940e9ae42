//! Programs and libraries in the making, and the loader to ask.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

pub struct Lab(TempDir);

/// What the program said.
pub struct Checked {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Lab {
    pub fn new() -> Lab {
        Lab(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), contents).unwrap();
    }

    /// Runs a command, words separated by spaces, in the lab.
    pub fn run(&self, command: &str) -> String {
        let mut words = command.split_whitespace();
        let output = Command::new(words.next().unwrap())
            .args(words)
            .current_dir(self.path(""))
            .output()
            .unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {messages}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn compile(&self, compiler: &str, to: &str, source: &str, flags: &str) {
        self.write("source.c", source);
        fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        self.run(&format!("{compiler} -O1 -w -o {to} source.c {flags}"));
    }

    /// Its SONAME is its file name.
    pub fn library(&self, to: &str, source: &str, flags: &str) {
        let name = to.rsplit('/').next().unwrap();
        let flags = format!("-shared -fPIC -Wl,-soname,{name} {flags}");
        self.compile("gcc", to, source, &flags);
    }

    /// The same with symbol versions.
    pub fn versioned(&self, to: &str, source: &str, script: &str) {
        self.write("versions", script);
        self.library(to, source, "-Wl,--version-script,versions");
    }

    pub fn program(&self, to: &str, source: &str, flags: &str) {
        self.compile("gcc", to, source, flags);
    }

    pub fn check(&self, arguments: &str) -> Checked {
        let output = Command::new(env!("CARGO_BIN_EXE_stub-builder"))
            .arg("check")
            .args(arguments.split_whitespace())
            .current_dir(self.path(""))
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Checked {
            status: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// An interface tree of all libraries in a directory.
    pub fn stubs(&self, from: &str, to: &str, flags: &str) {
        let program = env!("CARGO_BIN_EXE_stub-builder");
        self.run(&format!("{program} stubs {from} --out {to} {flags}"));
    }

    /// Whether a program starts when all of its symbols are looked for at once,
    /// with `real` as in `--against`, and what is said then.
    pub fn start(&self, program: &str) -> (bool, String) {
        let output = self.loaded(program, Some("real"));
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), messages)
    }

    /// The same without default directories of our own.
    pub fn starts_alone(&self, program: &str) -> bool {
        self.loaded(program, None).status.success()
    }

    fn loaded(&self, program: &str, library_path: Option<&str>) -> Output {
        let mut command = Command::new(self.path(program));
        command.current_dir(self.path("")).env("LD_BIND_NOW", "1");
        command.env_remove("LD_LIBRARY_PATH");
        if let Some(directory) = library_path {
            command.env("LD_LIBRARY_PATH", self.path(directory));
        }
        command.output().unwrap()
    }
}

impl Checked {
    /// Each finding's severity and code, in the order in which they are told.
    pub fn codes(&self) -> Vec<String> {
        let findings = self.stderr.lines().filter_map(|line| {
            let rest = line.strip_prefix("stub-builder: ")?;
            let mut parts = rest.split(": ");
            Some(format!("{} {}", parts.next()?, parts.next()?))
        });
        findings.collect()
    }

    #[track_caller]
    pub fn finds(&self, codes: &[&str], texts: &[&str]) {
        assert_eq!(self.codes(), codes, "{}{}", self.stderr, self.stdout);
        for text in texts {
            assert!(self.stderr.contains(text), "{text}: {}", self.stderr);
        }
        let fails = codes.iter().any(|code| code.starts_with("error"));
        assert_eq!(self.status, i32::from(fails), "{}", self.stderr);
    }
}
