//! What can be told of a link, as a set of facts: two links are equivalent if the
//! same facts hold of both. Not among them, since they may differ between
//! equivalent outputs: order, addresses, and the recorded sizes of imported
//! functions.

use std::collections::BTreeMap;
use std::fmt;

/// A symbol by name and version, the latter empty if it has none.
pub type Key = (String, String);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Exit status of the linker.
    Status(i32),
    /// A line that it printed.
    Message(String),
    /// Of the ELF header.
    Header(String),
    /// Symbols with the same address.
    Aliases(Vec<Key>),
    /// An alignment that is less than in the link with the library.
    Alignment(String),
    Symbol(Key, Symbol),
    /// A version that is required, or defined.
    Version(String),
    /// Type, and what it refers to.
    Relocation(u32, Key),
    Segment(String),
    Section(String),
    /// A section that is carried over, with its contents.
    Contents(String, Vec<u8>),
    /// An entry of the dynamic section.
    Dynamic(String),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol {
    /// Name of the section that defines it.
    pub section: Option<String>,
    pub binding: u8,
    pub kind: u8,
    pub other: u8,
    pub hidden: bool,
    /// Of what is copied or defined.
    pub size: u64,
    /// Undefined, but with the address of its PLT entry.
    pub has_address: bool,
}

/// Facts, and how often each holds.
pub type Facts = BTreeMap<Fact, usize>;

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = |(name, version): &Key| match version.is_empty() {
            true => name.clone(),
            false => format!("{name}@{version}"),
        };
        match self {
            Fact::Status(status) => write!(f, "exit status {status}"),
            Fact::Message(line) => write!(f, "message: {line}"),
            Fact::Header(text) => write!(f, "header: {text}"),
            Fact::Segment(text) => write!(f, "segment: {text}"),
            Fact::Section(text) => write!(f, "section: {text}"),
            Fact::Contents(name, bytes) => {
                write!(
                    f,
                    "{name}: {}",
                    String::from_utf8_lossy(bytes).escape_debug()
                )
            }
            Fact::Dynamic(text) => write!(f, "dynamic section: {text}"),
            Fact::Version(text) => write!(f, "version: {text}"),
            Fact::Symbol(symbol, seen) => write!(f, "symbol {}: {seen:?}", key(symbol)),
            Fact::Relocation(kind, symbol) => write!(f, "relocation {kind} {}", key(symbol)),
            Fact::Aliases(all) => {
                let all: Vec<String> = all.iter().map(key).collect();
                write!(f, "aliases {}", all.join(" "))
            }
            Fact::Alignment(text) => write!(f, "alignment: {text}"),
        }
    }
}
