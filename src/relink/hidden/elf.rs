//! ELF files as their section headers tell them, read by position: a file of
//! any size costs the headers and the names.

use std::io;

use goblin::container::{Container, Ctx};
use goblin::elf::compression_header::{CompressionHeader, ELFCOMPRESS_ZLIB, ELFCOMPRESS_ZSTD};
use goblin::elf::header::{EI_CLASS, EI_DATA, ELFCLASS32, ELFCLASS64, ELFDATA2LSB, ELFDATA2MSB};
use goblin::elf::section_header::{SHF_COMPRESSED, SHN_XINDEX, SHT_NOBITS, SHT_NULL};
use goblin::elf::{Header, SectionHeader};
use scroll::{Endian, Pread};

use super::extent::Extent;
use super::inflate::Codec;

pub const MAGIC: &[u8] = b"\x7fELF";

/// Larger counts are no file that a linker wrote.
const MOST_SECTIONS: u64 = 1 << 20;
/// Larger tables of names neither.
const LONGEST_NAMES: usize = 16 << 20;
/// As much of a section's name as a message needs: sections may share one that is
/// as long as the file.
const LONGEST_NAME: usize = 256;
/// How many headers come in at a time.
const STEP: u64 = 512;

/// The end of a signed kernel module (Linux, Documentation/admin-guide/
/// module-signing.rst).
const SIGNED: &[u8] = b"~Module signature appended~\n";

/// In front of a `.zdebug_*` section's stream, with the inflated size behind it
/// (binutils, bfd/compress.c).
const ZDEBUG: &[u8] = b"ZLIB";

pub struct Elf<'f> {
    pub extent: Extent<'f>,
    pub ctx: Ctx,
    pub header: Header,
    count: u64,
    names: Vec<u8>,
}

/// A section that hides what is in it.
#[derive(Debug)]
pub struct Packed {
    /// Which section header.
    pub index: u64,
    pub header: SectionHeader,
    pub name: String,
    /// What lies in front of the stream.
    pub front: Front,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Stream(Codec),
    Bitcode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// gABI, "Section Compression".
    Header { size: u64 },
    /// Before there was that.
    Zdebug { size: u64 },
    /// The section is the stream, as link-time optimization writes it.
    Nothing,
}

impl<'f> Elf<'f> {
    /// `None` if it is no ELF file, or a damaged one.
    pub fn open(extent: Extent<'f>) -> io::Result<Option<Elf<'f>>> {
        let head = extent.bytes(0, 64)?;
        let Some(ctx) = head.starts_with(MAGIC).then(|| context(&head)).flatten() else {
            return Ok(None);
        };
        let Ok(header) = head.pread_with::<Header>(0, ctx.le) else {
            return Ok(None);
        };
        let mut elf = Elf {
            extent,
            ctx,
            header,
            count: u64::from(header.e_shnum),
            names: Vec::new(),
        };
        if header.e_shoff == 0 || usize::from(header.e_shentsize) != SectionHeader::size(ctx) {
            return Ok(None);
        }
        let mut names = u64::from(header.e_shstrndx);
        if elf.count == 0 || names == u64::from(SHN_XINDEX) {
            // The null section has what the header has no room for.
            let Some(first) = elf.section(0)? else {
                return Ok(None);
            };
            if elf.count == 0 {
                elf.count = first.sh_size;
            }
            if names == u64::from(SHN_XINDEX) {
                names = u64::from(first.sh_link);
            }
        }
        let end = elf.count.checked_mul(elf.entry_size());
        let end = end.and_then(|size| size.checked_add(header.e_shoff));
        if elf.count > MOST_SECTIONS || end.is_none_or(|end| end > extent.length) {
            return Ok(None);
        }
        if names != 0
            && names < elf.count
            && let Some(section) = elf.section(names)?
            && let Some(table) = extent.part(section.sh_offset, section.sh_size)
        {
            elf.names = table.bytes(0, LONGEST_NAMES)?;
        }
        Ok(Some(elf))
    }

    /// Whether it is of 64 bits.
    pub fn is_wide(&self) -> bool {
        self.ctx.container.is_big()
    }

    pub fn entry_size(&self) -> u64 {
        SectionHeader::size(self.ctx) as u64
    }

    pub fn header_at(&self, index: u64) -> u64 {
        self.header.e_shoff + index * self.entry_size()
    }

    /// Where the section headers end.
    pub fn headers_end(&self) -> u64 {
        self.header_at(self.count)
    }

    fn section(&self, index: u64) -> io::Result<Option<SectionHeader>> {
        let at = index
            .checked_mul(self.entry_size())
            .and_then(|offset| offset.checked_add(self.header.e_shoff));
        let Some(at) = at else {
            return Ok(None);
        };
        let bytes = self.extent.bytes(at, self.entry_size() as usize)?;
        Ok(bytes.pread_with(0, self.ctx).ok())
    }

    /// Calls `each` with all sections and their indices.
    pub fn sections(
        &self,
        mut each: impl FnMut(u64, &SectionHeader) -> io::Result<()>,
    ) -> io::Result<()> {
        let size = self.entry_size();
        for first in (0..self.count).step_by(STEP as usize) {
            let count = STEP.min(self.count - first);
            let bytes = self
                .extent
                .bytes(self.header_at(first), (count * size) as usize)?;
            for (index, bytes) in (first..).zip(bytes.chunks(size as usize)) {
                if let Ok(section) = bytes.pread_with::<SectionHeader>(0, self.ctx) {
                    each(index, &section)?;
                }
            }
        }
        Ok(())
    }

    /// For messages.
    fn name(&self, section: &SectionHeader) -> String {
        let name = self.names_from(section);
        let name = &name[..name.len().min(LONGEST_NAME)];
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    /// Whether the section has this name.
    pub fn is_named(&self, section: &SectionHeader, name: &str) -> bool {
        let rest = self.names_from(section).strip_prefix(name.as_bytes());
        rest.is_some_and(|rest| rest.first().is_none_or(|&byte| byte == 0))
    }

    /// The section's name, and whatever follows.
    fn names_from(&self, section: &SectionHeader) -> &[u8] {
        self.names.get(section.sh_name..).unwrap_or_default()
    }

    /// Whether the file ends in a signature over all of it.
    pub fn signed(&self) -> io::Result<bool> {
        let at = self.extent.length.saturating_sub(SIGNED.len() as u64);
        Ok(self.extent.bytes(at, SIGNED.len())? == SIGNED)
    }

    /// Calls `each` with the sections that hide something.
    pub fn packed(&self, mut each: impl FnMut(Packed) -> io::Result<()>) -> io::Result<()> {
        // Sections don't overlap, except in bombs.
        let mut left = self.extent.length;
        self.sections(|index, section| {
            if section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL {
                return Ok(());
            }
            let Some((name, front, kind)) = self.hides(section)? else {
                return Ok(());
            };
            let Some(rest) = left.checked_sub(section.sh_size) else {
                return Ok(());
            };
            left = rest;
            each(Packed {
                index,
                header: section.clone(),
                name,
                front,
                kind,
            })
        })
    }

    fn hides(&self, section: &SectionHeader) -> io::Result<Option<(String, Front, Kind)>> {
        let Some(contents) = self.extent.part(section.sh_offset, section.sh_size) else {
            return Ok(None);
        };
        let compressed = section.sh_flags & u64::from(SHF_COMPRESSED) != 0;
        let name = || self.name(section);
        if compressed {
            let bytes = contents.bytes(0, CompressionHeader::size(self.ctx))?;
            let Ok(header) = bytes.pread_with::<CompressionHeader>(0, self.ctx) else {
                return Ok(None);
            };
            let codec = match header.ch_type {
                ELFCOMPRESS_ZLIB => Codec::Zlib,
                ELFCOMPRESS_ZSTD => Codec::Zstd,
                _ => return Ok(None),
            };
            let size = header.ch_size;
            return Ok(Some((name(), Front::Header { size }, Kind::Stream(codec))));
        }
        let starts = |prefix: &[u8]| self.names_from(section).starts_with(prefix);
        if starts(b".zdebug") {
            let bytes = contents.bytes(0, 12)?;
            let size = bytes.strip_prefix(ZDEBUG);
            let size = size.and_then(|size| Some(u64::from_be_bytes(size.try_into().ok()?)));
            return Ok(size.map(|size| {
                let front = Front::Zdebug { size };
                (name(), front, Kind::Stream(Codec::Zlib))
            }));
        }
        // GCC's and LLVM's code for link-time optimization, and Fedora's
        // symbols for backtraces.
        if starts(b".gnu.lto_") || starts(b".gnu.debuglto_") || starts(b".gnu_debugdata") {
            let codec = Codec::of(&contents.bytes(0, 6)?);
            return Ok(codec.map(|codec| (name(), Front::Nothing, Kind::Stream(codec))));
        }
        if starts(b".llvmbc") || starts(b".llvm.lto") {
            return Ok(Some((name(), Front::Nothing, Kind::Bitcode)));
        }
        Ok(None)
    }

    pub fn front_length(&self, front: Front) -> u64 {
        match front {
            Front::Header { .. } => CompressionHeader::size(self.ctx) as u64,
            Front::Zdebug { .. } => 12,
            Front::Nothing => 0,
        }
    }

    /// The stream in a section.
    pub fn stream(&self, packed: &Packed) -> Option<Extent<'f>> {
        let front = self.front_length(packed.front);
        let SectionHeader {
            sh_offset, sh_size, ..
        } = packed.header;
        self.extent
            .part(sh_offset.checked_add(front)?, sh_size.checked_sub(front)?)
    }
}

impl Packed {
    /// How long the stream is inflated, if the file tells.
    pub fn size(&self) -> Option<u64> {
        match self.front {
            Front::Header { size } | Front::Zdebug { size } => Some(size),
            Front::Nothing => None,
        }
    }

    /// What it is called in messages.
    pub fn place(&self) -> String {
        match self.kind {
            Kind::Stream(_) => format!("compressed section {}", self.name),
            Kind::Bitcode => format!("LLVM bitcode in section {}", self.name),
        }
    }
}

fn context(head: &[u8]) -> Option<Ctx> {
    let container = match *head.get(EI_CLASS)? {
        ELFCLASS32 => Container::Little,
        ELFCLASS64 => Container::Big,
        _ => return None,
    };
    let endian = match *head.get(EI_DATA)? {
        ELFDATA2LSB => Endian::Little,
        ELFDATA2MSB => Endian::Big,
        _ => return None,
    };
    Some(Ctx::new(container, endian))
}
