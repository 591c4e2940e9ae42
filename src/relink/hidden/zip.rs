//! zip archives (APPNOTE.TXT), such as jars and wheels, with or without
//! something in front of them.
//!
//! They are looked into and left alone: every member has a checksum in two
//! places, and a jar or a wheel may hold signatures and hashes of its members.

use std::io::{self, BufReader, Read};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipLocator};

use super::extent::Extent;
use super::inflate::Codec;
use super::search::{Contents, Searcher};
use crate::relink::exchange::Exchange;

/// The end of central directory record and the longest comment.
const LONGEST_END: u64 = 22 + 0xffff;
/// Where else a comment would have to be searched for in every file that is no
/// archive: longer ones don't follow programs.
const USUAL_END: u64 = 1 << 10;
const END: &[u8] = b"PK\x05\x06";

/// Room for a central directory header and its three longest fields.
const BUFFER: usize = 46 + 3 * 0xffff;

/// The archive that ends where `extent` does.
pub fn open<'f>(extent: Extent<'f>, head: &[u8]) -> Option<ZipArchive<Extent<'f>>> {
    let most = match head.starts_with(b"PK") {
        true => LONGEST_END,
        false => USUAL_END,
    };
    let most = most.min(extent.length);
    let tail = extent.bytes(extent.length - most, most as usize).ok()?;
    memchr::memmem::rfind(&tail, END)?;
    let mut buffer = vec![0; BUFFER];
    let locator = ZipLocator::new().max_search_space(most);
    locator
        .locate_in_reader(extent, &mut buffer, extent.length)
        .ok()
}

/// Calls `each` with every member: where its data are, its name, and what it
/// holds.
pub fn members<E: Exchange>(
    searcher: &mut Searcher<'_, E>,
    archive: &ZipArchive<Extent<'_>>,
    mut each: impl FnMut(std::ops::Range<u64>, String, Contents),
) -> io::Result<()> {
    let extent = archive.get_ref();
    let mut buffer = vec![0; BUFFER];
    let mut entries = archive.entries(&mut buffer);
    // Members don't overlap, except in bombs.
    let mut left = extent.length;
    // Whatever is damaged was searched as it lies there.
    while let Ok(Some(entry)) = entries.next_entry() {
        let method = entry.compression_method();
        let Ok(member) = archive.get_entry(entry.wayfinder()) else {
            continue;
        };
        let (start, end) = member.compressed_data_range();
        let length = end.saturating_sub(start);
        let Some(data) = extent.part(start, length) else {
            continue;
        };
        if length == 0 {
            continue;
        }
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => break,
        }
        let Some(contents) = contents(searcher, data, method)? else {
            continue;
        };
        let name = entry.file_path();
        let name = String::from_utf8_lossy(name.as_bytes()).into_owned();
        each(start..end, name, contents);
    }
    Ok(())
}

/// `None` for methods that nobody uses and for what is encrypted.
fn contents<E: Exchange>(
    searcher: &mut Searcher<'_, E>,
    data: Extent<'_>,
    method: CompressionMethod,
) -> io::Result<Option<Contents>> {
    Ok(Some(match method {
        CompressionMethod::STORE => searcher.search(data.reader())?,
        CompressionMethod::DEFLATE => {
            let source: BufReader<_> = BufReader::with_capacity(64 << 10, data.reader());
            searcher.search(DeflateDecoder::new(source).by_ref())?
        }
        CompressionMethod::ZSTD => searcher.search(Codec::Zstd.reader(data)?)?,
        CompressionMethod::XZ => searcher.search(Codec::Xz.reader(data)?)?,
        _ => return Ok(None),
    }))
}
