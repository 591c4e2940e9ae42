//! What the files of a feature say; `tests/features.rs` tells the language.

use std::fs;
use std::path::{Path, PathBuf};

use crate::facts::{Fact, LibraryFact};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linker {
    Bfd,
    Gold,
    Lld,
    Mold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Pie,
    NoPie,
    Shared,
}

impl Linker {
    pub const ALL: [Linker; 4] = [Linker::Bfd, Linker::Gold, Linker::Lld, Linker::Mold];

    pub fn name(self) -> &'static str {
        match self {
            Linker::Bfd => "bfd",
            Linker::Gold => "gold",
            Linker::Lld => "lld",
            Linker::Mold => "mold",
        }
    }

    pub fn program(self) -> &'static str {
        match self {
            Linker::Bfd => "ld.bfd",
            Linker::Gold => "ld.gold",
            Linker::Lld => "ld.lld-19",
            Linker::Mold => "mold",
        }
    }
}

impl Mode {
    pub const ALL: [Mode; 3] = [Mode::Pie, Mode::NoPie, Mode::Shared];

    pub fn name(self) -> &'static str {
        match self {
            Mode::Pie => "pie",
            Mode::NoPie => "no-pie",
            Mode::Shared => "shared",
        }
    }

    pub fn compile_flag(self) -> &'static str {
        match self {
            Mode::Pie => "-fPIE",
            Mode::NoPie => "-fno-pic",
            Mode::Shared => "-fPIC",
        }
    }
}

/// The linkers and modes for which a directive counts; of either, none are all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions {
    linkers: Vec<Linker>,
    modes: Vec<Mode>,
}

impl Conditions {
    pub fn hold(&self, linker: Linker, mode: Mode) -> bool {
        (self.linkers.is_empty() || self.linkers.contains(&linker))
            && (self.modes.is_empty() || self.modes.contains(&mode))
    }

    fn read(text: Option<&str>) -> Result<Conditions, String> {
        let mut conditions = Conditions {
            linkers: Vec::new(),
            modes: Vec::new(),
        };
        for word in text.unwrap_or_default().split_whitespace() {
            if let Some(linker) = Linker::ALL.into_iter().find(|one| one.name() == word) {
                conditions.linkers.push(linker);
            } else if let Some(mode) = Mode::ALL.into_iter().find(|one| one.name() == word) {
                conditions.modes.push(mode);
            } else {
                return Err(format!("{word} is neither a linker nor a mode"));
            }
        }
        if text.is_some() && conditions.are_none() {
            return Err("nothing is listed".into());
        }
        Ok(conditions)
    }

    fn are_none(&self) -> bool {
        self.linkers.is_empty() && self.modes.is_empty()
    }
}

/// The values of a directive that may be repeated.
#[derive(Debug)]
pub struct Each<T>(Vec<(Conditions, T)>);

impl<T> Each<T> {
    fn new() -> Each<T> {
        Each(Vec::new())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that count.
    pub fn of(&self, linker: Linker, mode: Mode) -> impl Iterator<Item = &T> {
        let counting = self.0.iter().filter(move |one| one.0.hold(linker, mode));
        counting.map(|(_, value)| value)
    }
}

#[derive(Debug)]
pub struct Feature {
    pub directory: PathBuf,
    pub builds: Vec<String>,
    pub library_facts: Vec<LibraryFact>,
    pub programs: Vec<Program>,
}

#[derive(Debug)]
pub struct Program {
    /// Name of the file.
    pub source: String,
    pub links: Each<String>,
    pub expected: Each<Fact>,
    pub not_expected: Each<Fact>,
    pub messages: Each<String>,
    pub link_errors: Each<String>,
    pub run: Option<String>,
    pub output: Each<String>,
    pub not_with: Each<String>,
    pub stub_only: Each<String>,
}

struct Directive<'a> {
    name: &'a str,
    conditions: Conditions,
    value: &'a str,
}

const MARK: &str = "//#";

impl Feature {
    pub fn read(directory: &Path) -> Result<Feature, String> {
        let error = |path: &Path, what: &str| format!("{}: {what}", path.display());
        let mut feature = Feature {
            directory: directory.to_owned(),
            builds: Vec::new(),
            library_facts: Vec::new(),
            programs: Vec::new(),
        };
        let entries = fs::read_dir(directory).map_err(|e| error(directory, &e.to_string()))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(|e| error(&path, &e.to_string()))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let directives = directives(&text).map_err(|what| error(&path, &what))?;
            let read = if name.starts_with("main") {
                Program::read(&name, &directives).map(|program| feature.programs.push(program))
            } else {
                feature.add(name.starts_with("lib"), &directives)
            };
            read.map_err(|what| error(&path, &what))?;
        }
        if feature.builds.is_empty() || feature.programs.is_empty() {
            return Err(error(directory, "it takes a package and a program"));
        }
        Ok(feature)
    }

    fn add(&mut self, is_library: bool, directives: &[Directive]) -> Result<(), String> {
        for directive in directives {
            match directive.name {
                _ if !directive.conditions.are_none() => {
                    return Err("the package is the same for all linkers and modes".into());
                }
                "build" if is_library => self.builds.push(directive.value.to_owned()),
                "expect-library" if is_library => {
                    self.library_facts.push(LibraryFact::read(directive.value)?);
                }
                name => return Err(format!("{name} doesn't belong here")),
            }
        }
        Ok(())
    }
}

impl Program {
    fn read(source: &str, directives: &[Directive]) -> Result<Program, String> {
        let mut program = Program {
            source: source.to_owned(),
            links: Each::new(),
            expected: Each::new(),
            not_expected: Each::new(),
            messages: Each::new(),
            link_errors: Each::new(),
            run: None,
            output: Each::new(),
            not_with: Each::new(),
            stub_only: Each::new(),
        };
        for directive in directives {
            let mut conditions = directive.conditions.clone();
            let value = directive.value.to_owned();
            let list = match directive.name {
                "link" => {
                    if conditions.modes.is_empty() {
                        conditions.modes = vec![Mode::Pie, Mode::NoPie];
                    }
                    &mut program.links
                }
                "expect" | "expect-not" => {
                    let list = match directive.name {
                        "expect" => &mut program.expected,
                        _ => &mut program.not_expected,
                    };
                    list.0.push((conditions, Fact::read(&value)?));
                    continue;
                }
                "run" => {
                    if !conditions.are_none() || program.run.replace(value).is_some() {
                        return Err("there is one way to run a program".into());
                    }
                    continue;
                }
                "message" => &mut program.messages,
                "link-error" => &mut program.link_errors,
                "output" => &mut program.output,
                name @ ("not-with" | "stub-only") => {
                    if conditions.are_none() {
                        return Err(format!("{name} lists what it is true of"));
                    }
                    match name {
                        "not-with" => &mut program.not_with,
                        _ => &mut program.stub_only,
                    }
                }
                name => return Err(format!("{name} doesn't belong here")),
            };
            list.0.push((conditions, value));
        }
        if program.links.is_empty() {
            return Err("nothing is linked".into());
        }
        if program.output.is_empty() && program.link_errors.is_empty() {
            return Err("nothing is expected of it".into());
        }
        Ok(program)
    }
}

fn directives(text: &str) -> Result<Vec<Directive<'_>>, String> {
    text.lines()
        .filter(|line| line.contains(MARK))
        .map(|line| directive(line).map_err(|what| format!("{line}: {what}")))
        .collect()
}

fn directive(line: &str) -> Result<Directive<'_>, String> {
    let line = line.strip_prefix(MARK).and_then(|l| l.strip_prefix(' '));
    let Some((head, value)) = line.and_then(|line| line.split_once(": ")) else {
        return Err("it isn't written `//# NAME: VALUE`".into());
    };
    let (name, conditions) = match head.split_once('[') {
        None => (head, None),
        Some((name, rest)) => (name, Some(rest.strip_suffix(']').ok_or("no ]")?)),
    };
    if value.trim() != value || value.is_empty() {
        return Err("there are spaces around the value, or nothing".into());
    }
    Ok(Directive {
        name,
        conditions: Conditions::read(conditions)?,
        value,
    })
}
