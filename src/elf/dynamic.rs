//! The dynamic section, and the tables that it leads to.

use goblin::container::Container;
use goblin::elf::dynamic::{
    DT_GNU_HASH, DT_HASH, DT_STRSZ, DT_STRTAB, DT_SYMTAB, DT_VERDEF, DT_VERDEFNUM, DT_VERNEED,
    DT_VERNEEDNUM, DT_VERSYM,
};
use goblin::elf::header::EM_S390;
use goblin::elf::section_header::SHT_DYNSYM;
use goblin::elf::{Dyn, Sym};

use super::EM_MIPS;
use super::image::{Image, malformed, record};
use super::versions;
use crate::problem::Fault;

/// `DT_MIPS_SYMTABNO` (MIPS psABI).
const DT_MIPS_SYMTABNO: u64 = 0x7000_0011;

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
            strings: dynamic.strings,
            symbols,
            versions,
            definitions,
            requirements: dynamic.requirements(image)?,
        })
    }
}

/// How many dynamic symbols there are. ELF has no field for it: linkers go by
/// the section header, loaders by a hash table.
fn symbol_count(image: &Image, dynamic: &Dynamic, address: u64) -> Result<u64, Fault> {
    let mut sections = image.sections.iter();
    let section = sections.find(|section| section.sh_type == SHT_DYNSYM);
    let hashed = dynamic
        .value(DT_HASH)
        .map(|address| sysv_hash_count(image, address))
        .transpose()?;
    if let Some(section) = section {
        let size = Sym::size(image.ctx.container) as u64;
        let count = section.sh_size / size;
        if section.sh_addr != address || section.sh_entsize != size {
            return Err(Fault::Contradictory {
                what: "section header and dynamic section disagree on the symbol table".into(),
            });
        }
        if hashed.is_some_and(|hashed| hashed != count) {
            return Err(Fault::Contradictory {
                what: "section header and hash table disagree on the number of symbols".into(),
            });
        }
        return Ok(count);
    }
    if let Some(count) = hashed {
        return Ok(count);
    }
    if image.header.e_machine == EM_MIPS
        && let Some(count) = dynamic.value(DT_MIPS_SYMTABNO)
    {
        return Ok(count);
    }
    match dynamic.value(DT_GNU_HASH) {
        Some(address) => gnu_hash_count(image, address),
        None => Err(malformed(
            "neither section headers nor hash table tell the number of symbols",
        )),
    }
}

/// gABI, "Hash Table": `nchain` is the number of symbols.
fn sysv_hash_count(image: &Image, address: u64) -> Result<u64, Fault> {
    const WHAT: &str = "hash table";
    if has_wide_hash(image.header.e_machine, image.ctx.container) {
        let table = image.at_address(address, 16, WHAT)?;
        record(table, 8, image.ctx.le, WHAT)
    } else {
        let table = image.at_address(address, 8, WHAT)?;
        record::<u32, _>(table, 4, image.ctx.le, WHAT).map(u64::from)
    }
}

/// Two 64-bit machines have hash tables of 8-byte entries (binutils, bfd:
/// `elf_backend_size_info.sizeof_hash_entry`).
pub(super) fn has_wide_hash(machine: u16, container: Container) -> bool {
    const EM_ALPHA: u16 = 0x9026;
    container == Container::Big && matches!(machine, EM_S390 | EM_ALPHA)
}

/// The symbol after the last one of the longest chain (binutils,
/// `elf_gnu_hash_process_symidx` writes them in order).
fn gnu_hash_count(image: &Image, address: u64) -> Result<u64, Fault> {
    const WHAT: &str = "GNU hash table";
    let table = image.rest_from_address(address, WHAT)?;
    let word = |index: u64| -> Result<u64, Fault> {
        record::<u32, _>(table, index.saturating_mul(4), image.ctx.le, WHAT).map(u64::from)
    };
    let (buckets, first, bloom) = (word(0)?, word(1)?, word(2)?);
    let words_per_mask = match image.ctx.container {
        Container::Little => 1,
        Container::Big => 2,
    };
    let bucket = 4 + bloom * words_per_mask;
    let chain = bucket + buckets;
    let mut last = 0;
    for index in 0..buckets {
        last = last.max(word(bucket + index)?);
    }
    if last < first {
        return Ok(first);
    }
    while word(chain + last - first)? & 1 == 0 {
        last += 1;
    }
    Ok(last + 1)
}
