//! An ELF file in memory: headers, and bounds-checked access by offset and by
//! address. Everything is read on demand, so that a mapped file costs the pages
//! that hold its headers and dynamic section.

use bstr::{BStr, ByteSlice};
use goblin::container::{Container, Ctx};
use goblin::elf::header::{EI_CLASS, EI_DATA, ELFCLASS32, ELFCLASS64, ELFDATA2LSB, ELFDATA2MSB};
use goblin::elf::program_header::{PT_DYNAMIC, PT_LOAD};
use goblin::elf::section_header::{SHN_XINDEX, SHT_DYNAMIC, SHT_NOBITS, SHT_NULL};
use goblin::elf::{Dyn, Header, ProgramHeader, SectionHeader};
use scroll::ctx::TryFromCtx;
use scroll::{Endian, Pread};

use super::allowance::Allowance;
use crate::problem::Fault;

/// The first bytes of every ELF file (gABI, "ELF Identification").
pub const MAGIC: &[u8] = b"\x7fELF";

/// `e_phnum` when the count stands in section 0 (gABI, "ELF Header").
const PN_XNUM: u16 = 0xffff;
/// Larger counts are no file that a linker wrote, and not worth the memory.
const MOST_HEADERS: u64 = 1 << 20;

pub struct Image<'a> {
    pub bytes: &'a [u8],
    pub ctx: Ctx,
    pub header: Header,
    pub segments: Vec<ProgramHeader>,
    /// With the null section first; empty if the file has no section headers.
    pub sections: Vec<SectionHeader>,
    section_names: &'a [u8],
}

impl<'a> Image<'a> {
    /// `bytes` is the whole file and starts with [`MAGIC`].
    pub fn new(bytes: &'a [u8]) -> Result<Image<'a>, Fault> {
        let ctx = context(bytes)?;
        let header: Header = record(bytes, 0, ctx.le, "ELF header")?;
        let mut image = Image {
            bytes,
            ctx,
            header,
            segments: Vec::new(),
            sections: Vec::new(),
            section_names: &[],
        };
        image.read_sections()?;
        image.read_segments()?;
        Ok(image)
    }

    fn read_sections(&mut self) -> Result<(), Fault> {
        let header = &self.header;
        if header.e_shoff == 0 {
            return Ok(());
        }
        let size = SectionHeader::size(self.ctx);
        if usize::from(header.e_shentsize) != size {
            return Err(malformed(format!(
                "section headers of {} bytes instead of {size}",
                header.e_shentsize
            )));
        }
        let first: SectionHeader = record(self.bytes, header.e_shoff, self.ctx, "section headers")?;
        let count = match header.e_shnum {
            0 => first.sh_size,
            count => u64::from(count),
        };
        let names = match u32::from(header.e_shstrndx) {
            SHN_XINDEX => u64::from(first.sh_link),
            index => u64::from(index),
        };
        self.sections = self.table(header.e_shoff, count, size, "section headers")?;
        if names != 0 {
            let names = usize::try_from(names)
                .ok()
                .and_then(|index| self.sections.get(index))
                .ok_or_else(|| malformed("no section holds the names of sections"))?;
            self.section_names = self.contents(names, "names of sections")?;
        }
        // `.rela.text.f`, `.text.f` and the symbol `f` are one string in object files.
        let mut allowance = Allowance::of(self.bytes, "names of sections").times(16);
        for section in &self.sections {
            let name = self.section_name(section);
            allowance.take_name(name, self.section_names)?;
        }
        Ok(())
    }

    fn read_segments(&mut self) -> Result<(), Fault> {
        let header = &self.header;
        if header.e_phoff == 0 || header.e_phnum == 0 {
            return Ok(());
        }
        let size = ProgramHeader::size(self.ctx);
        if usize::from(header.e_phentsize) != size {
            return Err(malformed(format!(
                "program headers of {} bytes instead of {size}",
                header.e_phentsize
            )));
        }
        let count = match (header.e_phnum, self.sections.first()) {
            (PN_XNUM, Some(section)) => u64::from(section.sh_info),
            (count, _) => u64::from(count),
        };
        self.segments = self.table(header.e_phoff, count, size, "program headers")?;
        Ok(())
    }

    /// `count` records of `size` bytes each, from `offset` on.
    fn table<T>(
        &self,
        offset: u64,
        count: u64,
        size: usize,
        what: &'static str,
    ) -> Result<Vec<T>, Fault>
    where
        T: TryFromCtx<'a, Ctx, Error = goblin::error::Error>,
    {
        if count > MOST_HEADERS {
            return Err(malformed(format!("{count} {what}")));
        }
        let bytes = slice(self.bytes, offset, count * size as u64, what)?;
        (0..count as usize)
            .map(|index| record(bytes, (index * size) as u64, self.ctx, what))
            .collect()
    }

    pub fn has_section_names(&self) -> bool {
        !self.section_names.is_empty()
    }

    pub fn section_name(&self, section: &SectionHeader) -> Result<&'a BStr, Fault> {
        if !self.has_section_names() {
            return Ok(BStr::new(""));
        }
        string(
            self.section_names,
            section.sh_name as u64,
            "name of a section",
        )
    }

    /// The bytes of a section; none for one without contents in the file.
    pub fn contents(&self, section: &SectionHeader, what: &'static str) -> Result<&'a [u8], Fault> {
        if section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL {
            return Ok(&[]);
        }
        slice(self.bytes, section.sh_offset, section.sh_size, what)
    }

    /// `length` bytes from `address` on, as the loader would map them.
    pub fn at_address(
        &self,
        address: u64,
        length: u64,
        what: &'static str,
    ) -> Result<&'a [u8], Fault> {
        let (bytes, available) = self.segment_from(address, what)?;
        if length > available {
            return Err(malformed(format!(
                "{what} at address {address:#x} runs over the end of its segment"
            )));
        }
        Ok(&bytes[..length as usize])
    }

    /// All that the file holds of the segment that has `address`, from there on.
    pub fn rest_from_address(&self, address: u64, what: &'static str) -> Result<&'a [u8], Fault> {
        let (bytes, available) = self.segment_from(address, what)?;
        Ok(&bytes[..available as usize])
    }

    fn segment_from(&self, address: u64, what: &'static str) -> Result<(&'a [u8], u64), Fault> {
        let (offset, available) = self.mapped(address, what)?;
        let bytes = slice(self.bytes, offset, available, what)?;
        Ok((bytes, available))
    }

    /// Where the loader maps what has `address` from.
    ///
    /// Faults: `Malformed` if it has it from nowhere.
    pub fn offset_of(&self, address: u64, what: &'static str) -> Result<u64, Fault> {
        self.mapped(address, what).map(|(offset, _)| offset)
    }

    /// The same, and how much follows in its segment.
    fn mapped(&self, address: u64, what: &'static str) -> Result<(u64, u64), Fault> {
        let segment = self
            .segments
            .iter()
            .filter(|segment| segment.p_type == PT_LOAD)
            .find(|segment| {
                address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz
            })
            .ok_or_else(|| malformed(format!("no segment holds {what} at address {address:#x}")))?;
        let within = address - segment.p_vaddr;
        let available = segment.p_filesz - within;
        let offset = segment
            .p_offset
            .checked_add(within)
            .ok_or_else(|| malformed(format!("{what} beyond the address space")))?;
        Ok((offset, available))
    }

    pub fn dynamic_segment(&self) -> Option<&ProgramHeader> {
        self.segments
            .iter()
            .find(|segment| segment.p_type == PT_DYNAMIC)
    }

    /// The dynamic section up to DT_NULL; `None` if there is none.
    pub fn dynamic(&self) -> Result<Option<Vec<Dyn>>, Fault> {
        let Some(segment) = self.dynamic_segment() else {
            return Ok(None);
        };
        const WHAT: &str = "dynamic section";
        let bytes = slice(self.bytes, segment.p_offset, segment.p_filesz, WHAT)?;
        let mut section_headers = self.sections.iter();
        if let Some(section) = section_headers.find(|section| section.sh_type == SHT_DYNAMIC)
            && (section.sh_offset, section.sh_addr) != (segment.p_offset, segment.p_vaddr)
        {
            return Err(Fault::Contradictory {
                what: "section header and program header disagree on the dynamic section".into(),
            });
        }
        let mut entries = Vec::new();
        let mut offset = 0;
        let size = Dyn::size(self.ctx.container) as u64;
        while offset + size <= bytes.len() as u64 {
            let entry: Dyn = record(bytes, offset, self.ctx, WHAT)?;
            if entry.d_tag == goblin::elf::dynamic::DT_NULL {
                return Ok(Some(entries));
            }
            entries.push(entry);
            offset += size;
        }
        Err(malformed("the dynamic section has no end"))
    }
}

fn context(bytes: &[u8]) -> Result<Ctx, Fault> {
    let ident = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let container = match ident(EI_CLASS) {
        ELFCLASS32 => Container::Little,
        ELFCLASS64 => Container::Big,
        class => return Err(malformed(format!("class {class}"))),
    };
    let endian = match ident(EI_DATA) {
        ELFDATA2LSB => Endian::Little,
        ELFDATA2MSB => Endian::Big,
        data => return Err(malformed(format!("byte order {data}"))),
    };
    Ok(Ctx::new(container, endian))
}

pub fn malformed(what: impl Into<String>) -> Fault {
    Fault::Malformed { what: what.into() }
}

/// `length` bytes of `bytes` from `offset` on.
pub fn slice<'a>(
    bytes: &'a [u8],
    offset: u64,
    length: u64,
    what: &'static str,
) -> Result<&'a [u8], Fault> {
    let range = usize::try_from(offset)
        .ok()
        .zip(usize::try_from(length).ok())
        .and_then(|(offset, length)| Some(offset..offset.checked_add(length)?));
    match range.and_then(|range| bytes.get(range)) {
        Some(slice) => Ok(slice),
        None => Err(Fault::Truncated {
            what,
            offset,
            length,
        }),
    }
}

/// One record of a table, at `offset` in `bytes`.
pub fn record<'a, T, C>(
    bytes: &'a [u8],
    offset: u64,
    ctx: C,
    what: &'static str,
) -> Result<T, Fault>
where
    C: Copy,
    T: TryFromCtx<'a, C>,
    T::Error: From<scroll::Error>,
{
    let at = usize::try_from(offset).ok();
    match at.and_then(|at| bytes.pread_with(at, ctx).ok()) {
        Some(record) => Ok(record),
        None => Err(Fault::Truncated {
            what,
            offset,
            length: size_of::<T>() as u64,
        }),
    }
}

/// The string at `offset` of a string table, without its NUL.
pub fn string<'a>(table: &'a [u8], offset: u64, what: &'static str) -> Result<&'a BStr, Fault> {
    usize::try_from(offset)
        .ok()
        .and_then(|offset| table.get(offset..))
        .and_then(|rest| Some(rest[..rest.find_byte(0)?].as_bstr()))
        .ok_or_else(|| malformed(format!("{what} at {offset:#x} is beyond the string table")))
}
