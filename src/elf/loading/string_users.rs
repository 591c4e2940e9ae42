//! What is in the dynamic string table, and who uses it: what one has to know
//! before a string is replaced in place.

use std::ops::Range;

use bstr::BStr;
use goblin::elf::Sym;
use goblin::elf::dynamic::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME};
use goblin::elf::section_header::{SHT_DYNSYM, SHT_SYMTAB};

use crate::elf::tables::{Dynamic, Image, SymbolTable, slice, string};
use crate::elf::{REMARK_TAGS, offset_in};
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

/// A file of which strings are to be replaced.
pub struct StringUsers<'a> {
    image: Image<'a>,
    dynamic: Option<Dynamic<'a>>,
}

impl<'a> StringUsers<'a> {
    /// Those of the file with these bytes.
    ///
    /// Faults: `Truncated`, `Malformed`, `Contradictory`.
    pub fn new(bytes: &'a [u8]) -> Result<StringUsers<'a>, Fault> {
        let image = Image::new(bytes)?;
        let dynamic = Dynamic::new(&image)?;
        Ok(StringUsers { image, dynamic })
    }

    /// The file's search path; `None` without one.
    ///
    /// Faults: `Malformed`.
    pub fn search_path(&self) -> Result<Option<SearchPath<'a>>, Fault> {
        let Some(dynamic) = &self.dynamic else {
            return Ok(None);
        };
        let text = |offset| string(dynamic.strings, offset, "name in the dynamic section");
        let mut paths = Vec::new();
        for offset in [DT_RUNPATH, DT_RPATH]
            .into_iter()
            .filter_map(|tag| dynamic.value(tag))
        {
            let start = offset_in(self.image.bytes, text(offset)?);
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
    /// left out: those of symbols, of versions and of the dynamic section.
    /// Linkers let a string that another one ends in share its bytes. `ranges`
    /// are sorted and don't overlap.
    ///
    /// Faults: `Truncated`, `Malformed`, `Contradictory`.
    pub fn names_within(&self, ranges: &[Range<usize>]) -> Result<Vec<usize>, Fault> {
        let image = &self.image;
        let mut names = Vec::new();
        if let Some(dynamic) = &self.dynamic {
            let table = offset_in(image.bytes, dynamic.strings);
            let ranges = overlapping(ranges, table..table + dynamic.strings.len());
            if !ranges.is_empty() {
                let mut add = |start| add(&mut names, ranges, start);
                let remarks = REMARK_TAGS.map(|(_, tag)| tag);
                for tag in remarks.into_iter().chain([DT_NEEDED, DT_SONAME]) {
                    for offset in dynamic.values(tag) {
                        add(table.saturating_add(offset as usize));
                    }
                }
                let symbols = SymbolTable::new(image, dynamic)?;
                let definitions = symbols.definitions.iter().flat_map(|of| of.names.iter());
                let required = symbols.requirements.iter().flat_map(|of| {
                    let versions = of.versions.iter().map(|version| &version.name);
                    versions.chain([&of.file])
                });
                for name in definitions.chain(required) {
                    add(offset_in(image.bytes, name));
                }
                each_name(image, symbols.symbols, |name| add(table + name));
            }
        }
        for section in &image.sections {
            // Whose names are the dynamic section's has been looked at.
            if section.sh_type != SHT_SYMTAB
                && (section.sh_type != SHT_DYNSYM || self.dynamic.is_some())
            {
                continue;
            }
            let Some(strings) = image.sections.get(section.sh_link as usize) else {
                continue;
            };
            let (Ok(table), Ok(size)) = (
                usize::try_from(strings.sh_offset),
                usize::try_from(strings.sh_size),
            ) else {
                continue;
            };
            let ranges = overlapping(ranges, table..table.saturating_add(size));
            if !ranges.is_empty() {
                let (offset, size) = (section.sh_offset, section.sh_size);
                let symbols = slice(image.bytes, offset, size, "symbol table")?;
                each_name(image, symbols, |name| add(&mut names, ranges, table + name));
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// Those of `ranges` that share bytes with `table`.
fn overlapping(ranges: &[Range<usize>], table: Range<usize>) -> &[Range<usize>] {
    let start = ranges.partition_point(|range| range.end <= table.start);
    let count = ranges[start..].partition_point(|range| range.start < table.end);
    &ranges[start..start + count]
}

/// Adds what begins in one of `ranges`, behind its first byte.
fn add(names: &mut Vec<usize>, ranges: &[Range<usize>], start: usize) {
    let next = ranges.partition_point(|range| range.end <= start);
    if ranges.get(next).is_some_and(|range| range.start < start) {
        names.push(start);
    }
}

/// Calls `each` with `st_name` of every symbol: the first four bytes of it, of
/// 64 bits or 32.
fn each_name(image: &Image, symbols: &[u8], mut each: impl FnMut(usize)) {
    let size = Sym::size(image.ctx.container);
    for sym in symbols.chunks_exact(size) {
        if let Some(name) = sym.first_chunk() {
            let name = match image.ctx.le.is_little() {
                true => u32::from_le_bytes(*name),
                false => u32::from_be_bytes(*name),
            };
            each(name as usize);
        }
    }
}
