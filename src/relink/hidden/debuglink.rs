//! The checksum by which gdb knows that a separate debug file belongs to a
//! program (gdb's manual, "Separate Debug Files").

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::FileExt;

use flate2::CrcWriter;

use super::elf::Elf;
use super::extent::Extent;

const SECTION: &str = ".gnu_debuglink";
/// NAME_MAX and what follows.
const LONGEST: usize = 512;

/// What a program tells of its debug file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debuglink {
    /// The debug file's name, without directory.
    pub name: Vec<u8>,
    pub crc: u32,
    at: u64,
    little: bool,
}

/// `None` if the file is no ELF file or tells of no debug file.
pub fn debuglink(file: &File, size: u64) -> io::Result<Option<Debuglink>> {
    let extent = Extent {
        file,
        start: 0,
        length: size,
    };
    let Some(elf) = Elf::open(extent)? else {
        return Ok(None);
    };
    let mut link = None;
    elf.sections(|_, section| {
        if link.is_none() && elf.is_named(section, SECTION) {
            let contents = extent.part(section.sh_offset, section.sh_size);
            let contents = contents.map(|contents| contents.bytes(0, LONGEST));
            link = contents.transpose()?.and_then(|bytes| {
                let name = bytes.split(|&byte| byte == 0).next()?.to_vec();
                let at = (name.len() + 1).next_multiple_of(4);
                let field = bytes.get(at..at + 4)?.try_into().ok()?;
                let little = elf.ctx.le.is_little();
                Some(Debuglink {
                    name,
                    crc: match little {
                        true => u32::from_le_bytes(field),
                        false => u32::from_be_bytes(field),
                    },
                    at: section.sh_offset + at as u64,
                    little,
                })
            });
        }
        Ok(())
    })?;
    Ok(link)
}

impl Debuglink {
    /// Writes another checksum into the file that this was read from.
    pub fn set(&self, file: &File, crc: u32) -> io::Result<()> {
        file.write_all_at(&self.field(crc), self.at)
    }

    /// The checksum that this file has itself when another one is in it.
    pub fn own_crc(&self, file: &File, crc: u32) -> io::Result<u32> {
        let mut file = file;
        file.rewind()?;
        let mut own = CrcWriter::new(io::sink());
        io::copy(&mut file.take(self.at), &mut own)?;
        own.write_all(&self.field(crc))?;
        file.seek_relative(4)?;
        io::copy(&mut file, &mut own)?;
        Ok(own.crc().sum())
    }

    fn field(&self, crc: u32) -> [u8; 4] {
        match self.little {
            true => crc.to_le_bytes(),
            false => crc.to_be_bytes(),
        }
    }
}

/// The checksum of a debug file.
pub fn debug_crc(reader: impl Read) -> io::Result<u32> {
    let mut crc = CrcWriter::new(io::sink());
    io::copy(&mut { reader }, &mut crc)?;
    Ok(crc.crc().sum())
}
