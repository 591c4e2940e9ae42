//! Compressed ELF sections written anew: where they were, or at the end of the
//! file if they have grown.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use flate2::Compression;
use flate2::bufread::ZlibDecoder;
use flate2::write::ZlibEncoder;
use goblin::elf::compression_header::ELFCOMPRESS_ZLIB;
use goblin::elf::section_header::{SHF_ALLOC, SHT_NOBITS, SHT_NULL};
use tempfile::SpooledTempFile;

use super::elf::{Elf, Front, Kind, Packed};
use super::extent::Extent;
use super::inflate::Codec;
use super::rewrite::{Stop, rewrite, verify};
use super::search::Searcher;
use crate::problem::Fault;
use crate::relink::exchange::Exchange;
use crate::relink::tally::Tally;

/// Up to here what was compressed again stays in memory.
const IN_MEMORY: usize = 1 << 20;

/// Whether [`mend`] can try: a section that no program has in memory, whose
/// compression its readers need not be told of otherwise.
pub fn mendable(packed: &Packed) -> bool {
    let alloc = packed.header.sh_flags & u64::from(SHF_ALLOC) != 0;
    let known = match packed.kind {
        Kind::Stream(Codec::Zlib) => true,
        Kind::Stream(Codec::Zstd) => matches!(packed.front, Front::Header { .. }),
        Kind::Stream(Codec::Xz) | Kind::Bitcode => false,
    };
    known && !alloc
}

/// Writes anew what holds references; `may_grow` says that the file may get
/// longer.
pub fn mend<E: Exchange>(
    editor: &E,
    extent: Extent<'_>,
    may_grow: bool,
    place: impl Fn(&Packed) -> String,
) -> Result<Tally, Stop> {
    let Some(elf) = Elf::open(extent)? else {
        return Ok(Tally::default());
    };
    let mut searcher = Searcher::new(editor);
    let mut todo = Vec::new();
    elf.packed(|packed| {
        if mendable(&packed)
            && let Some(stream) = elf.stream(&packed)
            && let Kind::Stream(codec) = packed.kind
        {
            let contents = searcher.search(codec.reader(stream)?)?;
            if !contents.broken && !contents.plain.is_empty() {
                todo.push((packed, stream, codec, contents.plain));
            }
        }
        Ok(())
    })?;

    let space = Space::new(&elf)?;
    let mut end = extent.length;
    let mut replaced = Tally::default();
    let mut faults = Vec::new();
    for (packed, stream, codec, references) in todo {
        let (new, count) = match pack(editor, stream, codec) {
            Ok(new) => new,
            Err(Stop::Faults(more)) => {
                faults.extend(more);
                continue;
            }
            Err(stop) => return Err(stop),
        };
        let grow = may_grow && space.ends_file;
        let room = space.room(&packed);
        if let Some(room) = room
            && put(&elf, &packed, new, room, grow, &mut end)?
        {
            replaced.append(count);
        } else {
            faults.extend(references.into_iter().map(|reference| Fault::Hidden {
                place: place(&packed),
                reference,
            }));
        }
    }
    match faults.is_empty() {
        true => Ok(replaced),
        false => Err(Stop::Faults(faults)),
    }
}

/// The stream written anew, and what was replaced.
///
/// It is zlib's whatever it was: for that there is a good encoder, and whoever
/// reads zstd in a section reads zlib too.
fn pack<E: Exchange>(
    editor: &E,
    stream: Extent<'_>,
    codec: Codec,
) -> Result<(SpooledTempFile, Tally), Stop> {
    let temporary = tempfile::spooled_tempfile(IN_MEMORY);
    let mut encoder = ZlibEncoder::new(temporary, Compression::best());
    let written = rewrite(editor, codec.reader(stream)?, &mut encoder)?;
    let mut new = encoder.finish()?;
    new.seek(SeekFrom::Start(0))?;
    verify(ZlibDecoder::new(io::BufReader::new(&mut new)), &written)?;
    Ok((new, written.replaced))
}

/// Puts the stream `new` in place of the one in `packed`. False if there is no
/// room for it.
fn put(
    elf: &Elf<'_>,
    packed: &Packed,
    mut new: SpooledTempFile,
    room: u64,
    may_grow: bool,
    end: &mut u64,
) -> io::Result<bool> {
    let Extent { file, start, .. } = elf.extent;
    let header = &packed.header;
    let front_length = elf.front_length(packed.front);
    let mut front = elf.extent.bytes(header.sh_offset, front_length as usize)?;
    if let Front::Header { .. } = packed.front {
        // ch_type, the first word.
        let zlib = match elf.ctx.le.is_little() {
            true => ELFCOMPRESS_ZLIB.to_le_bytes(),
            false => ELFCOMPRESS_ZLIB.to_be_bytes(),
        };
        front[..4].copy_from_slice(&zlib);
    }
    let length = front_length + new.seek(SeekFrom::End(0))?;
    new.seek(SeekFrom::Start(0))?;

    let fits = length <= room;
    let offset = match fits {
        true => header.sh_offset,
        false if !may_grow => return Ok(false),
        false => end.next_multiple_of(header.sh_addralign.clamp(1, 1 << 12)),
    };
    if !elf.is_wide() && u32::try_from(offset + length).is_err() {
        return Ok(false);
    }
    let mut writer = At {
        elf,
        at: start + header.sh_offset,
    };
    if !fits {
        // Nothing of what was there is left.
        io::copy(&mut io::repeat(0).take(header.sh_size), &mut writer)?;
        let gap = offset - *end;
        writer.at = start + *end;
        io::copy(&mut io::repeat(0).take(gap), &mut writer)?;
        *end = offset + length;
    }
    writer.write_all(&front)?;
    io::copy(&mut new, &mut writer)?;
    if fits {
        let rest = header.sh_size.saturating_sub(length);
        io::copy(&mut io::repeat(0).take(rest), &mut writer)?;
    }

    // sh_offset and sh_size, which follow one another.
    let little = elf.ctx.le.is_little();
    let fields = [offset, length].map(|value| match (elf.is_wide(), little) {
        (true, true) => value.to_le_bytes().to_vec(),
        (true, false) => value.to_be_bytes().to_vec(),
        (false, true) => (value as u32).to_le_bytes().to_vec(),
        (false, false) => (value as u32).to_be_bytes().to_vec(),
    });
    let at = if elf.is_wide() { 24 } else { 16 };
    let at = start + elf.header_at(packed.index) + at;
    file.write_all_at(&fields.concat(), at)?;
    Ok(true)
}

/// Writes into the file from `at` on.
struct At<'e, 'f> {
    elf: &'e Elf<'f>,
    at: u64,
}

impl Write for At<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.elf.extent.file.write_at(bytes, self.at)?;
        self.at += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the sections of a file lie.
struct Space {
    /// In order of where they start.
    ranges: Vec<Taken>,
    /// Nothing follows the sections and headers, such as a payload or a
    /// signature that is looked for at the end of the file.
    ends_file: bool,
}

#[derive(Clone, Copy)]
struct Taken {
    start: u64,
    end: u64,
    /// How far those in front of it reach.
    before: u64,
}

impl Space {
    fn new(elf: &Elf<'_>) -> io::Result<Space> {
        let header = &elf.header;
        let programs = u64::from(header.e_phentsize) * u64::from(header.e_phnum);
        let mut ranges = Vec::new();
        let mut take = |start: u64, end: u64| {
            if start < end {
                let before = 0;
                ranges.push(Taken { start, end, before });
            }
        };
        take(0, u64::from(header.e_ehsize));
        take(header.e_shoff, elf.headers_end());
        take(header.e_phoff, header.e_phoff.saturating_add(programs));
        elf.sections(|_, section| {
            if section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL {
                let end = section.sh_offset.saturating_add(section.sh_size);
                take(section.sh_offset, end);
            }
            Ok(())
        })?;
        ranges.sort_unstable_by_key(|range| range.start);
        let mut reach = 0;
        for range in &mut ranges {
            range.before = reach;
            reach = reach.max(range.end);
        }
        Ok(Space {
            ranges,
            ends_file: reach == elf.extent.length,
        })
    }

    /// How many bytes there are for a section, what follows it being nobody's
    /// included. `None` if another section or a header lies in it.
    fn room(&self, packed: &Packed) -> Option<u64> {
        let start = packed.header.sh_offset;
        let end = start.saturating_add(packed.header.sh_size);
        let first = self.ranges.partition_point(|range| range.start < start);
        let behind = self.ranges.partition_point(|range| range.start < end);
        match self.ranges[first..behind] {
            [own] if own.end == end && own.before <= start => {
                let next = self.ranges.get(behind).map_or(end, |next| next.start);
                Some(next - start)
            }
            _ => None,
        }
    }
}
