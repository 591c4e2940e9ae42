//! Carries a feature out: builds, stubs, links, looks and runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rayon::prelude::*;
use tempfile::TempDir;

use crate::directives::{Each, Feature, Linker, Mode, Program};
use crate::facts::File;

const STUB_BUILDER: &str = env!("CARGO_BIN_EXE_stub-builder");

/// What of the feature isn't as it says.
pub fn problems(feature: &Feature) -> Vec<String> {
    let lab = Lab::new(feature);
    let mut problems = lab.library_problems();
    let links: Vec<Link> = feature.programs.iter().flat_map(|p| lab.links(p)).collect();
    problems.par_extend(links.par_iter().flat_map_iter(|link| {
        let found = link.problems();
        found
            .into_iter()
            .map(move |what| format!("{}: {what}", link.title()))
    }));
    problems
}

struct Lab<'f> {
    feature: &'f Feature,
    directory: TempDir,
}

impl<'f> Lab<'f> {
    /// The package, and its stubs.
    fn new(feature: &'f Feature) -> Lab<'f> {
        let directory = tempfile::tempdir().unwrap();
        let lab = Lab { feature, directory };
        // A linker that isn't there must not pass for one that can't.
        for linker in Linker::ALL {
            let command = format!("{} --version", linker.program());
            succeed(".", &lab.output(".", &command), &command);
        }
        fs::create_dir_all(lab.path("real/lib")).unwrap();
        for command in &feature.builds {
            succeed("real/lib", &lab.output("real/lib", command), command);
        }
        let command = format!("{STUB_BUILDER} stubs real --out stub");
        succeed(".", &lab.output(".", &command), &command);
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn output(&self, directory: &str, command: &str) -> Output {
        output(&mut self.command(directory, command))
    }

    fn command(&self, directory: &str, text: &str) -> Command {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let text = text
            .replace("$S", &path(&self.feature.directory))
            .replace("$L", &path(self.directory.path()));
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .current_dir(self.path(directory))
            .env("LC_ALL", "C")
            // bfd looks there, too.
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("STUB_BUILDER_LOG")
            .env_remove("NIX_BUILD_TOP");
        command
    }

    /// Of what is said of libraries, what holds of none.
    fn library_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for side in ["real", "stub"] {
            let entries = fs::read_dir(self.path(side).join("lib")).unwrap();
            let entries = entries.map(Result::unwrap);
            let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
            let bytes = files.map(|file| fs::read(file.path()).unwrap());
            let files: Vec<File> = bytes.filter_map(|bytes| File::read(&bytes).ok()).collect();
            for fact in &self.feature.library_facts {
                if !files.iter().any(|file| fact.holds(file)) {
                    let text = format!("{fact:?}");
                    let about: String = files.iter().map(|file| file.about(&text)).collect();
                    problems.push(format!("{side}: not so: {text}{about}"));
                }
            }
        }
        problems
    }

    /// Compiles a program for the modes in which it is linked.
    fn links<'l>(&'l self, program: &'l Program) -> Vec<Link<'l>> {
        let mut links = Vec::new();
        for mode in Mode::ALL {
            let before = links.len();
            for linker in Linker::ALL {
                let arguments: Vec<&str> =
                    program.links.of(linker, mode).map(String::as_str).collect();
                if !arguments.is_empty() {
                    links.push(Link {
                        lab: self,
                        program,
                        linker,
                        mode,
                        arguments: arguments.join(" "),
                    });
                }
            }
            if let Some(link) = links.get(before) {
                let source = &program.source;
                let compiler = match source.ends_with(".cc") {
                    true => "g++",
                    false => "gcc",
                };
                let (flag, object) = (mode.compile_flag(), link.object());
                let command = format!("{compiler} -O1 {flag} -c $S/{source} -o {object}");
                succeed(".", &self.output(".", &command), &command);
            }
        }
        links
    }
}

fn output(command: &mut Command) -> Output {
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeed(directory: &str, output: &Output, command: &str) {
    let messages = text(&output.stderr);
    let status = output.status;
    assert!(
        status.success(),
        "{directory}: {command}: {status}\n{messages}"
    );
}

/// One program, linker and mode.
struct Link<'l> {
    lab: &'l Lab<'l>,
    program: &'l Program,
    linker: Linker,
    mode: Mode,
    arguments: String,
}

/// What became of a link.
struct Linked {
    succeeded: bool,
    /// Of compiler and linker, in text.
    messages: String,
    /// What of the result isn't as the feature says.
    problems: Vec<String>,
}

impl Link<'_> {
    fn title(&self) -> String {
        let (linker, mode) = (self.linker.name(), self.mode.name());
        format!("{} {linker} {mode}", self.program.source)
    }

    fn object(&self) -> String {
        format!("{}-{}.o", self.program.source, self.mode.name())
    }

    fn problems(&self) -> Vec<String> {
        let (real, stub) = (self.linked("real"), self.linked("stub"));
        let mut problems = Vec::new();
        let mut complain = |side: &str, found: &[String]| {
            problems.extend(found.iter().map(|what| format!("{side}: {what}")));
        };
        let counts = |what: &Each<String>| what.of(self.linker, self.mode).next().is_some();
        if counts(&self.program.stub_only) {
            complain("stub", &stub.problems);
            if real.succeeded {
                complain("real", &["links, but is said to be refused".into()]);
            }
            return problems;
        }
        if real.messages != stub.messages {
            let messages = format!("says:\n{}\nbut real: {}", stub.messages, real.messages);
            complain("stub", &[messages]);
        }
        if counts(&self.program.not_with) {
            if real.problems.is_empty() {
                complain("real", &["works, but is said not to".into()]);
            }
            if real.problems != stub.problems {
                complain("stub", &["fails otherwise than real".into()]);
                complain("real", &real.problems);
                complain("stub", &stub.problems);
            }
            return problems;
        }
        complain("real", &real.problems);
        complain("stub", &stub.problems);
        problems
    }

    fn linked(&self, side: &str) -> Linked {
        let (linker, mode) = (self.linker, self.mode);
        let compiler = match self.program.source.ends_with(".cc") {
            true => "clang++-19",
            false => "clang-19",
        };
        let name = format!("{}-{}-{}", self.program.source, linker.name(), mode.name());
        let command = format!(
            "{compiler} --ld-path={} -{} $L/{} {} -o $L/{side}/{name}",
            linker.program(),
            mode.name(),
            self.object(),
            self.arguments,
        );
        let output = self.lab.output(&format!("{side}/lib"), &command);
        // Where the output goes is no difference.
        let messages = text(&output.stderr) + &text(&output.stdout);
        let messages = messages.replace(&format!("/{side}/"), "/SIDE/");
        let succeeded = output.status.success();
        let mut problems = self.unlike_said(succeeded, &messages, &output);
        if succeeded {
            let program = self.lab.path(&format!("{side}/{name}"));
            let bytes = fs::read(&program).unwrap();
            match File::read(&bytes) {
                Ok(file) => problems.extend(self.untrue(&file)),
                Err(error) => problems.push(error),
            }
            problems.extend(self.run(program.to_str().unwrap()));
        }
        Linked {
            succeeded,
            messages,
            problems,
        }
    }

    /// Status and messages of the link.
    fn unlike_said(&self, succeeded: bool, messages: &str, output: &Output) -> Vec<String> {
        let (linker, mode) = (self.linker, self.mode);
        let mut problems = Vec::new();
        let errors: Vec<&String> = self.program.link_errors.of(linker, mode).collect();
        let expected: Vec<&String> = self.program.messages.of(linker, mode).collect();
        if errors.is_empty() != succeeded || (!succeeded && output.status.code() != Some(1)) {
            problems.push(format!("the link ends with {}\n{messages}", output.status));
        }
        for text in errors.iter().chain(&expected) {
            if !messages.contains(text.as_str()) {
                problems.push(format!("the linker doesn't say: {text}\n{messages}"));
            }
        }
        if succeeded && expected.is_empty() && !messages.is_empty() {
            problems.push(format!("the linker says:\n{messages}"));
        }
        problems
    }

    /// Facts that don't hold, and those that should not.
    fn untrue(&self, file: &File) -> Vec<String> {
        let (linker, mode) = (self.linker, self.mode);
        let expected = self.program.expected.of(linker, mode);
        let expected = expected.map(|fact| (fact, true));
        let not_expected = self.program.not_expected.of(linker, mode);
        let not_expected = not_expected.map(|fact| (fact, false));
        let wrong = (expected.chain(not_expected)).filter(|(fact, so)| fact.holds(file) != *so);
        wrong
            .map(|(fact, so)| {
                let text = format!("{fact:?}");
                let not = if so { "not so" } else { "so" };
                format!("{not}: {text}{}", file.about(&text))
            })
            .collect()
    }

    /// Runs it with the real libraries.
    fn run(&self, program: &str) -> Option<String> {
        let command = self.program.run.as_deref().unwrap_or("$P");
        let command = command.replace("$P", program);
        let mut command = self.lab.command("real/lib", &command);
        let output = output(command.env("LD_LIBRARY_PATH", self.lab.path("real/lib")));
        let lines = self.program.output.of(self.linker, self.mode);
        let expected: String = lines.map(|line| format!("{line}\n")).collect();
        let printed = text(&output.stdout);
        if output.status.success() && printed == expected {
            return None;
        }
        let messages = text(&output.stderr).replace(program, "$P");
        Some(format!(
            "it ends with {}, and prints:\n{printed}{messages}",
            output.status
        ))
    }
}
