//! Where everything in a stub goes: each section and segment, offset and
//! address, decided before a byte is written.
//!
//! This is what has bytes in the file, in this order: headers, the dynamic
//! symbols with what belongs to them, notes, the trap code (one read-execute
//! segment), the dynamic section, then what is never loaded. `memory` gives
//! addresses to what has no bytes. `docs/format.md` gives the reason for each
//! detail.

mod memory;

use goblin::container::{Container, Ctx};
use goblin::elf::dynamic::{
    DT_HASH, DT_NEEDED, DT_REL, DT_RELA, DT_RELAENT, DT_RELASZ, DT_RELENT, DT_RELSZ, DT_SONAME,
    DT_STRSZ, DT_STRTAB, DT_SYMENT, DT_SYMTAB, DT_VERDEF, DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM,
    DT_VERSYM,
};
use goblin::elf::program_header::{PF_R, PF_X};
use goblin::elf::section_header::{
    SHF_ALLOC, SHF_EXECINSTR, SHN_LORESERVE, SHT_DYNSYM, SHT_GNU_VERDEF, SHT_GNU_VERNEED,
    SHT_GNU_VERSYM, SHT_HASH, SHT_NOTE, SHT_NULL, SHT_PROGBITS, SHT_REL, SHT_RELA, SHT_STRTAB,
};
use goblin::elf::{Header, ProgramHeader, Reloc, SectionHeader, Sym};

use super::code::{CODE_ALIGNMENT, Code};
use super::sections::{Role, Section, section};
use super::strings::Strings;
use crate::elf::tables::has_wide_hash;
use crate::elf::tables::versions::{Verdaux, Verdef, Vernaux, Verneed};
use crate::elf::{REMARK_TAGS, STUB_NOTE_NAME, STUB_NOTE_SECTION};
use crate::interface::carried::{self, WARNING_PREFIX};
use crate::interface::{Class, Definition, Endian, Interface, Placement};
use crate::problem::Fault;

/// One list of all symbols: loaders meet stubs by mistake only, and need no
/// speed then.
pub(super) const HASH_BUCKETS: u64 = 1;

pub(super) struct Layout<'i> {
    pub interface: &'i Interface<'i>,
    pub ctx: Ctx,
    pub code: Code<'i>,
    pub strings: Strings,
    /// With the null section first.
    pub sections: Vec<Section>,
    pub segments: Vec<ProgramHeader>,
    /// Tag and value, DT_NULL excepted.
    pub dynamic: Vec<(u64, u64)>,
    /// For each of [`Interface::objects`].
    pub object_addresses: Vec<u64>,
    /// For each place in thread-local data, from the start of that.
    pub tls_offsets: Vec<u64>,
    pub section_headers: u64,
    /// Bytes in the whole file.
    pub size: u64,
}

pub(super) fn layout<'i>(interface: &'i Interface<'i>) -> Result<Layout<'i>, Fault> {
    let container = match interface.target.class {
        Class::Elf32 => Container::Little,
        Class::Elf64 => Container::Big,
    };
    let endian = match interface.target.endian {
        Endian::Little => scroll::Endian::Little,
        Endian::Big => scroll::Endian::Big,
    };
    let ctx = Ctx::new(container, endian);
    let mut planner = Planner {
        interface,
        ctx,
        code: Code::of(interface),
        strings: Strings::of(interface)?,
        sections: vec![section(Vec::new(), Role::Null, SHT_NULL, 0)],
        segments: Vec::new(),
        dynamic: Vec::new(),
        object_addresses: vec![0; interface.objects.len()],
        tls_offsets: Vec::new(),
        offset: 0,
        address: 0,
    };
    planner.metadata()?;
    planner.dynamic_entries();
    planner.addresses()?;
    planner.unloaded()?;
    planner.finish()
}

struct Planner<'i> {
    interface: &'i Interface<'i>,
    ctx: Ctx,
    code: Code<'i>,
    strings: Strings,
    sections: Vec<Section>,
    segments: Vec<ProgramHeader>,
    dynamic: Vec<(u64, u64)>,
    object_addresses: Vec<u64>,
    tls_offsets: Vec<u64>,
    /// Where the next byte of the file goes.
    offset: u64,
    /// Where the next data goes.
    address: u64,
}

impl<'i> Planner<'i> {
    /// What linkers read: mapped from address 0 on, each section at the address
    /// that is its offset.
    fn metadata(&mut self) -> Result<(), Fault> {
        let interface = self.interface;
        let symbols = interface.symbols.len() as u64 + 1;
        let word = self.word();
        self.offset = Header::size(self.ctx) as u64
            + self.segment_count() * ProgramHeader::size(self.ctx) as u64;

        let dynsym = self.mapped(Role::Symbols, ".dynsym", SHT_DYNSYM, word, {
            symbols * Sym::size(self.ctx.container) as u64
        });
        // The string table comes next; only the null symbol is local.
        self.sections[dynsym].header.sh_link = dynsym as u32 + 1;
        self.sections[dynsym].header.sh_info = 1;
        self.sections[dynsym].header.sh_entsize = Sym::size(self.ctx.container) as u64;
        let strings = self.strings.bytes.len() as u64;
        let dynstr = self.mapped(Role::Strings, ".dynstr", SHT_STRTAB, 1, strings);

        let (definitions, requirements) = (&self.strings.versions, &self.strings.requirements);
        let (verdefs, verneeds) = (definitions.len() as u32, requirements.len() as u32);
        let verdef_bytes: usize = definitions
            .iter()
            .map(|names| size_of::<Verdef>() + names.len() * size_of::<Verdaux>())
            .sum();
        let verneed_bytes: usize = requirements
            .iter()
            .map(|(_, versions)| size_of::<Verneed>() + versions.len() * size_of::<Vernaux>())
            .sum();
        // bfd refuses the versions of nothing (elf_link_add_object_symbols,
        // "invalid version offset").
        if verdefs + verneeds > 0 && !interface.symbols.is_empty() {
            let size = symbols * 2;
            let at = self.mapped(
                Role::SymbolVersions,
                ".gnu.version",
                SHT_GNU_VERSYM,
                2,
                size,
            );
            self.sections[at].header.sh_link = dynsym as u32;
            self.sections[at].header.sh_entsize = 2;
        }
        for (role, name, kind, count, size) in [
            (
                Role::VersionDefinitions,
                ".gnu.version_d",
                SHT_GNU_VERDEF,
                verdefs,
                verdef_bytes,
            ),
            (
                Role::VersionRequirements,
                ".gnu.version_r",
                SHT_GNU_VERNEED,
                verneeds,
                verneed_bytes,
            ),
        ] {
            if count > 0 {
                let at = self.mapped(role, name, kind, word, size as u64);
                self.sections[at].header.sh_link = dynstr as u32;
                self.sections[at].header.sh_info = count;
            }
        }

        let entry = self.hash_entry();
        let size = (2 + HASH_BUCKETS + symbols) * entry;
        let at = self.mapped(Role::Hash, ".hash", SHT_HASH, word, size);
        self.sections[at].header.sh_link = dynsym as u32;
        self.sections[at].header.sh_entsize = entry;

        if let Some(constructor) = &self.code.constructor {
            let (name, kind) = match constructor.has_addend {
                true => (".rela.dyn", SHT_RELA),
                false => (".rel.dyn", SHT_REL),
            };
            let size = Reloc::size(constructor.has_addend, self.ctx) as u64;
            let at = self.mapped(Role::Relocations, name, kind, word, size);
            self.sections[at].header.sh_link = dynsym as u32;
            self.sections[at].header.sh_entsize = size;
        }

        if !interface.properties.is_empty() {
            let contents: u64 = interface
                .properties
                .iter()
                .map(|property| 8 + (property.contents.len() as u64).next_multiple_of(word))
                .sum();
            let size = 16 + contents;
            self.mapped(
                Role::PropertyNote,
                ".note.gnu.property",
                SHT_NOTE,
                word,
                size,
            );
        }
        let size = 12 + (STUB_NOTE_NAME.len() as u64).next_multiple_of(4) + 4;
        self.mapped(Role::StubNote, STUB_NOTE_SECTION, SHT_NOTE, 4, size);
        self.attributes(true)?;
        let size = self.code.bytes.len() as u64;
        let at = self.mapped(Role::Code, ".text", SHT_PROGBITS, CODE_ALIGNMENT, size);
        self.sections[at].header.sh_flags |= u64::from(SHF_EXECINSTR);
        self.load(PF_R | PF_X, 0, 0, self.offset, self.offset);
        Ok(())
    }

    fn dynamic_entries(&mut self) {
        let Planner {
            interface, strings, ..
        } = self;
        let mut entries: Vec<(u64, u64)> = Vec::new();
        let offset = |tag| move |offset: &u32| (tag, u64::from(*offset));
        entries.extend(strings.needed.iter().map(offset(DT_NEEDED)));
        if interface.soname.is_some() {
            entries.push((DT_SONAME, strings.soname.into()));
        }
        for (remark, &text) in interface.remarks.iter().zip(&strings.remarks) {
            let tags = REMARK_TAGS.iter().filter(|(tag, _)| *tag == remark.tag);
            entries.extend(tags.map(|(_, tag)| (*tag, u64::from(text))));
        }
        for (role, tag, count) in [
            (Role::Hash, DT_HASH, None),
            (Role::Strings, DT_STRTAB, None),
            (Role::Symbols, DT_SYMTAB, None),
            (Role::SymbolVersions, DT_VERSYM, None),
            (Role::VersionDefinitions, DT_VERDEF, Some(DT_VERDEFNUM)),
            (Role::VersionRequirements, DT_VERNEED, Some(DT_VERNEEDNUM)),
        ] {
            if let Some(section) = self.sections.iter().find(|section| section.role == role) {
                entries.push((tag, section.header.sh_addr));
                entries.extend(count.map(|tag| (tag, u64::from(section.header.sh_info))));
            }
        }
        let relocations = self.sections.iter().find(|it| it.role == Role::Relocations);
        if let Some(Section { header, .. }) = relocations {
            let [table, size, entry] = match header.sh_type {
                SHT_RELA => [DT_RELA, DT_RELASZ, DT_RELAENT],
                _ => [DT_REL, DT_RELSZ, DT_RELENT],
            };
            entries.push((table, header.sh_addr));
            entries.push((size, header.sh_size));
            entries.push((entry, header.sh_entsize));
        }
        entries.push((DT_STRSZ, self.strings.bytes.len() as u64));
        entries.push((DT_SYMENT, Sym::size(self.ctx.container) as u64));
        self.dynamic = entries;
    }

    /// What is in the file but in no segment.
    fn unloaded(&mut self) -> Result<(), Fault> {
        for (index, warning) in self.interface.warnings.iter().enumerate() {
            let name = [WARNING_PREFIX, warning.symbol].concat();
            let size = warning.message.len() as u64;
            let warning = section(name, Role::Warning(index), SHT_PROGBITS, 1);
            self.in_file(warning, size);
        }
        self.attributes(false)?;
        let names = section(b".shstrtab".to_vec(), Role::SectionNames, SHT_STRTAB, 1);
        let size: u64 = self
            .sections
            .iter()
            .chain([&names])
            .map(|section| section.name.len() as u64 + 1)
            .sum();
        // The null section's name is the NUL that every string table starts with.
        self.in_file(names, size);
        let mut offset = 0;
        for section in &mut self.sections {
            section.header.sh_name = offset;
            offset += section.name.len() + 1;
        }
        Ok(())
    }

    fn attributes(&mut self, loaded: bool) -> Result<(), Fault> {
        let Interface {
            target, attributes, ..
        } = self.interface;
        if let Some((_, what)) = carried::unfit(attributes, target.machine) {
            return Err(Fault::NotExpressible { what });
        }
        for (index, attributes) in attributes.iter().enumerate() {
            if attributes.is_loaded() != loaded {
                continue;
            }
            let role = Role::Attributes(index);
            let name = attributes.name.to_vec();
            let mut carried = section(name, role, attributes.section_type, attributes.alignment);
            carried.header.sh_flags = attributes.flags;
            carried.header.sh_entsize = attributes.entry_size;
            let at = self.in_file(carried, attributes.contents.len() as u64);
            if loaded {
                self.sections[at].header.sh_addr = self.sections[at].header.sh_offset;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Layout<'i>, Fault> {
        let section_headers = self.offset.next_multiple_of(self.word());
        let size =
            section_headers + self.sections.len() as u64 * SectionHeader::size(self.ctx) as u64;
        let limit = match self.interface.target.class {
            Class::Elf32 => u64::from(u32::MAX),
            Class::Elf64 => i64::MAX as u64,
        };
        if size > limit || self.address > limit {
            return Err(too_large());
        }
        // Indices from SHN_LORESERVE on say other things (gABI, "Sections").
        let sections = self.sections.len();
        if sections >= SHN_LORESERVE as usize {
            let what = format!("{sections} sections, most of them linker warnings and attributes");
            return Err(Fault::NotExpressible { what });
        }
        debug_assert_eq!(self.segments.len() as u64, self.segment_count());
        self.sections.shrink_to_fit();
        Ok(Layout {
            interface: self.interface,
            ctx: self.ctx,
            code: self.code,
            strings: self.strings,
            sections: self.sections,
            segments: self.segments,
            dynamic: self.dynamic,
            object_addresses: self.object_addresses,
            tls_offsets: self.tls_offsets,
            section_headers,
            size,
        })
    }

    /// How many segments there will be: needed before there are any, since
    /// everything else comes after their headers.
    fn segment_count(&self) -> u64 {
        use Placement::{Data, DataRelRo, ReadOnly, RelRo, RelRoZero, Zero};
        let interface = self.interface;
        let any = |placements: &[Placement]| {
            placements
                .iter()
                .any(|placement| interface.alignments.contains_key(placement))
        };
        let tls = interface
            .symbols
            .iter()
            .any(|symbol| matches!(symbol.definition, Definition::Tls { .. }));
        // Metadata, dynamic section, PT_DYNAMIC, PT_NOTE, PT_GNU_STACK.
        let always = 5;
        always
            + 2 * u64::from(any(&[ReadOnly]))
            + u64::from(any(&[DataRelRo, RelRo, RelRoZero]))
            + u64::from(tls)
            + u64::from(tls || any(&[Data, Zero]))
            + u64::from(!self.code.runs)
    }

    /// Adds a section of the first segment.
    fn mapped(&mut self, role: Role, name: &str, kind: u32, alignment: u64, size: u64) -> usize {
        let mut mapped = section(name.into(), role, kind, alignment);
        mapped.header.sh_flags = SHF_ALLOC.into();
        let at = self.in_file(mapped, size);
        self.sections[at].header.sh_addr = self.sections[at].header.sh_offset;
        at
    }

    /// Adds a section of `size` bytes at the next offset.
    fn in_file(&mut self, mut section: Section, size: u64) -> usize {
        self.offset = self.offset.next_multiple_of(section.header.sh_addralign);
        section.header.sh_offset = self.offset;
        section.header.sh_size = size;
        self.offset += size;
        self.sections.push(section);
        self.sections.len() - 1
    }

    fn index_of(&self, role: Role) -> u32 {
        let at = self
            .sections
            .iter()
            .position(|section| section.role == role);
        at.unwrap_or(0) as u32
    }

    fn word(&self) -> u64 {
        self.ctx.size() as u64
    }

    fn hash_entry(&self) -> u64 {
        if has_wide_hash(self.interface.target.machine, self.ctx.container) {
            8
        } else {
            4
        }
    }
}

fn too_large() -> Fault {
    Fault::NotExpressible {
        what: "its data is larger than the address space".into(),
    }
}
