//! The dynamic symbol table, and what gives its entries their versions.

use bstr::BStr;
use goblin::container::Ctx;
use goblin::elf::Sym;
use goblin::elf::dynamic::{DT_SYMTAB, DT_VERSYM};
use goblin::elf::sym::{STV_HIDDEN, STV_INTERNAL};

use super::allowance::Allowance;
use super::count::{NAMES, symbol_count};
use super::dynamic::Dynamic;
use super::image::{Image, malformed, record, string};
use super::versions;
use crate::problem::Fault;

/// The dynamic symbol table and what gives its entries their versions.
pub struct SymbolTable<'a> {
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
        let table = SymbolTable {
            ctx: image.ctx,
            strings: dynamic.strings,
            symbols,
            versions,
            definitions: dynamic.definitions(image)?,
            requirements: dynamic.requirements(image)?,
        };
        let mut names = Allowance::of(image.bytes, NAMES);
        for index in 0..table.count() {
            let name = table.name(&table.symbol(index)?);
            names.take_name(name, table.strings)?;
        }
        Ok(table)
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

/// Whether a symbol is for the object alone. (goblin's `st_visibility` takes
/// three bits; the gABI has two, and the third is STO_MIPS_OPTIONAL.)
pub fn is_confined(sym: &Sym) -> bool {
    matches!(sym.st_other & 3, STV_HIDDEN | STV_INTERNAL)
}
