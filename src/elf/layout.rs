//! Where everything in a stub goes: each section and segment, offset and
//! address, decided before a byte is written.
//!
//! The file holds, in this order: headers, the dynamic symbols with what belongs
//! to them, notes, the trap code (one read-execute segment), the dynamic
//! section, then what is never loaded. Data has addresses but no bytes. A stub
//! is laid out so that a program which was linked to it by mistake starts, and
//! stops with a message when it calls into it; `docs/format.md` gives the reason
//! for each detail.

use goblin::container::{Container, Ctx};
use goblin::elf::dynamic::{
    DT_HASH, DT_NEEDED, DT_SONAME, DT_STRSZ, DT_STRTAB, DT_SYMENT, DT_SYMTAB, DT_VERDEF,
    DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM, DT_VERSYM,
};
use goblin::elf::program_header::{
    PF_R, PF_W, PF_X, PT_DYNAMIC, PT_GNU_RELRO, PT_GNU_STACK, PT_LOAD, PT_NOTE, PT_TLS,
};
use goblin::elf::section_header::{
    SHF_ALLOC, SHF_EXECINSTR, SHF_TLS, SHF_WRITE, SHT_DYNAMIC, SHT_DYNSYM, SHT_GNU_VERDEF,
    SHT_GNU_VERNEED, SHT_GNU_VERSYM, SHT_HASH, SHT_NOBITS, SHT_NOTE, SHT_NULL, SHT_PROGBITS,
    SHT_STRTAB,
};
use goblin::elf::{Dyn, Header, ProgramHeader, SectionHeader, Sym};

use super::dynamic::has_wide_hash;
use super::sections::{Role, Section, data_section, section};
use super::strings::Strings;
use super::trap::Trap;
use super::versions::{Verdaux, Verdef, Vernaux, Verneed};
use super::{REMARK_TAGS, STUB_NOTE_NAME, STUB_NOTE_SECTION, WARNING_PREFIX};
use crate::interface::{Class, Definition, Endian, Interface, Placement};
use crate::problem::Fault;

/// The largest page of any machine that Linux runs on, so that one layout
/// serves all. Segments need no padding in the file for it.
const PAGE: u64 = 0x1_0000;

const TRAP_ALIGNMENT: u64 = 16;
const TLS_ALIGNMENT: u64 = 16;

/// One list of all symbols: loaders meet stubs by mistake only, and need no
/// speed then.
pub(super) const HASH_BUCKETS: u64 = 1;

/// No address space reaches this far, so that the loader refuses a stub for a
/// machine without trap code instead of running into it.
const UNMAPPABLE_64: u64 = 0x3000_0000_0000_0000;
const UNMAPPABLE_32: u64 = 0xfffe_0000;

pub(super) struct Layout<'i> {
    pub interface: &'i Interface<'i>,
    pub ctx: Ctx,
    pub trap: Trap,
    pub strings: Strings,
    /// With the null section first.
    pub sections: Vec<Section>,
    pub segments: Vec<ProgramHeader>,
    /// Tag and value, DT_NULL excepted.
    pub dynamic: Vec<(u64, u64)>,
    /// For each of [`Interface::objects`].
    pub object_addresses: Vec<u64>,
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
        trap: Trap::of(interface),
        strings: Strings::of(interface)?,
        sections: vec![section(Vec::new(), Role::Null, SHT_NULL, 0)],
        segments: Vec::new(),
        dynamic: Vec::new(),
        object_addresses: vec![0; interface.objects.len()],
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
    trap: Trap,
    strings: Strings,
    sections: Vec<Section>,
    segments: Vec<ProgramHeader>,
    dynamic: Vec<(u64, u64)>,
    object_addresses: Vec<u64>,
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
        let size = self.trap.bytes.len() as u64;
        let at = self.mapped(Role::Trap, ".text", SHT_PROGBITS, TRAP_ALIGNMENT, size);
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
        entries.push((DT_STRSZ, self.strings.bytes.len() as u64));
        entries.push((DT_SYMENT, Sym::size(self.ctx.container) as u64));
        self.dynamic = entries;
    }

    /// Data and the dynamic section, in ascending order of address. Each group
    /// starts on a page of its own, strictly after the end of the one before:
    /// bfd takes an empty section at the very end of RELRO for a part of it.
    fn addresses(&mut self) -> Result<(), Fault> {
        use Placement::{Data, DataRelRo, ReadOnly, RelRo, RelRoZero, Zero};
        self.address = self.offset;
        if let Some((start, end)) = self.group(&[ReadOnly])? {
            // Twice: linkers see the first, which is read-only; loaders map the
            // second over it. musl fills no segment with zeros that it can't
            // write (ldso/dynlink.c, map_library).
            for flags in [PF_R, PF_R | PF_W] {
                self.load(flags, 0, start, 0, end - start);
            }
        }

        let word = self.word();
        self.offset = self.offset.next_multiple_of(word);
        let size = (self.dynamic.len() as u64 + 1) * Dyn::size(self.ctx.container) as u64;
        let start = self.next_page(PAGE)? + self.offset % PAGE;
        let mut dynamic = section(b".dynamic".to_vec(), Role::Dynamic, SHT_DYNAMIC, word);
        dynamic.header.sh_flags = u64::from(SHF_ALLOC | SHF_WRITE);
        dynamic.header.sh_addr = start;
        dynamic.header.sh_offset = self.offset;
        dynamic.header.sh_size = size;
        dynamic.header.sh_entsize = Dyn::size(self.ctx.container) as u64;
        dynamic.header.sh_link = self.index_of(Role::Strings);
        self.sections.push(dynamic);
        self.address = start + size;
        let relro = self.group(&[DataRelRo, RelRo, RelRoZero])?;
        self.load(PF_R | PF_W, self.offset, start, size, self.address - start);
        let dynamic = self.segment(
            PT_DYNAMIC,
            PF_R | PF_W,
            self.offset,
            start,
            size,
            size,
            word,
        );
        self.offset += size;

        let tls = self.tls()?;
        let data = self.group(&[Data, Zero])?;
        let first = tls.map(|(start, _)| start).or(data.map(|(start, _)| start));
        if let Some(start) = first {
            self.load(PF_R | PF_W, 0, start, 0, self.address - start);
        }
        if !self.trap.is_code {
            let (address, size) = match self.interface.target.class {
                Class::Elf32 => (UNMAPPABLE_32, PAGE / 2),
                Class::Elf64 => (UNMAPPABLE_64, PAGE),
            };
            if self.address > address {
                return Err(too_large());
            }
            self.load(PF_R, 0, address, 0, size);
        }

        self.segments.push(dynamic);
        if let Some((start, end)) = relro {
            let size = end - start;
            let segment = self.segment(PT_GNU_RELRO, PF_R, 0, start, 0, size, 1);
            self.segments.push(segment);
        }
        if let Some((start, size)) = tls {
            let segment = self.segment(PT_TLS, PF_R, 0, start, 0, size, TLS_ALIGNMENT);
            self.segments.push(segment);
        }
        let note = &self.sections[self.index_of(Role::StubNote) as usize].header;
        let (offset, size) = (note.sh_offset, note.sh_size);
        let segment = self.segment(PT_NOTE, PF_R, offset, offset, size, size, 4);
        self.segments.push(segment);
        let segment = self.segment(PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 16);
        self.segments.push(segment);
        Ok(())
    }

    /// Places all data of these placements; its first address and its end, or
    /// `None` if there is none.
    fn group(&mut self, placements: &[Placement]) -> Result<Option<(u64, u64)>, Fault> {
        let interface = self.interface;
        let mut start = None;
        for &placement in placements {
            let Some(&alignment) = interface.alignments.get(&placement) else {
                continue;
            };
            let first = match start {
                None => self.next_page(alignment)?,
                Some(_) => align(self.address, alignment)?,
            };
            start.get_or_insert(first);
            self.address = first;
            let sizes = object_sizes(interface);
            for (index, object) in interface.objects.iter().enumerate() {
                if object.placement == placement {
                    self.address = align(self.address, object.alignment)?;
                    // Readers take the lowest set bit of an address for its
                    // alignment: no more of it than is meant.
                    if object.alignment < alignment
                        && self
                            .address
                            .is_multiple_of(object.alignment.saturating_mul(2))
                    {
                        self.address += object.alignment;
                    }
                    self.object_addresses[index] = self.address;
                    self.address = end_of(self.address, sizes[index])?;
                }
            }
            self.data_section(placement, first, self.address - first, alignment);
        }
        Ok(start.map(|start| (start, self.address)))
    }

    fn data_section(&mut self, placement: Placement, address: u64, size: u64, alignment: u64) {
        let (name, kind, flags) = data_section(placement);
        let mut data = section(name.to_vec(), Role::Data(placement), kind, alignment);
        data.header.sh_flags = flags.into();
        data.header.sh_addr = address;
        data.header.sh_offset = self.offset;
        if kind == SHT_NOBITS {
            data.header.sh_size = size;
            self.sections.push(data);
            return;
        }
        // bfd would merge a common symbol with what has no contents, so the
        // section has a type that says it has some, and a size that says none.
        let mut space = section(
            [b".stub", name].concat(),
            Role::Space,
            SHT_NOBITS,
            alignment,
        );
        space.header.sh_size = size;
        space.header.sh_flags = data.header.sh_flags;
        space.header.sh_addr = address;
        space.header.sh_offset = self.offset;
        self.sections.push(data);
        self.sections.push(space);
    }

    /// Start and size of the thread-local data, if there is any. All of its
    /// symbols have offset 0: linkers don't look.
    fn tls(&mut self) -> Result<Option<(u64, u64)>, Fault> {
        let symbols = self.interface.symbols.iter();
        let sizes = symbols
            .filter(|symbol| symbol.definition == Definition::Tls)
            .map(|symbol| symbol.size.max(1));
        let Some(size) = sizes.max() else {
            return Ok(None);
        };
        let start = self.next_page(TLS_ALIGNMENT)?;
        let mut tls = section(b".tbss".to_vec(), Role::Tls, SHT_NOBITS, TLS_ALIGNMENT);
        tls.header.sh_flags = u64::from(SHF_ALLOC | SHF_WRITE | SHF_TLS);
        tls.header.sh_addr = start;
        tls.header.sh_offset = self.offset;
        tls.header.sh_size = size;
        self.sections.push(tls);
        self.address = end_of(start, size)?;
        Ok(Some((start, size)))
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
        for (index, attributes) in self.interface.attributes.iter().enumerate() {
            if (attributes.flags & u64::from(SHF_ALLOC) != 0) != loaded {
                continue;
            }
            if !attributes.alignment.is_power_of_two() {
                return Err(Fault::NotExpressible {
                    what: format!("section {} has no usable alignment", attributes.name),
                });
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
        if size > limit || self.address > limit || self.sections.len() > 0xfeff {
            return Err(too_large());
        }
        debug_assert_eq!(self.segments.len() as u64, self.segment_count());
        self.sections.shrink_to_fit();
        Ok(Layout {
            interface: self.interface,
            ctx: self.ctx,
            trap: self.trap,
            strings: self.strings,
            sections: self.sections,
            segments: self.segments,
            dynamic: self.dynamic,
            object_addresses: self.object_addresses,
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
            .any(|symbol| symbol.definition == Definition::Tls);
        // Metadata, dynamic section, PT_DYNAMIC, PT_NOTE, PT_GNU_STACK.
        let always = 5;
        always
            + 2 * u64::from(any(&[ReadOnly]))
            + u64::from(any(&[DataRelRo, RelRo, RelRoZero]))
            + u64::from(tls)
            + u64::from(tls || any(&[Data, Zero]))
            + u64::from(!self.trap.is_code)
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

    fn load(&mut self, flags: u32, offset: u64, address: u64, in_file: u64, in_memory: u64) {
        let segment = self.segment(PT_LOAD, flags, offset, address, in_file, in_memory, PAGE);
        self.segments.push(segment);
    }

    #[allow(clippy::too_many_arguments)] // The fields of a program header.
    fn segment(
        &self,
        p_type: u32,
        p_flags: u32,
        p_offset: u64,
        address: u64,
        p_filesz: u64,
        p_memsz: u64,
        p_align: u64,
    ) -> ProgramHeader {
        ProgramHeader {
            p_type,
            p_flags,
            p_offset,
            p_vaddr: address,
            p_paddr: address,
            p_filesz,
            p_memsz,
            p_align,
        }
    }

    fn next_page(&self, alignment: u64) -> Result<u64, Fault> {
        align(end_of(self.address, 1)?, alignment.max(PAGE))
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

/// The room that each object needs: that of its largest symbol, and at least a
/// byte, so that no two objects share an address.
fn object_sizes(interface: &Interface) -> Vec<u64> {
    let mut sizes = vec![1; interface.objects.len()];
    for symbol in &interface.symbols {
        if let Definition::Data { object } = symbol.definition {
            sizes[object] = symbol.size.max(sizes[object]);
        }
    }
    sizes
}

fn align(address: u64, alignment: u64) -> Result<u64, Fault> {
    address
        .checked_next_multiple_of(alignment)
        .ok_or_else(too_large)
}

fn end_of(address: u64, size: u64) -> Result<u64, Fault> {
    address.checked_add(size).ok_or_else(too_large)
}

fn too_large() -> Fault {
    Fault::NotExpressible {
        what: "its data is larger than the address space".into(),
    }
}
