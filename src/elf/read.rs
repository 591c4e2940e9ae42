//! Bytes to [`Interface`].
//!
//! The dynamic section leads the way, as it leads the loader; section headers,
//! where there are any, say how linkers see the same things, and must agree.
//! What no linker looks at is left where it is: code, data, relocations.

use bstr::BStr;
use goblin::container::Container;
use goblin::elf::dynamic::{DT_NEEDED, DT_SONAME};
use goblin::elf::header::{EI_ABIVERSION, EI_OSABI};
use goblin::elf::section_header::{SHF_ALLOC, SHT_NOTE};
use goblin::elf::{Dyn, SectionHeader};

use super::dynamic::{Dynamic, SymbolTable};
use super::image::{Image, malformed, record, slice, string};
use super::versions::{self, VER_FLG_BASE, VER_FLG_WEAK};
use super::{
    EM_MIPS, MOST_PADDING, NT_GNU_PROPERTY_TYPE_0, REMARK_TAGS, SHT_ATTRIBUTES, SHT_GNU_ATTRIBUTES,
    SHT_MIPS_ABIFLAGS,
};
use super::{WARNING_PREFIX, agreement, symbols};
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

/// The interface of the shared object with these bytes.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn read(bytes: &[u8]) -> Result<Interface<'_>, Fault> {
    let image = Image::new(bytes)?;
    let Some(dynamic) = Dynamic::new(&image)? else {
        return Err(malformed("no dynamic section"));
    };
    agreement::check(&image, &dynamic)?;
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
        writable_relro: symbols.writable_relro,
        warnings: warnings(&image)?,
        attributes: attributes(&image)?,
        properties: properties(&image)?,
    })
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
            if name.starts_with(WARNING_PREFIX) {
                return Err(malformed(format!(
                    "section {name} is a warning by name and build attributes by type"
                )));
            }
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
    // Each is padded to its alignment in a stub, which would grow without limit.
    let padding = attributes.iter().map(|section| section.alignment);
    if padding.fold(0, u64::saturating_add) > MOST_PADDING {
        return Err(malformed(format!(
            "build attributes aligned to more than {MOST_PADDING} bytes"
        )));
    }
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
