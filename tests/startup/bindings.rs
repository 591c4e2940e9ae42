//! What the loader did for a program before it began, as it says itself
//! (`LD_DEBUG`, ld.so(8)).

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What must not depend on how libraries are found.
#[derive(Debug, PartialEq, Eq)]
pub struct Bindings {
    /// Which file's symbol was found in which one, for each file that asked.
    pub symbols: BTreeSet<String>,
    /// Libraries, as their constructors were run.
    pub constructors: Vec<String>,
}

impl Bindings {
    /// Those of `program`, which is run with `arguments`; how it ends is its own
    /// affair.
    pub fn of(program: &Path, arguments: &[&str]) -> Bindings {
        Bindings::with(program, arguments, "")
    }

    /// The same, with tunables of the loader set (ld.so(8), "Tunables").
    pub fn with(program: &Path, arguments: &[&str], tunables: &str) -> Bindings {
        let log = tempfile::tempdir().unwrap();
        Command::new(program)
            .args(arguments)
            .env_remove("LD_LIBRARY_PATH")
            .env("LD_DEBUG", "bindings,files")
            .env("LD_DEBUG_OUTPUT", log.path().join("log"))
            .env("LD_BIND_NOW", "1")
            .env("GLIBC_TUNABLES", tunables)
            .env("HOME", log.path())
            .output()
            .unwrap();
        let files = log.path().read_dir().unwrap().flatten();
        // The first process is the program itself.
        let first = files.map(|file| file.path()).filter(|path| path.is_file());
        let first = first.min_by_key(|path| path.metadata().unwrap().created().ok());
        let text = std::fs::read(first.unwrap()).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        let (start, _) = text
            .split_once("transferring control")
            .unwrap_or_else(|| panic!("{program:?} did not start"));
        let name = program.display().to_string();
        let lines = start.lines().filter_map(|line| line.split_once(":\t"));
        let lines = lines.map(|(_, line)| one_slash(&line.replace(&name, "program")));
        let mut bindings = Bindings {
            symbols: BTreeSet::new(),
            constructors: Vec::new(),
        };
        for line in lines {
            if line.starts_with("binding file") {
                bindings.symbols.insert(line);
            } else if let Some(library) = line.strip_prefix("calling init: ")
                && !library.contains("/nix-support/startup-")
            {
                bindings.constructors.push(library.to_owned());
            }
        }
        bindings
    }

    /// What only one of them has, in a few lines.
    pub fn difference(&self, other: &Bindings) -> String {
        let mut lines = Vec::new();
        let symbols = self.symbols.symmetric_difference(&other.symbols);
        lines.extend(symbols.take(10).cloned());
        let mut pairs = self.constructors.iter().zip(&other.constructors);
        if let Some((one, other)) = pairs.find(|(one, other)| one != other) {
            lines.push(format!("calling init: {one} or {other}"));
        }
        lines.join("\n")
    }
}

/// Paths in search paths have spare slashes, those in lists have not.
fn one_slash(line: &str) -> String {
    let mut line = line.to_owned();
    while line.contains("//") {
        line = line.replace("//", "/");
    }
    line
}
