//! Where data goes, which has addresses but no bytes, and the dynamic section
//! among it; and the segments in which linkers and loaders see them.
//!
//! A program that was linked to a stub by mistake starts, and stops with a
//! message when it calls into it: that takes segments which loaders accept.

use goblin::elf::dynamic::{DT_INIT_ARRAY, DT_INIT_ARRAYSZ};
use goblin::elf::program_header::{
    PF_R, PF_W, PT_DYNAMIC, PT_GNU_RELRO, PT_GNU_STACK, PT_LOAD, PT_NOTE, PT_TLS,
};
use goblin::elf::section_header::{
    SHF_ALLOC, SHF_TLS, SHF_WRITE, SHT_DYNAMIC, SHT_INIT_ARRAY, SHT_NOBITS,
};
use goblin::elf::{Dyn, ProgramHeader};

use super::{Planner, too_large};
use crate::elf::write::sections::{Role, data_section, section};
use crate::interface::{Alignment, Class, Definition, Interface, Placement};
use crate::problem::Fault;

/// The largest page of any machine that Linux runs on, so that one layout
/// serves all. Segments need no padding in the file for it.
const PAGE: u64 = 0x1_0000;

const TLS_ALIGNMENT: u64 = 16;

/// No address space reaches this far, so that the loader refuses a stub for a
/// machine without trap code instead of running into it.
const UNMAPPABLE_64: u64 = 0x3000_0000_0000_0000;
const UNMAPPABLE_32: u64 = 0xfffe_0000;

impl Planner<'_> {
    /// Data and the dynamic section, in ascending order of address. Each group
    /// starts on a page of its own, strictly after the end of the one before:
    /// bfd takes an empty section at the very end of RELRO for a part of it.
    pub(super) fn addresses(&mut self) -> Result<(), Fault> {
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
        self.address = self.next_page(PAGE)? + self.offset % PAGE;
        let (offset, start) = (self.offset, self.address);
        if self.code.constructor.is_some() {
            let (role, kind) = (Role::InitArray, SHT_INIT_ARRAY);
            self.written(role, ".init_array", kind, word);
            self.dynamic.push((DT_INIT_ARRAY, start));
            self.dynamic.push((DT_INIT_ARRAYSZ, word));
        }
        let entry = Dyn::size(self.ctx.container) as u64;
        let size = (self.dynamic.len() as u64 + 1) * entry;
        let at = self.written(Role::Dynamic, ".dynamic", SHT_DYNAMIC, size);
        self.sections[at].header.sh_entsize = entry;
        self.sections[at].header.sh_link = self.index_of(Role::Strings);
        let dynamic = self.segment(
            PT_DYNAMIC,
            PF_R | PF_W,
            self.offset - size,
            self.address - size,
            size,
            size,
            word,
        );
        let in_file = self.offset - offset;
        let relro = self.group(&[DataRelRo, RelRo, RelRoZero])?;
        self.load(PF_R | PF_W, offset, start, in_file, self.address - start);

        let tls = self.tls()?;
        let data = self.group(&[Data, Zero])?;
        let first = tls.map(|(start, _)| start).or(data.map(|(start, _)| start));
        if let Some(start) = first {
            self.load(PF_R | PF_W, 0, start, 0, self.address - start);
        }
        if !self.code.runs {
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
            let flags = match self.interface.writable_relro {
                false => PF_R,
                true => PF_R | PF_W,
            };
            let segment = self.segment(PT_GNU_RELRO, flags, 0, start, 0, size, 1);
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

    /// Adds a section that can be written and has bytes in the file.
    fn written(&mut self, role: Role, name: &str, kind: u32, size: u64) -> usize {
        let mut written = section(name.into(), role, kind, self.word());
        written.header.sh_flags = u64::from(SHF_ALLOC | SHF_WRITE);
        written.header.sh_addr = self.address;
        self.address += size;
        self.in_file(written, size)
    }

    /// Places all data of these placements; its first address and its end, or
    /// `None` if there is none.
    fn group(&mut self, placements: &[Placement]) -> Result<Option<(u64, u64)>, Fault> {
        let interface = self.interface;
        let sizes = object_sizes(interface);
        let mut start = None;
        for &placement in placements {
            let Some(&alignment) = interface.alignments.get(&placement) else {
                continue;
            };
            let first = match start {
                None => self.next_page(alignment.bytes())?,
                Some(_) => align(self.address, alignment.bytes())?,
            };
            start.get_or_insert(first);
            self.address = first;
            for (index, object) in interface.objects.iter().enumerate() {
                if object.placement == placement {
                    self.address = align(self.address, object.alignment.bytes())?;
                    // Readers take the lowest set bit of an address for its
                    // alignment: no more of it than is meant.
                    if object.alignment < alignment
                        && object.alignment < Alignment::of_address(self.address)
                    {
                        self.address += object.alignment.bytes();
                    }
                    self.object_addresses[index] = self.address;
                    self.address = end_of(self.address, sizes[index])?;
                }
            }
            self.data_section(placement, first, self.address - first, alignment);
        }
        Ok(start.map(|start| (start, self.address)))
    }

    fn data_section(
        &mut self,
        placement: Placement,
        address: u64,
        size: u64,
        alignment: Alignment,
    ) {
        let (name, kind, flags) = data_section(placement);
        let mut data = section(
            name.to_vec(),
            Role::Data(placement),
            kind,
            alignment.bytes(),
        );
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
            alignment.bytes(),
        );
        space.header.sh_size = size;
        space.header.sh_flags = data.header.sh_flags;
        space.header.sh_addr = address;
        space.header.sh_offset = self.offset;
        self.sections.push(data);
        self.sections.push(space);
    }

    /// Start and size of the thread-local data, if there is any.
    ///
    /// bfd takes a weak symbol for an alias of a global one with the same value,
    /// thread-local or not, and then imports both (elflink.c,
    /// `elf_link_add_object_symbols`).
    fn tls(&mut self) -> Result<Option<(u64, u64)>, Fault> {
        let sizes = tls_sizes(self.interface);
        if sizes.is_empty() {
            return Ok(None);
        }
        let start = self.next_page(TLS_ALIGNMENT)?;
        self.address = start;
        for size in sizes {
            self.address = align(self.address, TLS_ALIGNMENT)?;
            self.tls_offsets.push(self.address - start);
            self.address = end_of(self.address, size)?;
        }
        let size = self.address - start;
        let mut tls = section(b".tbss".to_vec(), Role::Tls, SHT_NOBITS, TLS_ALIGNMENT);
        tls.header.sh_flags = u64::from(SHF_ALLOC | SHF_WRITE | SHF_TLS);
        tls.header.sh_addr = start;
        tls.header.sh_offset = self.offset;
        tls.header.sh_size = size;
        self.sections.push(tls);
        Ok(Some((start, size)))
    }

    pub(super) fn load(
        &mut self,
        flags: u32,
        offset: u64,
        address: u64,
        in_file: u64,
        in_memory: u64,
    ) {
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

/// The same for thread-local data.
fn tls_sizes(interface: &Interface) -> Vec<u64> {
    let mut sizes = Vec::new();
    for symbol in &interface.symbols {
        if let Definition::Tls { object } = symbol.definition {
            if sizes.len() <= object {
                sizes.resize(object + 1, 1);
            }
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
