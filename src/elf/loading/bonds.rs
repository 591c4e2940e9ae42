//! The names that tie an object to all others of its process while symbols are
//! looked for: what may be found in it, and what is looked for on its behalf.

use bstr::{BStr, ByteSlice};
use goblin::elf::dynamic::{DF_1_INITFIRST, DT_FLAGS_1};
use goblin::elf::section_header::SHN_UNDEF;
use goblin::elf::sym::STB_LOCAL;

use crate::elf::tables::{
    Dynamic, Image, SymbolTable, Table, malformed, relocations, resolves_at_once,
};
use crate::elf::{REMARK_TAGS, offset_in};
use crate::interface::RemarkTag;
use crate::problem::Fault;

const ASKING: [&[u8]; 2] = [b"dlsym", b"dlvsym"];

/// What one object has to do with names.
#[derive(Debug, Default)]
pub struct Bonds<'a> {
    /// What the loader may find in it, whatever the version and kind that it
    /// looks for.
    pub defined: Vec<&'a BStr>,
    /// What it looks for when the object is loaded, each name once.
    pub wanted: Vec<&'a BStr>,
    /// Where names stand that it may give to dlsym(3): everywhere but in the
    /// dynamic string table. Nothing if it doesn't call that.
    pub texts: [&'a [u8]; 2],
    /// DF_1_INITFIRST: of several such objects the last one comes first.
    pub is_initialized_first: bool,
    /// DT_FILTER or DT_AUXILIARY: another object is looked into before it.
    pub is_filter: bool,
}

/// The bonds of the object with these bytes.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn bonds(bytes: &[u8]) -> Result<Bonds<'_>, Fault> {
    let image = Image::new(bytes)?;
    let Some(dynamic) = Dynamic::new(&image)? else {
        return Err(malformed("no dynamic section"));
    };
    let symbols = SymbolTable::new(&image, &dynamic)?;
    let mut bonds = Bonds {
        wanted: wanted(&image, &dynamic, &symbols)?,
        is_initialized_first: dynamic.has_flag(DT_FLAGS_1, DF_1_INITFIRST),
        is_filter: REMARK_TAGS.iter().any(|(kind, tag)| {
            matches!(kind, RemarkTag::Filter | RemarkTag::Auxiliary)
                && dynamic.value(*tag).is_some()
        }),
        ..Bonds::default()
    };
    for index in 1..symbols.count() {
        let sym = symbols.symbol(index)?;
        if sym.st_bind() == STB_LOCAL {
            continue;
        }
        let name = symbols.name(&sym)?;
        // An executable's undefined function with a value is its PLT entry,
        // which is as good as a definition (glibc, elf/dl-lookup.c,
        // `check_match`).
        if sym.st_shndx as u32 != SHN_UNDEF || sym.st_value != 0 {
            bonds.defined.push(name);
        } else if ASKING.contains(&name.as_bytes()) {
            let strings = offset_in(bytes, dynamic.strings);
            let behind = strings + dynamic.strings.len();
            bonds.texts = [&bytes[..strings], &bytes[behind..]];
        }
    }
    Ok(bonds)
}

/// What the relocations name that are resolved when the object is loaded.
fn wanted<'a>(
    image: &Image<'a>,
    dynamic: &Dynamic<'a>,
    symbols: &SymbolTable<'a>,
) -> Result<Vec<&'a BStr>, Fault> {
    let at_once = resolves_at_once(dynamic);
    let mut used = vec![false; symbols.count()];
    relocations(image, dynamic, |table, reloc| {
        if (at_once || table != Table::Plt)
            && let Some(used) = used.get_mut(reloc.r_sym)
        {
            *used = true;
        }
    })?;
    let mut wanted = Vec::new();
    for index in (1..used.len()).filter(|&index| used[index]) {
        let sym = symbols.symbol(index)?;
        if sym.st_bind() != STB_LOCAL {
            wanted.push(symbols.name(&sym)?);
        }
    }
    Ok(wanted)
}
