//! Linkers go by section headers, the loader by the dynamic section. A file in
//! which they lead to different tables has two interfaces: it is refused.

use goblin::elf::dynamic::{
    DT_GNU_HASH, DT_HASH, DT_NULL, DT_SONAME, DT_STRSZ, DT_STRTAB, DT_SYMTAB, DT_VERDEF,
    DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM, DT_VERSYM,
};
use goblin::elf::section_header::{
    SHT_DYNAMIC, SHT_DYNSYM, SHT_GNU_VERDEF, SHT_GNU_VERNEED, SHT_GNU_VERSYM, SHT_STRTAB,
};
use goblin::elf::{Dyn, SectionHeader, Sym};

use crate::elf::tables::{Dynamic, Image, record};
use crate::interface::carried::DYNAMIC_SECTION;
use crate::problem::Fault;

/// Entries of which the loader takes the last and others the first, if there
/// are several.
const SINGLE: [u64; 11] = [
    DT_HASH,
    DT_GNU_HASH,
    DT_STRTAB,
    DT_STRSZ,
    DT_SYMTAB,
    DT_SONAME,
    DT_VERSYM,
    DT_VERDEF,
    DT_VERDEFNUM,
    DT_VERNEED,
    DT_VERNEEDNUM,
];

/// A table as both name it.
struct Table {
    what: &'static str,
    section_type: u32,
    tag: u64,
    /// How many records there are; `sh_info` says the same.
    count: Option<u64>,
}

const TABLES: [Table; 4] = [
    Table {
        what: "symbol table",
        section_type: SHT_DYNSYM,
        tag: DT_SYMTAB,
        count: None,
    },
    Table {
        what: "symbol versions",
        section_type: SHT_GNU_VERSYM,
        tag: DT_VERSYM,
        count: None,
    },
    Table {
        what: "version definitions",
        section_type: SHT_GNU_VERDEF,
        tag: DT_VERDEF,
        count: Some(DT_VERDEFNUM),
    },
    Table {
        what: "version requirements",
        section_type: SHT_GNU_VERNEED,
        tag: DT_VERNEED,
        count: Some(DT_VERNEEDNUM),
    },
];

/// Whether both lead to the same symbols, names and versions, if there are both.
///
/// Faults: `Contradictory`, and those of [`Image::offset_of`].
pub(super) fn check(image: &Image, dynamic: &Dynamic) -> Result<(), Fault> {
    for tag in SINGLE {
        if dynamic.values(tag).nth(1).is_some() {
            return Err(Fault::Contradictory {
                what: format!("two entries {tag:#x} in the dynamic section"),
            });
        }
    }
    if image.sections.is_empty() {
        return Ok(());
    }
    check_dynamic(image, dynamic)?;
    for table in TABLES {
        check_table(image, dynamic, &table)?;
    }
    Ok(())
}

/// lld and mold look for a section of this type, bfd for one of this name, of
/// which it reads all, wherever the loader would stop (elflink.c,
/// `elf_link_add_object_symbols`).
fn check_dynamic(image: &Image, dynamic: &Dynamic) -> Result<(), Fault> {
    const WHAT: &str = "dynamic section";
    let mut found = None;
    for section in &image.sections {
        let is_typed = section.sh_type == SHT_DYNAMIC;
        let is_named = match image.has_section_names() {
            true => image.section_name(section)? == DYNAMIC_SECTION,
            false => is_typed,
        };
        if is_named != is_typed || (is_typed && found.replace(section).is_some()) {
            return Err(disagree(WHAT));
        }
    }
    let Some(section) = found else {
        return Err(disagree(WHAT));
    };
    let entries = image.contents(section, WHAT)?;
    let size = Dyn::size(image.ctx.container);
    let mut rest = entries.chunks_exact(size).skip(dynamic.entries.len());
    let is_end = |entry: &[u8]| {
        record::<Dyn, _>(entry, 0, image.ctx, WHAT).is_ok_and(|entry| entry.d_tag == DT_NULL)
    };
    if !rest.next().is_some_and(is_end) || !rest.all(is_end) {
        return Err(disagree(WHAT));
    }
    check_strings(image, dynamic, section)
}

fn check_table(image: &Image, dynamic: &Dynamic, table: &Table) -> Result<(), Fault> {
    let mut sections = image.sections.iter();
    let mut of_type = sections
        .by_ref()
        .filter(|s| s.sh_type == table.section_type);
    let section = of_type.next();
    if of_type.next().is_some() {
        return Err(disagree(table.what));
    }
    let (section, address) = match (section, dynamic.value(table.tag)) {
        (None, None) => return Ok(()),
        (Some(section), Some(address)) => (section, address),
        _ => return Err(disagree(table.what)),
    };
    let count = table.count.and_then(|tag| dynamic.value(tag));
    if !is_at(image, section, address, table.what)?
        || count.is_some_and(|count| count != u64::from(section.sh_info))
    {
        return Err(disagree(table.what));
    }
    // Versions of symbols belong to the symbol table, all else to the names.
    if table.section_type == SHT_GNU_VERSYM {
        let size = Sym::size(image.ctx.container) as u64;
        return match image.sections.get(section.sh_link as usize) {
            Some(link)
                if link.sh_type == SHT_DYNSYM && section.sh_size / 2 >= link.sh_size / size =>
            {
                Ok(())
            }
            _ => Err(disagree(table.what)),
        };
    }
    check_strings(image, dynamic, section)
}

/// Whether linkers find the names of `section` where the loader does.
fn check_strings(image: &Image, dynamic: &Dynamic, section: &SectionHeader) -> Result<(), Fault> {
    const WHAT: &str = "string table";
    let (address, size) = (dynamic.value(DT_STRTAB), dynamic.value(DT_STRSZ));
    let same = match image.sections.get(section.sh_link as usize) {
        Some(link) => {
            link.sh_type == SHT_STRTAB
                && size == Some(link.sh_size)
                && is_at(image, link, address.unwrap_or(0), WHAT)?
        }
        None => false,
    };
    if same { Ok(()) } else { Err(disagree(WHAT)) }
}

/// Whether a section has this address, and lies in the file where the loader
/// maps it from.
fn is_at(
    image: &Image,
    section: &SectionHeader,
    address: u64,
    what: &'static str,
) -> Result<bool, Fault> {
    let offset = image.offset_of(address, what)?;
    Ok(section.sh_addr == address && section.sh_offset == offset)
}

fn disagree(what: &str) -> Fault {
    Fault::Contradictory {
        what: format!("section headers and dynamic section disagree on the {what}"),
    }
}
