//! The dynamic section, and the tables that it leads to.

use bstr::BStr;
use goblin::container::Ctx;
use goblin::elf::dynamic::{
    DT_STRSZ, DT_STRTAB, DT_SYMTAB, DT_VERDEF, DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM, DT_VERSYM,
};
use goblin::elf::{Dyn, Sym};

use super::count::symbol_count;
use super::image::{Image, malformed, record, string};
use super::versions;
use crate::problem::Fault;

/// The dynamic section and its string table.
pub(super) struct Dynamic<'a> {
    pub entries: Vec<Dyn>,
    pub strings: &'a [u8],
}

impl<'a> Dynamic<'a> {
    pub fn new(image: &Image<'a>) -> Result<Option<Dynamic<'a>>, Fault> {
        let Some(entries) = image.dynamic()? else {
            return Ok(None);
        };
        let mut dynamic = Dynamic {
            entries,
            strings: &[],
        };
        let (Some(address), Some(size)) = (dynamic.value(DT_STRTAB), dynamic.value(DT_STRSZ))
        else {
            return Err(malformed("the dynamic section names no string table"));
        };
        dynamic.strings = image.at_address(address, size, "dynamic string table")?;
        Ok(Some(dynamic))
    }

    pub fn value(&self, tag: u64) -> Option<u64> {
        self.values(tag).next()
    }

    pub fn values(&self, tag: u64) -> impl Iterator<Item = u64> {
        self.entries
            .iter()
            .filter(move |entry| entry.d_tag == tag)
            .map(|entry| entry.d_val)
    }

    /// Whether the flag is set in the value of the tag.
    pub fn has_flag(&self, tag: u64, flag: u64) -> bool {
        self.value(tag).is_some_and(|flags| flags & flag != 0)
    }

    /// DT_VERNEED.
    pub fn requirements(&self, image: &Image<'a>) -> Result<Vec<versions::Requirement<'a>>, Fault> {
        match self.chain(image, DT_VERNEED, DT_VERNEEDNUM)? {
            Some((bytes, count)) => {
                versions::requirements(bytes, count, self.strings, image.ctx.le)
            }
            None => Ok(Vec::new()),
        }
    }

    /// A table of versions and how many records it has.
    fn chain(
        &self,
        image: &Image<'a>,
        table: u64,
        number: u64,
    ) -> Result<Option<(&'a [u8], u64)>, Fault> {
        match (self.value(table), self.value(number)) {
            (Some(address), Some(count)) => {
                Ok(Some((image.rest_from_address(address, "versions")?, count)))
            }
            (None, None) => Ok(None),
            _ => Err(Fault::Contradictory {
                what: "a table of versions without its length, or the length alone".into(),
            }),
        }
    }
}

/// The dynamic symbol table and what gives its entries their versions.
pub(super) struct SymbolTable<'a> {
    ctx: Ctx,
    pub strings: &'a [u8],
    /// Whole records, the null symbol first.
    pub symbols: &'a [u8],
    /// `.gnu.version`, as long as the symbol table, if there is one.
    pub versions: Option<&'a [u8]>,
    pub definitions: Vec<versions::Definition<'a>>,
    pub requirements: Vec<versions::Requirement<'a>>,
}

impl<'a> SymbolTable<'a> {
    pub fn new(image: &Image<'a>, dynamic: &Dynamic<'a>) -> Result<SymbolTable<'a>, Fault> {
        const WHAT: &str = "dynamic symbol table";
        let address = dynamic
            .value(DT_SYMTAB)
            .ok_or_else(|| malformed("the dynamic section names no symbol table"))?;
        let count = symbol_count(image, dynamic, address)?;
        let size = Sym::size(image.ctx.container) as u64;
        let bytes = count
            .checked_mul(size)
            .ok_or_else(|| malformed(format!("{count} dynamic symbols")))?;
        let symbols = image.at_address(address, bytes, WHAT)?;
        let versions = match dynamic.value(DT_VERSYM) {
            Some(address) => Some(image.at_address(address, count * 2, "symbol versions")?),
            None => None,
        };
        let definitions = match dynamic.chain(image, DT_VERDEF, DT_VERDEFNUM)? {
            Some((bytes, count)) => {
                versions::definitions(bytes, count, dynamic.strings, image.ctx.le)?
            }
            None => Vec::new(),
        };
        Ok(SymbolTable {
            ctx: image.ctx,
            strings: dynamic.strings,
            symbols,
            versions,
            definitions,
            requirements: dynamic.requirements(image)?,
        })
    }

    /// How many symbols there are, the null symbol first.
    pub fn count(&self) -> usize {
        self.symbols.len() / Sym::size(self.ctx.container)
    }

    pub fn symbol(&self, index: usize) -> Result<Sym, Fault> {
        let at = index.saturating_mul(Sym::size(self.ctx.container));
        record(self.symbols, at as u64, self.ctx, "symbol")
    }

    pub fn name(&self, sym: &Sym) -> Result<&'a BStr, Fault> {
        string(self.strings, sym.st_name as u64, "name of a symbol")
    }
}
