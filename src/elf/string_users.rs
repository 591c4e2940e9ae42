//! What is in the dynamic string table, and who uses it: what one has to know
//! before a string is replaced in place.

use std::ops::Range;

use bstr::BStr;
use goblin::elf::Sym;
use goblin::elf::dynamic::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME};
use goblin::elf::section_header::{SHT_DYNSYM, SHT_SYMTAB};

use super::REMARK_TAGS;
use super::dynamic::{Dynamic, SymbolTable};
use super::image::{Image, record, slice, string};
use crate::problem::Fault;

/// The strings of a file's dynamic section that tell where its libraries are.
#[derive(Debug)]
pub struct SearchPath<'a> {
    /// Where the values of DT_RPATH and DT_RUNPATH lie in the file, without the
    /// NUL. Linkers write one of the two; older ones both, as one string.
    pub paths: Vec<Range<usize>>,
    /// DT_NEEDED, in order.
    pub needed: Vec<&'a BStr>,
}

/// The search path of the file with these bytes; `None` without one.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn search_path(bytes: &[u8]) -> Result<Option<SearchPath<'_>>, Fault> {
    let image = Image::new(bytes)?;
    let Some(dynamic) = Dynamic::new(&image)? else {
        return Ok(None);
    };
    let text = |offset| string(dynamic.strings, offset, "name in the dynamic section");
    let mut paths = Vec::new();
    for offset in [DT_RUNPATH, DT_RPATH]
        .into_iter()
        .filter_map(|tag| dynamic.value(tag))
    {
        let start = offset_in(bytes, text(offset)?);
        let range = start..start + text(offset)?.len();
        if !paths.contains(&range) {
            paths.push(range);
        }
    }
    if paths.is_empty() {
        return Ok(None);
    }
    let needed = dynamic.values(DT_NEEDED).map(text);
    Ok(Some(SearchPath {
        paths,
        needed: needed.collect::<Result<_, _>>()?,
    }))
}

/// Where in the file names begin that lie in one of `ranges`, its first byte
/// left out: those of symbols, of versions and of the dynamic section. Linkers
/// let a string that another one ends in share its bytes. `ranges` are sorted
/// and don't overlap.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn names_within(bytes: &[u8], ranges: &[Range<usize>]) -> Result<Vec<usize>, Fault> {
    let image = Image::new(bytes)?;
    let mut names = Vec::new();
    let mut add = |start: usize| {
        let next = ranges.partition_point(|range| range.end <= start);
        if ranges.get(next).is_some_and(|range| range.start < start) {
            names.push(start);
        }
    };
    if let Some(dynamic) = Dynamic::new(&image)? {
        let table = offset_in(bytes, dynamic.strings);
        let remarks = REMARK_TAGS.map(|(_, tag)| tag);
        for tag in remarks.into_iter().chain([DT_NEEDED, DT_SONAME]) {
            for offset in dynamic.values(tag) {
                add(table.saturating_add(offset as usize));
            }
        }
        let symbols = SymbolTable::new(&image, &dynamic)?;
        let definitions = symbols.definitions.iter().flat_map(|of| of.names.iter());
        let required = symbols.requirements.iter().flat_map(|of| {
            let versions = of.versions.iter().map(|version| &version.name);
            versions.chain([&of.file])
        });
        for name in definitions.chain(required) {
            add(offset_in(bytes, name));
        }
        each_name(&image, symbols.symbols, |name| add(table + name))?;
    }
    for section in &image.sections {
        if section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM {
            continue;
        }
        let Some(strings) = image.sections.get(section.sh_link as usize) else {
            continue;
        };
        let table = strings.sh_offset..strings.sh_offset.saturating_add(strings.sh_size);
        let next = ranges.partition_point(|range| range.end as u64 <= table.start);
        if ranges
            .get(next)
            .is_some_and(|range| (range.start as u64) < table.end)
        {
            let symbols = slice(bytes, section.sh_offset, section.sh_size, "symbol table")?;
            let table = table.start as usize;
            each_name(&image, symbols, |name| add(table + name))?;
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn each_name(image: &Image, symbols: &[u8], mut each: impl FnMut(usize)) -> Result<(), Fault> {
    let size = Sym::size(image.ctx.container) as u64;
    for index in 0..symbols.len() as u64 / size {
        let sym: Sym = record(symbols, index * size, image.ctx, "symbol")?;
        each(sym.st_name);
    }
    Ok(())
}

/// Where in `bytes` the `part` of it begins.
fn offset_in(bytes: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - bytes.as_ptr().addr()
}
