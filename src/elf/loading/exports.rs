//! Whether a shared object defines a name: looked up as the loader does, so
//! that only the pages on the way to it are read.

use std::collections::HashSet;
use std::sync::OnceLock;

use bstr::BStr;
use foldhash::fast::FixedState;
use goblin::elf::dynamic::DT_GNU_HASH;
use goblin::elf::section_header::SHN_UNDEF;
use goblin::elf::sym::STB_LOCAL;

use crate::elf::tables::{Dynamic, GnuHash, Image, SymbolTable, hash, malformed};
use crate::problem::Fault;

/// The names that one shared object defines.
pub struct Exports<'a>(Lookup<'a>);

enum Lookup<'a> {
    Gnu(GnuHash<'a>),
    /// Of objects without DT_GNU_HASH, which are few: old ones, MIPS, stubs. Their
    /// names are gathered when someone asks.
    Names {
        table: SymbolTable<'a>,
        names: OnceLock<HashSet<&'a BStr, FixedState>>,
    },
}

impl<'a> Exports<'a> {
    /// The exports of the shared object with these bytes.
    ///
    /// Faults: `Truncated`, `Malformed`, `Contradictory`.
    pub fn new(bytes: &'a [u8]) -> Result<Exports<'a>, Fault> {
        let image = Image::new(bytes)?;
        let Some(dynamic) = Dynamic::new(&image)? else {
            return Err(malformed("no dynamic section"));
        };
        if let Some(table) = dynamic.value(DT_GNU_HASH) {
            return GnuHash::new(&image, &dynamic, table).map(|hash| Exports(Lookup::Gnu(hash)));
        }
        Ok(Exports(Lookup::Names {
            table: SymbolTable::new(&image, &dynamic)?,
            names: OnceLock::new(),
        }))
    }

    /// A damaged table holds nothing.
    pub fn contains(&self, name: &BStr) -> bool {
        match &self.0 {
            Lookup::Gnu(hash) => hash.find(name, hash::gnu(name), |_, sym| {
                sym.st_shndx as u32 != SHN_UNDEF
            }),
            Lookup::Names { table, names } => names
                .get_or_init(|| defined_names(table).unwrap_or_default())
                .contains(name),
        }
    }
}

/// The names that are defined, but for local symbols.
fn defined_names<'a>(table: &SymbolTable<'a>) -> Result<HashSet<&'a BStr, FixedState>, Fault> {
    let mut names = HashSet::default();
    for index in 1..table.count() {
        let sym = table.symbol(index)?;
        if sym.st_shndx as u32 != SHN_UNDEF && sym.st_bind() != STB_LOCAL {
            names.insert(table.name(&sym)?);
        }
    }
    Ok(names)
}
