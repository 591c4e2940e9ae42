//! The dynamic symbol table as [`Symbol`]s, and their versions.

use bstr::BStr;
use goblin::elf::section_header::SHN_UNDEF;
use goblin::elf::sym::{
    STB_GLOBAL, STB_LOCAL, STB_WEAK, STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT,
    STT_TLS,
};

use super::places::Places;
use crate::elf::STB_GNU_UNIQUE;
use crate::elf::tables::versions::{VER_FLG_BASE, VER_NDX_GLOBAL, VER_NDX_LOCAL, VERSYM_HIDDEN};
use crate::elf::tables::{Image, SymbolTable, is_confined, malformed, record};
use crate::interface::{Binding, Definition, Kind, Symbol};
use crate::problem::Fault;

/// The symbols that linkers see, one after the other: global, visible outside, and
/// with a name.
pub struct Symbols<'s, 'a> {
    image: &'s Image<'a>,
    table: &'s SymbolTable<'a>,
    versions: Versions<'a>,
    /// Of the symbols so far.
    pub places: Places<'s>,
    next: usize,
}

impl<'s, 'a> Symbols<'s, 'a> {
    pub fn new(image: &'s Image<'a>, table: &'s SymbolTable<'a>) -> Result<Self, Fault> {
        Ok(Symbols {
            image,
            table,
            versions: Versions::new(table)?,
            places: Places::new(image, table)?,
            next: 1,
        })
    }

    /// There are no more than these.
    pub fn at_most(&self) -> usize {
        self.table.count()
    }

    /// The symbol with this number, if linkers see it.
    fn symbol(&mut self, index: usize) -> Result<Option<Symbol<'a>>, Fault> {
        let Symbols { image, table, .. } = *self;
        let sym = table.symbol(index)?;
        let versym = match table.versions {
            Some(versions) => record(versions, index as u64 * 2, image.ctx.le, "symbol versions")?,
            None => VER_NDX_GLOBAL,
        };
        let defined = sym.st_shndx as u32 != SHN_UNDEF;
        let confined = is_confined(&sym) || versym & !VERSYM_HIDDEN == VER_NDX_LOCAL;
        if sym.st_bind() == STB_LOCAL || (defined && confined) {
            return Ok(None);
        }
        let name = table.name(&sym)?;
        if name.is_empty() {
            return Ok(None);
        }
        let (version, file) = match self.versions.of(versym, defined) {
            Some(named) => named,
            None => {
                return Err(malformed(format!(
                    "symbol {name} has version {}, which is not there",
                    versym & !VERSYM_HIDDEN
                )));
            }
        };
        let hidden = versym & VERSYM_HIDDEN != 0;
        // bfd writes `foo@` as hidden and without a version, beside versions.
        let bare = version.is_none() && table.definitions.is_empty();
        if hidden && (bare || !defined) {
            return Err(Fault::Contradictory {
                what: format!("symbol {name} is hidden behind a version that it does not define"),
            });
        }
        let definition = if defined {
            self.places.definition(&sym, name)?
        } else {
            Definition::Undefined { file }
        };
        Ok(Some(Symbol {
            name,
            version,
            hidden,
            binding: binding(sym.st_bind()),
            kind: kind(sym.st_type()),
            other: sym.st_other,
            size: if defined { sym.st_size } else { 0 },
            definition,
        }))
    }
}

impl<'a> Iterator for Symbols<'_, 'a> {
    type Item = Result<Symbol<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.at_most() {
            self.next += 1;
            if let Some(symbol) = self.symbol(self.next - 1).transpose() {
                return Some(symbol);
            }
        }
        None
    }
}

fn binding(value: u8) -> Binding {
    match value {
        STB_GLOBAL => Binding::Global,
        STB_WEAK => Binding::Weak,
        STB_GNU_UNIQUE => Binding::Unique,
        other => Binding::Other(other),
    }
}

fn kind(value: u8) -> Kind {
    match value {
        STT_NOTYPE => Kind::NoType,
        STT_OBJECT => Kind::Object,
        STT_FUNC => Kind::Function,
        STT_COMMON => Kind::Common,
        STT_TLS => Kind::Tls,
        STT_GNU_IFUNC => Kind::IndirectFunction,
        other => Kind::Other(other),
    }
}

/// What the values in `.gnu.version` stand for: a version, and for a required
/// one the file it is required of.
struct Versions<'a> {
    by_index: Vec<Option<(&'a BStr, Option<&'a BStr>)>>,
}

type VersionAndFile<'a> = (Option<&'a BStr>, Option<&'a BStr>);

impl<'a> Versions<'a> {
    fn new(table: &SymbolTable<'a>) -> Result<Versions<'a>, Fault> {
        let required = table.requirements.iter().flat_map(|requirement| {
            let file = Some(requirement.file);
            let versions = requirement.versions.iter();
            versions.map(move |version| (version.index, (version.name, file)))
        });
        let defined = table.definitions.iter();
        let defined = defined.map(|definition| (definition.index, (definition.names[0], None)));
        // LSB, "Version Definitions": 1 is the base definition's, and only that.
        for definition in &table.definitions {
            let is_base = definition.flags & VER_FLG_BASE != 0;
            if is_base != (definition.index == VER_NDX_GLOBAL) {
                return Err(Fault::Contradictory {
                    what: format!(
                        "version {} has number {}",
                        definition.names[0], definition.index
                    ),
                });
            }
        }
        let mut by_index = Vec::new();
        for (index, version) in required.chain(defined) {
            let index = usize::from(index);
            if by_index.len() <= index {
                by_index.resize(index + 1, None);
            }
            if let Some((other, _)) = by_index[index].replace(version) {
                let (name, _) = version;
                return Err(Fault::Contradictory {
                    what: format!("versions {other} and {name} have one number, {index}"),
                });
            }
        }
        Ok(Versions { by_index })
    }

    /// Version and, for a required one, the file it is required of; `None` if
    /// the value stands for nothing.
    fn of(&self, versym: u16, defined: bool) -> Option<VersionAndFile<'a>> {
        let index = versym & !VERSYM_HIDDEN;
        // Nothing is defined with the base version: it stands for the object.
        if index <= VER_NDX_GLOBAL {
            return Some((None, None));
        }
        match self.by_index.get(usize::from(index)).copied().flatten() {
            // What is defined has a version of its own, what is not another's.
            Some((name, file)) if defined == file.is_none() => Some((Some(name), file)),
            // An undefined symbol without versions at all has no one to ask.
            None if !defined && self.by_index.is_empty() => Some((None, None)),
            _ => None,
        }
    }
}
