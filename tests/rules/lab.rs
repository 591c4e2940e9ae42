//! A directory with `real/` and `stub/` in it: the same command, run in either,
//! meets the library or its stub under the same name.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use stub_builder::elf;
use stub_builder::interface::{Interface, Symbol, normalize};
use tempfile::TempDir;

use crate::face::Face;

pub const LINKERS: [&str; 4] = ["ld.bfd", "ld.gold", "ld.lld-19", "mold"];

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules/sources");
const PROGRAM: &str = env!("CARGO_BIN_EXE_stub-builder");

pub struct Lab(TempDir);

impl Lab {
    pub fn new() -> Lab {
        let lab = Lab(tempfile::tempdir().unwrap());
        for side in ["real", "stub"] {
            fs::create_dir(lab.path(side)).unwrap();
        }
        lab
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }

    /// Runs a command in a directory of the lab. Its words are separated by
    /// spaces; `$S` is the directory of the sources, `$L` the lab, `$B` the
    /// program under test.
    pub fn output(&self, directory: &str, command: &str) -> Output {
        let here = self.0.path().to_str().unwrap();
        let words: Vec<String> = command
            .split_whitespace()
            .map(|word| {
                word.replace("$S", SOURCES)
                    .replace("$L", here)
                    .replace("$B", PROGRAM)
            })
            .collect();
        Command::new(&words[0])
            .args(&words[1..])
            .current_dir(self.path(directory))
            .env("LC_ALL", "C")
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("STUB_BUILDER_LOG")
            .env_remove("NIX_BUILD_TOP")
            .output()
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What a command that must succeed prints.
    pub fn run(&self, directory: &str, command: &str) -> String {
        let output = self.output(directory, command);
        assert!(
            output.status.success(),
            "{command}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A library in `real/`, and its canonical stub in `stub/`; nothing is
    /// known of what it needs.
    pub fn library(&self, name: &str, command: &str) {
        self.run("real", &format!("{command} -o {name}"));
        self.stub(name);
    }

    pub fn stub(&self, name: &str) {
        let bytes = self.read(&format!("real/{name}"));
        self.write(&format!("stub/{name}"), stub_of(&bytes));
    }

    /// Compiles a source of a user, then links it with each linker against the
    /// library and against its stub: messages and what is seen of the results
    /// must be the same. It writes `out-LINKER`.
    pub fn same_links(&self, compile: &str, link: &str) {
        self.run("real", &format!("clang-19 -c {compile} -o ../user.o"));
        for linker in LINKERS {
            self.same_link(
                &format!("clang-19 --ld-path={linker} ../user.o {link}"),
                linker,
            );
        }
    }

    pub fn same_link(&self, command: &str, linker: &str) {
        let command = format!("{command} -o out-{linker}");
        let [real, stub] = ["real", "stub"].map(|side| self.output(side, &command));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&real.stderr), text(&stub.stderr), "{command}");
        assert_eq!(real.status, stub.status, "{command}");
        assert!(real.status.success(), "{command}: {}", text(&real.stderr));
        let [real, stub] = ["real", "stub"].map(|side| Face::of(self, side, linker));
        assert_eq!(real.lines, stub.lines, "{command}");
    }

    /// Runs the program that `linker` has linked in `side` with the libraries
    /// in `real/`, and returns what it prints.
    pub fn run_really(&self, side: &str, linker: &str) -> String {
        self.run_in_real(&format!("{side}/out-{linker}"))
    }

    /// Runs a program of the lab with the libraries in `real/`.
    pub fn run_in_real(&self, program: &str) -> String {
        self.run("real", &format!("env LD_LIBRARY_PATH=$L/real $L/{program}"))
    }
}

/// The canonical interface of a library that is alone in the world.
pub fn canonical(bytes: &[u8]) -> Interface<'_> {
    normalize(elf::read(bytes).unwrap(), |_| false)
}

pub fn stub_of(bytes: &[u8]) -> Vec<u8> {
    elf::write(&canonical(bytes)).unwrap()
}

/// The names of the symbols that are defined, or not, in order.
pub fn names(interface: &Interface, defined: bool) -> Vec<String> {
    interface
        .symbols
        .iter()
        .filter(|symbol| symbol.is_defined() == defined)
        .map(|symbol| symbol.name.to_string())
        .collect()
}

pub fn symbol<'i>(interface: &'i Interface, name: &str) -> &'i Symbol<'i> {
    let found = interface.symbols.iter().find(|symbol| *symbol.name == name);
    found.unwrap_or_else(|| panic!("no symbol {name}"))
}
