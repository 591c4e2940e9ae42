//! Bytes to [`Interface`].
//!
//! The dynamic section leads the way, as it leads the loader; section headers,
//! where there are any, say how linkers see the same things, and must agree.
//! What no linker looks at is left where it is: code, data, relocations.

mod agreement;
mod places;
mod symbols;

use bstr::BStr;
use goblin::container::Container;
use goblin::elf::Dyn;
use goblin::elf::dynamic::{DT_NEEDED, DT_SONAME};
use goblin::elf::header::{EI_ABIVERSION, EI_OSABI};
use goblin::elf::section_header::SHT_NOTE;

use self::places::Places;
use self::symbols::Symbols;
use crate::elf::tables::versions::{self, VER_FLG_BASE, VER_FLG_WEAK};
use crate::elf::tables::{
    Allowance, Dynamic, Image, SymbolTable, malformed, record, slice, string,
};
use crate::elf::{NT_GNU_PROPERTY_TYPE_0, REMARK_TAGS};
use crate::interface::carried::{self, WARNING_PREFIX};
use crate::interface::{
    Attributes, Class, Endian, Interface, Property, Remark, RequiredVersion, Requirement, Target,
    Version, Warning,
};
use crate::problem::Fault;

/// The interface of the shared object with these bytes.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn read(bytes: &[u8]) -> Result<Interface<'_>, Fault> {
    let file = File::new(bytes)?;
    let mut symbols = file.symbols()?;
    let mut all = Vec::with_capacity(symbols.at_most());
    for symbol in &mut symbols {
        all.push(symbol?);
    }
    let rest = file.rest(symbols.places)?;
    Ok(Interface {
        symbols: all,
        ..rest
    })
}

/// A shared object of which section headers and loader say the same.
pub(super) struct File<'a> {
    image: Image<'a>,
    dynamic: Dynamic<'a>,
    table: SymbolTable<'a>,
}

impl<'a> File<'a> {
    pub fn new(bytes: &'a [u8]) -> Result<File<'a>, Fault> {
        let image = Image::new(bytes)?;
        let Some(dynamic) = Dynamic::new(&image)? else {
            return Err(malformed("no dynamic section"));
        };
        agreement::check(&image, &dynamic)?;
        Ok(File {
            table: SymbolTable::new(&image, &dynamic)?,
            dynamic,
            image,
        })
    }

    pub fn symbols(&self) -> Result<Symbols<'_, 'a>, Fault> {
        Symbols::new(&self.image, &self.table)
    }

    /// All but the symbols, once they have been read.
    pub fn rest(&self, places: Places) -> Result<Interface<'a>, Fault> {
        let File {
            image,
            dynamic,
            table,
        } = self;
        let name = |offset| string(dynamic.strings, offset, "name in the dynamic section");
        Ok(Interface {
            target: target(image),
            soname: dynamic.value(DT_SONAME).map(name).transpose()?,
            needed: dynamic
                .values(DT_NEEDED)
                .map(name)
                .collect::<Result<_, _>>()?,
            remarks: remarks(dynamic)?,
            versions: table.definitions.iter().map(version).collect(),
            requirements: table.requirements.iter().map(requirement).collect(),
            symbols: Vec::new(),
            objects: places.objects,
            alignments: places.alignments,
            writable_relro: places.writable_relro,
            warnings: warnings(image)?,
            attributes: attributes(image)?,
            properties: properties(image)?,
        })
    }
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
    let mut allowance = Allowance::of(image.bytes, "linker warnings");
    let mut warnings = Vec::new();
    for section in &image.sections {
        if let Some(symbol) = image.section_name(section)?.strip_prefix(WARNING_PREFIX) {
            let message = image.contents(section, "linker warning")?;
            allowance.take(message.len())?;
            warnings.push(Warning {
                symbol: BStr::new(symbol),
                message,
            });
        }
    }
    Ok(warnings)
}

fn attributes<'a>(image: &Image<'a>) -> Result<Vec<Attributes<'a>>, Fault> {
    const WHAT: &str = "build attributes";
    let machine = image.header.e_machine;
    let mut allowance = Allowance::of(image.bytes, WHAT);
    let sections = image.sections.iter();
    let mut attributes = sections
        .filter(|section| Attributes::are(section.sh_type, machine))
        .map(|section| {
            let contents = image.contents(section, WHAT)?;
            allowance.take(contents.len())?;
            Ok(Attributes {
                name: image.section_name(section)?,
                section_type: section.sh_type,
                flags: section.sh_flags,
                alignment: section.sh_addralign.max(1),
                entry_size: section.sh_entsize,
                contents,
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    if let Some((_, what)) = carried::unfit(&attributes, machine) {
        return Err(malformed(what));
    }
    carried::sort(&mut attributes);
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
    let mut allowance = Allowance::of(image.bytes, "property notes");
    let mut properties = Vec::new();
    for section in image.sections.iter().filter(|s| s.sh_type == SHT_NOTE) {
        if image.section_name(section)? != ".note.gnu.property" {
            continue;
        }
        let note = image.contents(section, WHAT)?;
        allowance.take(note.len())?;
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
            if Property::is_acted_on(property_type, machine) {
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
