//! Bytes to [`Interface`].
//!
//! The dynamic section leads the way, as it leads the loader; section headers,
//! where there are any, say how linkers see the same things, and must agree.
//! What no linker looks at is left where it is: code, data, relocations.

use bstr::BStr;
use goblin::container::Container;
use goblin::elf::dynamic::{
    DT_GNU_HASH, DT_HASH, DT_NEEDED, DT_SONAME, DT_STRSZ, DT_STRTAB, DT_SYMTAB, DT_VERDEF,
    DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM, DT_VERSYM,
};
use goblin::elf::header::{EI_ABIVERSION, EI_OSABI, EM_S390};
use goblin::elf::section_header::{SHF_ALLOC, SHT_DYNSYM, SHT_NOTE};
use goblin::elf::{Dyn, SectionHeader, Sym};

use super::image::{Image, malformed, record, slice, string};
use super::versions::{self, VER_FLG_BASE, VER_FLG_WEAK};
use super::{
    NT_GNU_PROPERTY_TYPE_0, REMARK_TAGS, SHT_ATTRIBUTES, SHT_GNU_ATTRIBUTES, SHT_MIPS_ABIFLAGS,
};
use super::{WARNING_PREFIX, symbols};
use crate::interface::{
    Attributes, Class, Endian, Interface, Property, Remark, RequiredVersion, Requirement, Target,
    Version, Warning,
};
use crate::problem::Fault;

/// Property types that linkers act on when they stand in a shared object: what
/// GNU_PROPERTY_1_NEEDED says of copy relocations, and the branch protection of
/// aarch64 and riscv.
const GNU_PROPERTY_1_NEEDED: u32 = 0xb000_8000;
const GNU_PROPERTY_FEATURE_1_AND: u32 = 0xc000_0000;
const EM_AARCH64: u16 = 183;
const EM_RISCV: u16 = 243;

/// `DT_MIPS_SYMTABNO` (MIPS psABI).
const DT_MIPS_SYMTABNO: u64 = 0x7000_0011;
const EM_MIPS: u16 = 8;

/// The interface of the shared object with these bytes.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn read(bytes: &[u8]) -> Result<Interface<'_>, Fault> {
    let image = Image::new(bytes)?;
    let Some(dynamic) = Dynamic::new(&image)? else {
        return Err(malformed("no dynamic section"));
    };
    let table = SymbolTable::new(&image, &dynamic)?;
    let symbols = symbols::read(&image, &table)?;
    let name = |offset| string(dynamic.strings, offset, "name in the dynamic section");
    Ok(Interface {
        target: target(&image),
        soname: dynamic.value(DT_SONAME).map(name).transpose()?,
        needed: dynamic
            .values(DT_NEEDED)
            .map(name)
            .collect::<Result<_, _>>()?,
        remarks: remarks(&dynamic)?,
        versions: table.definitions.iter().map(version).collect(),
        requirements: table.requirements.iter().map(requirement).collect(),
        symbols: symbols.symbols,
        objects: symbols.objects,
        alignments: symbols.alignments,
        warnings: warnings(&image)?,
        attributes: attributes(&image)?,
        properties: properties(&image)?,
    })
}

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
        let chain = |table: u64, number: u64| -> Result<Option<(&'a [u8], u64)>, Fault> {
            match (dynamic.value(table), dynamic.value(number)) {
                (Some(address), Some(count)) => {
                    Ok(Some((image.rest_from_address(address, "versions")?, count)))
                }
                (None, None) => Ok(None),
                _ => Err(Fault::Contradictory {
                    what: "a table of versions without its length, or the length alone".into(),
                }),
            }
        };
        let definitions = match chain(DT_VERDEF, DT_VERDEFNUM)? {
            Some((bytes, count)) => {
                versions::definitions(bytes, count, dynamic.strings, image.ctx.le)?
            }
            None => Vec::new(),
        };
        let requirements = match chain(DT_VERNEED, DT_VERNEEDNUM)? {
            Some((bytes, count)) => {
                versions::requirements(bytes, count, dynamic.strings, image.ctx.le)?
            }
            None => Vec::new(),
        };
        Ok(SymbolTable {
            strings: dynamic.strings,
            symbols,
            versions,
            definitions,
            requirements,
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

fn remarks<'a>(dynamic: &Dynamic<'a>) -> Result<Vec<Remark<'a>>, Fault> {
    let tag_of = |entry: &Dyn| {
        let (tag, _) = REMARK_TAGS.iter().find(|(_, tag)| *tag == entry.d_tag)?;
        Some((*tag, entry.d_val))
    };
    dynamic
        .entries
        .iter()
        .filter_map(tag_of)
        .map(|(tag, offset)| {
            let text = string(dynamic.strings, offset, "name in the dynamic section")?;
            Ok(Remark { tag, text })
        })
        .collect()
}

fn target(image: &Image) -> Target {
    Target {
        class: match image.ctx.container {
            Container::Little => Class::Elf32,
            Container::Big => Class::Elf64,
        },
        endian: if image.ctx.le.is_little() {
            Endian::Little
        } else {
            Endian::Big
        },
        machine: image.header.e_machine,
        os_abi: image.header.e_ident[EI_OSABI],
        abi_version: image.header.e_ident[EI_ABIVERSION],
        flags: image.header.e_flags,
    }
}

fn version<'a>(definition: &versions::Definition<'a>) -> Version<'a> {
    Version {
        name: definition.names[0],
        base: definition.flags & VER_FLG_BASE != 0,
        weak: definition.flags & VER_FLG_WEAK != 0,
        parents: definition.names[1..].to_vec(),
    }
}

fn requirement<'a>(requirement: &versions::Requirement<'a>) -> Requirement<'a> {
    Requirement {
        file: requirement.file,
        versions: requirement
            .versions
            .iter()
            .map(|version| RequiredVersion {
                name: version.name,
                weak: version.flags & VER_FLG_WEAK != 0,
            })
            .collect(),
    }
}

fn warnings<'a>(image: &Image<'a>) -> Result<Vec<Warning<'a>>, Fault> {
    let mut warnings = Vec::new();
    for section in &image.sections {
        if let Some(symbol) = image.section_name(section)?.strip_prefix(WARNING_PREFIX) {
            warnings.push(Warning {
                symbol: BStr::new(symbol),
                message: image.contents(section, "linker warning")?,
            });
        }
    }
    Ok(warnings)
}

fn attributes<'a>(image: &Image<'a>) -> Result<Vec<Attributes<'a>>, Fault> {
    let machine = image.header.e_machine;
    let carried = |section: &&SectionHeader| match section.sh_type {
        SHT_GNU_ATTRIBUTES => true,
        SHT_ATTRIBUTES => machine != EM_MIPS,
        SHT_MIPS_ABIFLAGS => machine == EM_MIPS,
        _ => false,
    };
    let mut attributes = image
        .sections
        .iter()
        .filter(carried)
        .map(|section| {
            let name = image.section_name(section)?;
            let alignment = section.sh_addralign.max(1);
            if !alignment.is_power_of_two() {
                return Err(malformed(format!(
                    "section {name} has an alignment of {alignment}"
                )));
            }
            Ok(Attributes {
                name,
                section_type: section.sh_type,
                flags: section.sh_flags,
                alignment,
                entry_size: section.sh_entsize,
                contents: image.contents(section, "build attributes")?,
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    // As stubs have them: those that are loaded come first.
    attributes.sort_by_key(|section| section.flags & u64::from(SHF_ALLOC) == 0);
    Ok(attributes)
}

fn properties<'a>(image: &Image<'a>) -> Result<Vec<Property<'a>>, Fault> {
    const WHAT: &str = "property note";
    const HEADER: u64 = 16;
    let machine = image.header.e_machine;
    let word = match image.ctx.container {
        Container::Little => 4,
        Container::Big => 8,
    };
    let mut properties = Vec::new();
    for section in image.sections.iter().filter(|s| s.sh_type == SHT_NOTE) {
        if image.section_name(section)? != ".note.gnu.property" {
            continue;
        }
        let note = image.contents(section, WHAT)?;
        let field = |at: u64| record::<u32, _>(note, at, image.ctx.le, WHAT);
        if note.len() < HEADER as usize
            || field(8)? != NT_GNU_PROPERTY_TYPE_0
            || note[12..16] != *b"GNU\0"
        {
            continue;
        }
        let end = HEADER + u64::from(field(4)?);
        let mut at = HEADER;
        while at < end {
            let property_type = field(at)?;
            let size = u64::from(field(at + 4)?);
            let contents = slice(note, at + 8, size, WHAT)?;
            let acted_on = property_type == GNU_PROPERTY_1_NEEDED
                || (property_type == GNU_PROPERTY_FEATURE_1_AND
                    && matches!(machine, EM_AARCH64 | EM_RISCV));
            if acted_on {
                properties.push(Property {
                    property_type,
                    contents,
                });
            }
            at += 8 + size.next_multiple_of(word);
        }
    }
    Ok(properties)
}
