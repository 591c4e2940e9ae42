//! What is asked of Nix, by the programs on PATH: they work alike in all
//! versions, with any store.

mod export;

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use nix_nar::Decoder;
use serde::de::DeserializeOwned;

use crate::nar;
use crate::problem::{Fault, Problem};
use crate::store;
use crate::store::derivation::{self, Derivation};

/// Where the libraries are.
#[derive(Debug, Clone)]
pub enum Expression {
    File {
        file: PathBuf,
        attribute: String,
        /// Names, and expressions.
        arguments: Vec<(String, String)>,
    },
    Flake {
        reference: String,
        /// Passed to `nix eval`.
        arguments: Vec<String>,
    },
}

/// What reads a lock file at evaluation (nix/readLock.nix) takes this one
/// instead, if it isn't pure.
const LOCK_VARIABLE: &str = "STUB_BUILDER_LOCK";

impl Expression {
    /// What a function, as text, makes of the value there; with the pins in `lock`,
    /// if that isn't what the value itself reads.
    pub fn ask<T: DeserializeOwned>(
        &self,
        lock: Option<&Path>,
        function: &str,
    ) -> Result<T, Problem> {
        let text = self.evaluate(lock, function)?;
        serde_json::from_slice(&text).map_err(|error| self.unexpected(&error))
    }

    fn unexpected(&self, error: &serde_json::Error) -> Problem {
        let fault = Fault::Nix {
            command: "nix-instantiate --eval".into(),
            cause: format!("unexpected answer: {error}"),
        };
        fault.at(self.name())
    }

    fn evaluate(&self, lock: Option<&Path>, function: &str) -> Result<Vec<u8>, Problem> {
        let mut command = match self {
            Expression::File {
                file,
                attribute,
                arguments,
            } => {
                let mut command = Command::new("nix-instantiate");
                command.args([
                    "--eval",
                    "--strict",
                    "--json",
                    "--read-write-mode",
                    "--expr",
                ]);
                command.arg(of_file(file, attribute, arguments, function));
                command
            }
            Expression::Flake {
                reference,
                arguments,
            } => {
                let mut command = Command::new("nix");
                command.args(["--extra-experimental-features", "nix-command flakes"]);
                // The variable isn't seen in pure evaluation.
                command.args(["eval", "--json", "--impure", reference, "--apply", function]);
                command.args(arguments);
                command
            }
        };
        if let Some(lock) = lock {
            command.env(LOCK_VARIABLE, lock);
        }
        output(&mut command).map_err(|fault| fault.at(self.name()))
    }

    fn name(&self) -> String {
        match self {
            Expression::File { file, .. } => file.display().to_string(),
            Expression::Flake { reference, .. } => reference.clone(),
        }
    }
}

/// The file's value, called as nix-build would with these arguments.
fn of_file(file: &Path, attribute: &str, arguments: &[(String, String)], function: &str) -> String {
    let given: String = arguments
        .iter()
        .map(|(name, value)| format!("{} = ({value});", string(name)))
        .collect();
    let path = string(&file.display().to_string());
    let select = match attribute {
        "" => String::new(),
        path => format!(".{path}"),
    };
    format!(
        "let value = import (/. + {path}); given = {{ {given} }}; in ({function}) ((if builtins.isFunction value then value (builtins.intersectAttrs (builtins.functionArgs value) given) else value){select})"
    )
}

/// A string, as an expression.
pub fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' | '$' => quoted.extend(['\\', character]),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// Builds a derivation that has one output, or finds it built; its path.
pub fn realise(derivation: &str) -> Result<String, Fault> {
    let printed = output(Command::new("nix-store").args(["--realise", derivation]))?;
    let printed = String::from_utf8_lossy(&printed);
    Ok(printed.lines().last().unwrap_or_default().to_owned())
}

/// The NAR hash of a store path, SRI.
pub fn hash(path: &str) -> Result<String, Fault> {
    let printed = output(Command::new("nix-store").args(["--query", "--hash", path]))?;
    let printed = String::from_utf8_lossy(&printed);
    let digits = printed.trim().strip_prefix("sha256:");
    let digest = digits.and_then(store::from_base32);
    digest
        .map(|digest| format!("sha256-{}", BASE64.encode(&digest)))
        .ok_or_else(|| Fault::Nix {
            command: format!("nix-store --query --hash {path}"),
            cause: format!("unexpected answer: {}", printed.trim()),
        })
}

/// What Nix says that it would do to build these.
pub fn dry_run(derivations: &[&str]) -> Result<(), Fault> {
    if derivations.is_empty() {
        return Ok(());
    }
    let mut command = Command::new("nix-store");
    command.args(["--realise", "--dry-run"]).args(derivations);
    let status = command.stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(&command, &status.to_string())),
        Err(error) => Err(failed(&command, &error.to_string())),
    }
}

/// All derivations that a derivation is made from.
pub fn made_from(derivation: &str) -> Result<Vec<String>, Fault> {
    query("--requisites", derivation)
}

/// Those that it names itself.
pub fn inputs(derivation: &str) -> Result<Vec<String>, Fault> {
    query("--references", derivation)
}

fn query(what: &str, derivation: &str) -> Result<Vec<String>, Fault> {
    let printed = output(Command::new("nix-store").args(["--query", what, derivation]))?;
    let printed = String::from_utf8_lossy(&printed);
    Ok(printed.lines().map(str::to_owned).collect())
}

/// These derivations and all that they are made from, by their paths.
pub fn derivations(roots: &[&str]) -> Result<HashMap<String, Derivation>, Problem> {
    let at = |fault: Fault| fault.at("derivations");
    let mut paths = BTreeSet::new();
    for some in roots.chunks(AT_ONCE) {
        let mut command = Command::new("nix-store");
        command.args(["--query", "--requisites"]).args(some);
        let printed = output(&mut command).map_err(at)?;
        let printed = String::from_utf8_lossy(&printed);
        let found = printed.lines().filter(|path| path.ends_with(".drv"));
        paths.extend(found.map(str::to_owned));
    }
    let paths: Vec<String> = paths.into_iter().collect();
    let mut all = HashMap::new();
    for some in paths.chunks(AT_ONCE) {
        let mut command = Command::new("nix-store");
        command.arg("--export").args(some);
        let written = output(&mut command).map_err(at)?;
        let files = export::files(&mut written.as_slice())
            .map_err(|error| at(failed(&command, &format!("unexpected output: {error}"))))?;
        for (path, text) in files {
            let read = derivation::parse(&text).map_err(|what| {
                failed(
                    &command,
                    &format!("a derivation that can't be read: {what}"),
                )
                .at(&path)
            })?;
            all.insert(path, read);
        }
    }
    Ok(all)
}

/// What fits into the arguments of one command.
const AT_ONCE: usize = 1000;

/// Copies a store path to `to`, which doesn't exist, wherever its store is;
/// returns its NAR hash.
///
/// `nix-store --export` gives the NAR behind a number that says that there is
/// one (libstore/export-import.cc).
pub fn copy(path: &str, to: &Path) -> Result<String, Problem> {
    let mut command = Command::new("nix-store");
    command.args(["--export", path]).stdout(Stdio::piped());
    let fault =
        |cause: String| failed(&command_of(&["nix-store", "--export", path]), &cause).at(path);
    let mut child = command.spawn().map_err(|error| fault(error.to_string()))?;
    let Some(mut export) = child.stdout.take() else {
        return Err(fault("no output".into()));
    };
    let mut number = [0; 8];
    let unpacked = export
        .read_exact(&mut number)
        .map_err(|error| error.to_string())
        .and_then(|()| {
            let decoder = Decoder::new(&mut export).map_err(|error| error.to_string())?;
            decoder.unpack(to).map_err(|error| error.to_string())
        });
    let drained = std::io::copy(&mut export, &mut std::io::sink());
    let status = child.wait().map_err(|error| fault(error.to_string()))?;
    if !status.success() {
        return Err(fault(status.to_string()));
    }
    unpacked.map_err(fault)?;
    drained.map_err(|error| fault(error.to_string()))?;
    nar::hash(to)
}

fn command_of(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

/// Standard output. What is said on standard error goes into the fault; of
/// builds that succeed nobody wants to read it.
fn output(command: &mut Command) -> Result<Vec<u8>, Fault> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(command, &error.to_string()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    // The end of a log tells what went wrong.
    let last = &said[said.len().saturating_sub(LINES)..];
    Err(failed(command, &format!("\n    {}", last.join("\n    "))))
}

const LINES: usize = 30;

fn failed(command: &Command, cause: &str) -> Fault {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let short = words.filter(|word| word.len() < 200 && !word.contains('\n'));
    Fault::Nix {
        command: short.collect::<Vec<_>>().join(" "),
        cause: cause.to_owned(),
    }
}
