//! What the `object` crate sees in a library: a reader that shares nothing with
//! the project's.

use object::elf::{
    DT_NULL, DT_VERSYM, FileHeader32, FileHeader64, PT_LOAD, SHT_DYNSYM, SymbolSection,
};
use object::endian::{Endian, Endianness};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, Sym};

/// One dynamic symbol as linkers see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    pub name: Vec<u8>,
    pub version: Option<Vec<u8>>,
    pub is_hidden: bool,
    pub is_defined: bool,
    pub kind: u8,
    pub binding: u8,
    pub other: u8,
    pub size: u64,
}

pub struct Facts {
    /// Sorted.
    pub symbols: Vec<Fact>,
    pub has_sections: bool,
}

pub fn facts(bytes: &[u8]) -> Result<Facts, String> {
    const CLASS: usize = 4;
    match bytes.get(CLASS) {
        Some(1) => of::<FileHeader32<Endianness>>(bytes),
        _ => of::<FileHeader64<Endianness>>(bytes),
    }
    .map_err(|error| error.to_string())
}

fn of<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> object::Result<Facts> {
    const UNDEFINED: SymbolSection = SymbolSection(0);
    let header = Elf::parse(bytes)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, bytes)?;
    let table = sections.symbols(endian, bytes, SHT_DYNSYM)?;
    let versions = sections.versions(endian, bytes)?;
    let mut symbols = Vec::new();
    for (index, symbol) in table.enumerate() {
        // The null symbol, and those that no linker looks at.
        if index.0 == 0 || symbol.st_bind().0 == 0 {
            continue;
        }
        let is_defined = symbol.st_shndx(endian) != UNDEFINED;
        let is_confined = matches!(symbol.st_other().0 & 3, 1 | 2);
        let versym = versions
            .as_ref()
            .map(|all| all.version_index(endian, index));
        let is_local = versym.is_some_and(|versym| versym.index().0 == 0);
        if is_defined && (is_confined || is_local) {
            continue;
        }
        let name = symbol.name(endian, table.strings())?.to_vec();
        if name.is_empty() {
            continue;
        }
        let version = match (&versions, versym) {
            (Some(all), Some(versym)) => all.version(versym.index())?,
            _ => None,
        };
        symbols.push(Fact {
            name,
            version: version.map(|version| version.name().to_vec()),
            is_hidden: is_defined && versym.is_some_and(|versym| versym.is_hidden()),
            is_defined,
            kind: symbol.st_type().0,
            binding: symbol.st_bind().0,
            other: symbol.st_other().0,
            size: if is_defined {
                symbol.st_size(endian).into()
            } else {
                0
            },
        });
    }
    symbols.sort();
    Ok(Facts {
        symbols,
        has_sections: !sections.is_empty(),
    })
}

/// What DT_VERSYM says of each symbol, less the hidden bit, found through program
/// headers; nothing if there is none.
pub fn versions_of_symbols(bytes: &[u8]) -> Vec<u16> {
    const CLASS: usize = 4;
    match bytes.get(CLASS) {
        Some(1) => versym::<FileHeader32<Endianness>>(bytes),
        _ => versym::<FileHeader64<Endianness>>(bytes),
    }
    .unwrap_or_default()
}

fn versym<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Option<Vec<u16>> {
    let header = Elf::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, bytes).ok()?;
    let mut dynamic = segments.iter();
    let dynamic = dynamic.find_map(|segment| segment.dynamic(endian, bytes).ok()?)?;
    let mut entries = dynamic.iter();
    let versym = entries
        .by_ref()
        .take_while(|entry| entry.d_tag(endian) != DT_NULL)
        .find(|entry| entry.d_tag(endian) == DT_VERSYM)?;
    let address: u64 = versym.d_val(endian).into();
    let segment = segments.iter().find(|segment| {
        let from: u64 = segment.p_vaddr(endian).into();
        segment.p_type(endian) == PT_LOAD
            && address.wrapping_sub(from) < segment.p_filesz(endian).into()
    })?;
    let from: u64 = segment.p_vaddr(endian).into();
    let table = segment.data(endian, bytes).ok()?;
    let table = table.get(usize::try_from(address - from).ok()?..)?;
    let number = |pair: &[u8]| endian.read_u16([pair[0], pair[1]]) & 0x7fff;
    Some(table.chunks_exact(2).map(number).collect())
}
