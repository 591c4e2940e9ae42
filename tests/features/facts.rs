//! What can be said of a linked program, and of a library.

use goblin::elf::Elf;
use goblin::elf::reloc::r_to_str;
use goblin::elf::section_header::{SHN_ABS, SHN_UNDEF};
use goblin::elf::sym::{bind_to_str, type_to_str, visibility_to_str};

const HIDDEN: u16 = 0x8000;
/// No version, or the base one.
const GLOBAL: u16 = 1;
const BASE: u16 = 1;
const WEAK: u16 = 2;

#[derive(Debug)]
pub enum Fact {
    Needed(String),
    /// `NAME` or `NAME@VERSION`.
    Import(String),
    Export(String),
    Symbol {
        name: String,
        words: Vec<String>,
    },
    Copy(Vec<String>),
    Aligned {
        to: u64,
        name: String,
    },
    Relocation {
        kind: String,
        name: String,
    },
}

#[derive(Debug)]
pub enum LibraryFact {
    Version(Version),
    Symbol { name: String, words: Vec<String> },
}

#[derive(Debug, PartialEq, Eq)]
pub struct Version {
    name: String,
    weak: bool,
    parents: Vec<String>,
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Fact {
    pub fn read(text: &str) -> Result<Fact, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(match words[..] {
            ["needed", name] => Fact::Needed(name.into()),
            ["import", name] => Fact::Import(name.into()),
            ["export", name] => Fact::Export(name.into()),
            ["symbol", name, ref words @ ..] if !words.is_empty() => Fact::Symbol {
                name: name.into(),
                words: owned(words),
            },
            ["copy", ref names @ ..] if !names.is_empty() => Fact::Copy(owned(names)),
            ["aligned", to, name] => Fact::Aligned {
                to: to
                    .parse()
                    .ok()
                    .filter(|to: &u64| to.is_power_of_two())
                    .ok_or("no alignment")?,
                name: name.into(),
            },
            ["relocation", kind, name] => Fact::Relocation {
                kind: kind.into(),
                name: name.into(),
            },
            _ => return Err(format!("{text} is not a fact")),
        })
    }

    pub fn holds(&self, file: &File) -> bool {
        let named = |name: &str| {
            let name = name.to_owned();
            file.symbols.iter().filter(move |symbol| symbol.is(&name))
        };
        match self {
            Fact::Needed(name) => file.needed.contains(name),
            Fact::Import(name) => file
                .symbols
                .iter()
                .any(|symbol| symbol.section == "UND" && symbol.with_version() == *name),
            Fact::Export(name) => named(name).any(|symbol| symbol.section != "UND"),
            Fact::Symbol { name, words } => named(name).any(|symbol| symbol.has(words)),
            Fact::Copy(names) => {
                let address = |name: &String| {
                    let mut defined = named(name).filter(|symbol| symbol.section != "UND");
                    defined.next().map(|symbol| symbol.address)
                };
                let first = address(&names[0]);
                let copies = file.relocations.iter().filter(|relocation| {
                    relocation.kind == "R_X86_64_COPY" && Some(relocation.offset) == first
                });
                copies.count() == 1 && names.iter().all(|name| address(name) == first)
            }
            Fact::Aligned { to, name } => named(name)
                .any(|symbol| symbol.section != "UND" && symbol.address.is_multiple_of(*to)),
            Fact::Relocation { kind, name } => file
                .relocations
                .iter()
                .any(|relocation| relocation.kind == *kind && relocation.name == *name),
        }
    }
}

impl LibraryFact {
    pub fn read(text: &str) -> Result<LibraryFact, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(match words[..] {
            ["symbol", name, ref words @ ..] => LibraryFact::Symbol {
                name: name.into(),
                words: owned(words),
            },
            ["version", name, ref rest @ ..] => {
                let (weak, rest) = match rest {
                    ["weak", rest @ ..] => (true, rest),
                    rest => (false, rest),
                };
                let parents = match rest {
                    [] => Vec::new(),
                    ["<", parents @ ..] if !parents.is_empty() => owned(parents),
                    _ => return Err(format!("{text} is not a version")),
                };
                LibraryFact::Version(Version {
                    name: name.into(),
                    weak,
                    parents,
                })
            }
            _ => return Err(format!("{text} is not a fact about libraries")),
        })
    }

    pub fn holds(&self, file: &File) -> bool {
        match self {
            LibraryFact::Version(version) => file.versions.contains(version),
            LibraryFact::Symbol { name, words } => file
                .symbols
                .iter()
                .any(|symbol| symbol.with_version() == *name && symbol.has(words)),
        }
    }
}

/// A program or library, as facts are asked of it.
#[derive(Debug)]
pub struct File {
    needed: Vec<String>,
    versions: Vec<Version>,
    symbols: Vec<Symbol>,
    relocations: Vec<Relocation>,
}

#[derive(Debug)]
struct Symbol {
    name: String,
    /// With `@` or `@@`.
    version: String,
    section: String,
    address: u64,
    /// Binding, type, visibility, size.
    words: Vec<String>,
}

#[derive(Debug)]
struct Relocation {
    kind: String,
    name: String,
    offset: u64,
}

impl Symbol {
    fn with_version(&self) -> String {
        format!("{}{}", self.name, self.version)
    }

    /// Whether it has this name, with its version or without.
    fn is(&self, name: &str) -> bool {
        self.name == name || self.with_version() == name
    }

    fn has(&self, words: &[String]) -> bool {
        let mut words = words.iter();
        words.all(|word| *word == self.section || self.words.contains(word))
    }
}

impl File {
    pub fn read(bytes: &[u8]) -> Result<File, String> {
        let elf = Elf::parse(bytes).map_err(|error| error.to_string())?;
        let name_of = |index: usize| {
            let symbol = elf.dynsyms.get(index).filter(|_| index != 0);
            let name = symbol.and_then(|symbol| elf.dynstrtab.get_at(symbol.st_name));
            name.unwrap_or_default().to_owned()
        };
        let versions = Versions::of(&elf);
        let version = |index| {
            let value = elf
                .versym
                .as_ref()
                .and_then(|section| section.get_at(index));
            value.map_or(String::new(), |value| versions.text(value.vs_val))
        };
        let symbols = elf.dynsyms.iter().enumerate().skip(1);
        let relocations = (elf.dynrelas.iter())
            .chain(elf.dynrels.iter())
            .chain(elf.pltrelocs.iter());
        Ok(File {
            needed: elf
                .libraries
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            versions: definitions(&elf),
            symbols: symbols
                .map(|(index, symbol)| Symbol {
                    name: name_of(index),
                    version: version(index),
                    section: section(&elf, symbol.st_shndx),
                    address: symbol.st_value,
                    words: vec![
                        readelf(bind_to_str(symbol.st_bind())),
                        readelf(type_to_str(symbol.st_type())),
                        visibility_to_str(symbol.st_visibility()).to_owned(),
                        format!("size={}", symbol.st_size),
                    ],
                })
                .collect(),
            relocations: relocations
                .map(|relocation| Relocation {
                    kind: format!("R_{}", r_to_str(relocation.r_type, elf.header.e_machine)),
                    name: name_of(relocation.r_sym),
                    offset: relocation.r_offset,
                })
                .collect(),
        })
    }

    /// The lines in which a name of the fact occurs, to tell why it doesn't hold.
    pub fn about(&self, fact: &str) -> String {
        let versions = self.versions.iter().map(|one| format!("{one:?}"));
        let symbols = self.symbols.iter().map(|one| format!("{one:?}"));
        let relocations = self.relocations.iter().map(|one| format!("{one:?}"));
        let needed = self
            .needed
            .iter()
            .map(|name| format!("needed name: {name:?}"));
        let lines = versions.chain(symbols).chain(relocations).chain(needed);
        let names = || {
            fact.split('"')
                .map(|word| word.split('@').next().unwrap_or(word))
        };
        let about = lines.filter(|line| names().any(|n| line.contains(&format!("name: \"{n}\""))));
        about.map(|line| format!("\n    {line}")).collect()
    }
}

/// What `readelf` calls it.
fn readelf(word: &str) -> String {
    word.trim_start_matches("GNU_").to_owned()
}

fn section(elf: &Elf, index: usize) -> String {
    match index as u32 {
        SHN_UNDEF => "UND".into(),
        SHN_ABS => "ABS".into(),
        _ => {
            let section = elf.section_headers.get(index);
            let name = section.and_then(|section| elf.shdr_strtab.get_at(section.sh_name));
            name.unwrap_or("none").into()
        }
    }
}

fn definitions(elf: &Elf) -> Vec<Version> {
    let definitions = elf.verdef.iter().flat_map(|section| section.iter());
    definitions
        .filter(|definition| definition.vd_flags & BASE == 0)
        .map(|definition| {
            let names = definition.iter();
            let mut names = names.filter_map(|aux| elf.dynstrtab.get_at(aux.vda_name));
            Version {
                name: names.next().unwrap_or_default().to_owned(),
                weak: definition.vd_flags & WEAK != 0,
                parents: names.map(str::to_owned).collect(),
            }
        })
        .collect()
}

/// What the values in `.gnu.version` stand for; required versions first, since
/// the copy of versioned data has the version that it had in the library.
struct Versions<'a> {
    required: Vec<(u16, &'a str)>,
    defined: Vec<(u16, &'a str)>,
}

impl<'a> Versions<'a> {
    fn of(elf: &Elf<'a>) -> Versions<'a> {
        let name = |offset| elf.dynstrtab.get_at(offset).unwrap_or("?");
        let mut versions = Versions {
            required: Vec::new(),
            defined: Vec::new(),
        };
        for library in elf.verneed.iter().flat_map(|section| section.iter()) {
            let named = library
                .iter()
                .map(|aux| (aux.vna_other, name(aux.vna_name)));
            versions.required.extend(named);
        }
        for definition in elf.verdef.iter().flat_map(|section| section.iter()) {
            let named = definition.iter().take(1);
            let named = named.map(|aux| (definition.vd_ndx, name(aux.vda_name)));
            versions.defined.extend(named);
        }
        versions
    }

    /// `@V`, `@@V` or nothing.
    fn text(&self, value: u16) -> String {
        let among = |all: &[(u16, &'a str)]| {
            let found = all.iter().find(|(index, _)| *index == value & !HIDDEN);
            found.map(|(_, name)| *name)
        };
        match (among(&self.required), among(&self.defined)) {
            _ if value & !HIDDEN <= GLOBAL => String::new(),
            (Some(name), _) => format!("@{name}"),
            (None, Some(name)) if value & HIDDEN != 0 => format!("@{name}"),
            (None, Some(name)) => format!("@@{name}"),
            (None, None) => "@?".into(),
        }
    }
}
