//! References that can't be replaced byte by byte where they lie: they are
//! compressed, under a checksum or a signature, or of wide characters.
//!
//! [`look`] finds them and [`mend`] puts right what can be: gzip files and
//! compressed ELF sections are written anew. The rest is told, never left.
//! A file that doesn't inflate to its end is somebody's test data, not what it
//! looks like: then its bytes are only bytes.
//!
//! Not looked into: bzip2, lzip, lz4, brotli and lzma alone; zstd with windows
//! above 64 MiB; what is encrypted; archives in tar and zip archives; images of
//! file systems, cpio archives and packages of other systems; what a program
//! carries in its data.

mod ar;
mod bitcode;
mod debuglink;
mod elf;
mod extent;
#[cfg(test)]
mod fixture;
mod gzip;
mod inflate;
mod repack;
mod rewrite;
mod search;
mod tar;
mod wide;
mod zip;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

pub use debuglink::{Debuglink, debug_crc, debuglink};
pub use wide::{Wide, WideText};

use self::elf::{Elf, Kind};
use self::extent::Extent;
use self::inflate::Codec;
use self::rewrite::Stop;
use self::search::{Contents, References, Searcher};
use super::exchange::Exchange;
use super::tally::Tally;
use crate::problem::Fault;

/// How many bytes of a file [`look`] wants to see, if it has as many.
pub const HEAD: usize = 512;

/// How many places of a file are told.
const MOST: usize = 100;
/// How many ranges of a file are kept apart. More are no archive.
const MOST_RANGES: usize = 1 << 21;

/// A place that holds references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// As the reader of a log would look for it.
    pub place: String,
    /// The first of them.
    pub references: Vec<String>,
    /// Whether [`mend`] can try.
    pub mendable: bool,
}

/// What a file hides.
#[derive(Debug, Default)]
pub struct Looked {
    pub hidden: Vec<Hidden>,
    /// Bytes that are no text whatever they look like, in order: compressed
    /// data, or what lies under a checksum; none overlap. A reference that is plain to see
    /// there must not be replaced; it is among the hidden ones.
    pub opaque: Vec<Range<u64>>,
    mend: Option<Mend>,
}

#[derive(Debug, Clone, Copy)]
enum Mend {
    Gzip,
    Elf,
    Archive,
}

impl Looked {
    /// Whether the byte at `at` means something else.
    pub fn is_opaque(&self, at: u64) -> bool {
        let next = self.opaque.partition_point(|range| range.start <= at);
        let last = next.checked_sub(1);
        last.is_some_and(|last| self.opaque[last].contains(&at))
    }

    /// Orders the ranges; those that lie in one another become one.
    fn finish(&mut self) {
        self.opaque.sort_unstable_by_key(|range| range.start);
        self.opaque.dedup_by(|range, before| {
            let overlap = range.start < before.end;
            if overlap {
                before.end = before.end.max(range.end);
            }
            overlap
        });
        if self.opaque.len() >= MOST_RANGES {
            let reference = "more members than can be told apart".to_owned();
            self.hidden.push(Hidden {
                place: "archive".to_owned(),
                references: vec![reference],
                mendable: false,
            });
        }
    }

    fn add(&mut self, place: impl FnOnce() -> String, references: References, mendable: bool) {
        let known = self.hidden.iter().filter(|old| old.mendable == mendable);
        if !references.is_empty() && known.count() < MOST {
            self.hidden.push(Hidden {
                place: place(),
                references: references.into_iter().collect(),
                mendable,
            });
        }
    }

    /// What was inflated from `range`.
    fn add_inflated(
        &mut self,
        range: Range<u64>,
        place: impl Fn() -> String,
        contents: Contents,
        mendable: bool,
    ) {
        if contents.broken && !contents.any() {
            return;
        }
        if self.opaque.len() < MOST_RANGES {
            self.opaque.push(range);
        }
        let mendable = mendable && !contents.broken;
        self.add(&place, contents.plain, mendable);
        self.add(&place, contents.fixed, false);
    }
}

/// What `file` of `size` bytes hides; `head` are its first [`HEAD`] bytes. Wide
/// text that is plain to see is for [`Wide`] to find, wherever the file's bytes
/// go by.
///
/// An ordinary file costs a look at its head and one at its end, an ELF file
/// one more at its section headers.
///
/// Faults: `Io`.
pub fn look<E: Exchange>(
    editor: &E,
    file: &File,
    size: u64,
    head: &[u8],
) -> Result<Looked, Vec<Fault>> {
    let extent = Extent {
        file,
        start: 0,
        length: size,
    };
    let mut looked = Looked::default();
    let mut searcher = Searcher::new(editor);
    let done = look_into(&mut searcher, extent, head, None, &mut looked);
    done.map_err(|error| vec![Fault::io("read", &error)])?;
    looked.finish();
    Ok(looked)
}

/// `member` is the name of a member of an `ar` archive.
fn look_into<E: Exchange>(
    searcher: &mut Searcher<'_, E>,
    extent: Extent<'_>,
    head: &[u8],
    member: Option<&str>,
    looked: &mut Looked,
) -> io::Result<()> {
    let all = extent.start..extent.start + extent.length;
    let place = |what: &str| within(what, member);
    if head.starts_with(elf::MAGIC) {
        look_into_elf(searcher, extent, member, looked)?;
    } else if head.starts_with(gzip::MAGIC) {
        let (contents, mendable) = gzip::look(searcher, extent)?;
        if member.is_none() && mendable {
            looked.mend = Some(Mend::Gzip);
        }
        let mendable = mendable && member.is_none();
        looked.add_inflated(all, || place("gzip-compressed data"), contents, mendable);
    } else if head.starts_with(inflate::ZSTD) {
        let contents = searcher.search(Codec::Zstd.reader(extent)?)?;
        looked.add_inflated(all, || place("zstd-compressed data"), contents, false);
    } else if head.starts_with(inflate::XZ) {
        let contents = searcher.search(Codec::Xz.reader(extent)?)?;
        looked.add_inflated(all, || place("xz-compressed data"), contents, false);
    } else if bitcode::MAGICS.iter().any(|magic| head.starts_with(magic)) {
        let references = bitcode::search(searcher.editor, extent.reader());
        looked.add(|| place("LLVM bitcode"), references, false);
    } else if head.starts_with(ar::MAGIC) && member.is_none() {
        looked.mend = Some(Mend::Archive);
        ar::members(extent, |name, data| {
            let head = data.bytes(0, HEAD)?;
            look_into(searcher, data, &head, Some(name), looked)
        })?;
    } else if head.get(257..262) == Some(b"ustar") {
        let contents = searcher.search(extent.reader())?;
        looked.add(|| place("header of the tar archive"), contents.fixed, false);
    }
    if member.is_none() {
        look_into_zip(searcher, extent, head, looked)?;
    }
    Ok(())
}

fn look_into_elf<E: Exchange>(
    searcher: &mut Searcher<'_, E>,
    extent: Extent<'_>,
    member: Option<&str>,
    looked: &mut Looked,
) -> io::Result<()> {
    let Some(elf) = Elf::open(extent)? else {
        return Ok(());
    };
    let signed = elf.signed()?;
    if signed {
        let contents = searcher.search(extent.reader())?;
        let all = extent.start..extent.start + extent.length;
        let place = || within("signed kernel module", member);
        looked.add_inflated(all, place, contents, false);
    } else if member.is_none() {
        looked.mend = Some(Mend::Elf);
    }
    elf.packed(|packed| {
        let Some(stream) = elf.stream(&packed) else {
            return Ok(());
        };
        let place = || within(&packed.place(), member);
        let codec = match packed.kind {
            Kind::Stream(codec) => codec,
            Kind::Bitcode => {
                let references = bitcode::search(searcher.editor, stream.reader());
                looked.add(place, references, false);
                return Ok(());
            }
        };
        let mut inflated = codec.reader(stream)?;
        let contents = searcher.search(&mut inflated)?;
        let odd = inflated.rest() > 0 || packed.size().is_some_and(|size| size != contents.length);
        let mendable = repack::mendable(&packed) && !signed && !odd;
        let range = stream.start..stream.start + stream.length;
        looked.add_inflated(range, place, contents, mendable);
        Ok(())
    })
}

fn look_into_zip<E: Exchange>(
    searcher: &mut Searcher<'_, E>,
    extent: Extent<'_>,
    head: &[u8],
    looked: &mut Looked,
) -> io::Result<()> {
    if let Some(archive) = zip::open(extent, head) {
        zip::members(searcher, &archive, |range, name, contents| {
            let place = || format!("member {name} of the zip archive");
            looked.add_inflated(range, place, contents, false);
        })?;
    }
    Ok(())
}

fn within(what: &str, member: Option<&str>) -> String {
    match member {
        Some(member) => format!("{what} of the archive's member {member}"),
        None => what.to_owned(),
    }
}

/// Puts right what [`look`] found in `file`, in which paths that are plain to
/// see may have been replaced since, looks into it once more, and says what it
/// replaced. What can't be put right is a fault; then the file may have been put
/// right in part.
///
/// Faults: `Hidden`, `Left`, `Io`, and those of [`Exchange::exchanged`].
pub fn mend<E: Exchange>(editor: &E, file: &File, looked: &Looked) -> Result<Tally, Vec<Fault>> {
    let fixed = looked.hidden.iter().filter(|hidden| !hidden.mendable);
    let faults: Vec<Fault> = fixed
        .flat_map(|hidden| {
            hidden.references.iter().map(|reference| Fault::Hidden {
                place: hidden.place.clone(),
                reference: reference.clone(),
            })
        })
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let Some(mend) = looked.mend.filter(|_| !looked.hidden.is_empty()) else {
        return Ok(Tally::default());
    };
    let io = |error| vec![Fault::io("read the file back", &error)];
    let length = || file.metadata().map(|meta| meta.len()).map_err(io);
    let extent = Extent {
        file,
        start: 0,
        length: length()?,
    };
    let place = |packed: &elf::Packed, member| within(&packed.place(), member);
    let result = match mend {
        Mend::Gzip => gzip::mend(editor, extent),
        Mend::Elf => repack::mend(editor, extent, true, |packed| place(packed, None)),
        Mend::Archive => mend_archive(editor, extent),
    };
    let replaced = result.map_err(Stop::faults)?;
    let length = length()?;
    let mut head = vec![0; HEAD.min(length as usize)];
    file.read_exact_at(&mut head, 0).map_err(io)?;
    let again = look(editor, file, length, &head)?;
    match again.hidden.into_iter().next() {
        None => Ok(replaced),
        Some(left) => Err(vec![Fault::Left {
            reference: format!("{} in {}", left.references.join(", "), left.place),
        }]),
    }
}

fn mend_archive<E: Exchange>(editor: &E, extent: Extent<'_>) -> Result<Tally, Stop> {
    let mut replaced = Tally::default();
    let mut faults = Vec::new();
    ar::members(extent, |name, data| {
        let place = |packed: &elf::Packed| within(&packed.place(), Some(name));
        match repack::mend(editor, data, false, place) {
            Ok(more) => replaced.append(more),
            Err(Stop::Faults(more)) => faults.extend(more),
            Err(Stop::Io(error)) => return Err(error),
        }
        Ok(())
    })?;
    match faults.is_empty() {
        true => Ok(replaced),
        false => Err(Stop::Faults(faults)),
    }
}
