//! How many dynamic symbols there are. ELF has no field for it: linkers go by the
//! section header, and the loader, which finds symbols through a hash table, need
//! not know.
//!
//! Where there are no section headers the hash tables are all that tells, and have
//! to fit the symbols to the last bit: what is made of the file would lack symbols
//! or have some that never were.

use goblin::elf::dynamic::{
    DT_GNU_HASH, DT_HASH, DT_JMPREL, DT_REL, DT_RELA, DT_STRTAB, DT_VERDEF, DT_VERNEED, DT_VERSYM,
};
use goblin::elf::header::EM_MIPS;
use goblin::elf::section_header::SHT_DYNSYM;
use goblin::elf::{SectionHeader, Sym};

use super::allowance::Allowance;
use super::dynamic::Dynamic;
use super::gnu_hash::GnuHash;
use super::image::{Image, malformed};
use super::relocations::relocations;
use super::sysv_hash::SysvHash;
use crate::problem::Fault;

/// `DT_MIPS_SYMTABNO` (MIPS psABI).
const DT_MIPS_SYMTABNO: u64 = 0x7000_0011;

/// What the symbols have.
pub const NAMES: &str = "names of symbols";

/// Whatever may follow the symbol table.
const TABLES: [u64; 9] = [
    DT_HASH,
    DT_GNU_HASH,
    DT_STRTAB,
    DT_VERSYM,
    DT_VERDEF,
    DT_VERNEED,
    DT_RELA,
    DT_REL,
    DT_JMPREL,
];

/// The number of symbols in the table at `address`, the null symbol included.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn symbol_count(image: &Image, dynamic: &Dynamic, address: u64) -> Result<u64, Fault> {
    let sysv = match dynamic.value(DT_HASH) {
        Some(table) => Some(SysvHash::new(image, table)?),
        None => None,
    };
    let mut sections = image.sections.iter();
    match sections.find(|section| section.sh_type == SHT_DYNSYM) {
        Some(section) => by_section(image, section, address, sysv.as_ref()),
        None => by_hash(image, dynamic, address, sysv.as_ref()),
    }
}

fn by_section(
    image: &Image,
    section: &SectionHeader,
    address: u64,
    sysv: Option<&SysvHash>,
) -> Result<u64, Fault> {
    let size = Sym::size(image.ctx.container) as u64;
    if section.sh_addr != address || section.sh_entsize != size {
        return Err(contradictory(
            "section header and dynamic section disagree on the symbol table",
        ));
    }
    let count = section.sh_size / size;
    if sysv.is_some_and(|hash| hash.count() != count) {
        return Err(contradictory(
            "section header and hash table disagree on the number of symbols",
        ));
    }
    Ok(count)
}

fn by_hash(
    image: &Image,
    dynamic: &Dynamic,
    address: u64,
    sysv: Option<&SysvHash>,
) -> Result<u64, Fault> {
    let gnu = match dynamic.value(DT_GNU_HASH) {
        Some(table) => Some(GnuHash::new(image, dynamic, table)?),
        None => None,
    };
    let mips = dynamic.value(DT_MIPS_SYMTABNO);
    let mips = mips.filter(|_| image.header.e_machine == EM_MIPS);
    let gnu_count = gnu.as_ref().map(GnuHash::count).transpose()?.flatten();
    let mut told = [sysv.map(SysvHash::count), mips, gnu_count]
        .into_iter()
        .flatten();
    let named = named_by_relocations(image, dynamic)?;
    let count = match (told.next(), &gnu) {
        (Some(count), _) => count,
        // One that holds nothing tells nothing of what is undefined.
        (None, Some(gnu)) => named.max(gnu.first()),
        (None, None) => {
            return Err(malformed(
                "neither section headers nor hash table tell the number of symbols",
            ));
        }
    };
    if told.any(|other| other != count) {
        return Err(contradictory(
            "the hash tables disagree on the number of symbols",
        ));
    }
    if named > count {
        return Err(contradictory(format!(
            "a relocation names symbol {}, and there are {count}",
            named - 1
        )));
    }
    let size = count.saturating_mul(Sym::size(image.ctx.container) as u64);
    let symbols = image.at_address(address, size, "dynamic symbol table")?;
    let is_within = |table: u64| table > address && table - address < size;
    if TABLES
        .iter()
        .filter_map(|tag| dynamic.value(*tag))
        .any(is_within)
    {
        return Err(contradictory("the symbol table runs into another table"));
    }
    if let Some(hash) = sysv {
        let names = Allowance::of(image.bytes, NAMES);
        hash.check(symbols, dynamic.strings, names)?;
    }
    if let Some(hash) = gnu {
        hash.check(Allowance::of(image.bytes, NAMES))?;
    }
    Ok(count)
}

/// The symbol after the last one that a relocation names.
fn named_by_relocations(image: &Image, dynamic: &Dynamic) -> Result<u64, Fault> {
    let mut count = 0;
    relocations(image, dynamic, |_, reloc| {
        count = count.max((reloc.r_sym as u64).saturating_add(1));
    })?;
    Ok(count)
}

fn contradictory(what: impl Into<String>) -> Fault {
    Fault::Contradictory { what: what.into() }
}
