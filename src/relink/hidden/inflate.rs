//! Compressed streams, inflated piece by piece.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flate2::bufread::ZlibDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::extent::{Extent, Reader};

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Zlib,
    Zstd,
    Xz,
}

pub const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
pub const XZ: &[u8] = b"\xfd7zXZ\0";

/// What a decoder may remember: all that xz and zstd ask for at any level but
/// `zstd --ultra -22`.
const LARGEST_WINDOW: u64 = 64 << 20;
/// What every thread may use at the same time: up to `zstd -19`.
const USUAL_WINDOW: u64 = 8 << 20;

/// Whoever holds it uses up to [`LARGEST_WINDOW`].
static LARGE: Mutex<()> = Mutex::new(());

impl Codec {
    pub fn of(head: &[u8]) -> Option<Codec> {
        // CMF and FLG of RFC 1950, for deflate, without a preset dictionary.
        let zlib = |cmf: u8, flg: u8| {
            let check = u16::from_be_bytes([cmf, flg]);
            cmf & 0xf == 8 && cmf >> 4 <= 7 && check.is_multiple_of(31) && flg & 0x20 == 0
        };
        match head {
            _ if head.starts_with(ZSTD) => Some(Codec::Zstd),
            _ if head.starts_with(XZ) => Some(Codec::Xz),
            [cmf, flg, ..] if zlib(*cmf, *flg) => Some(Codec::Zlib),
            _ => None,
        }
    }

    /// The inflated stream; it fails where `extent` is damaged.
    pub fn reader(self, extent: Extent<'_>) -> io::Result<Inflated<'_>> {
        let large = || LARGE.lock().unwrap_or_else(PoisonError::into_inner);
        let source = BufReader::with_capacity(64 << 10, extent.reader());
        let (stream, alone) = match self {
            Codec::Zlib => (Stream::Zlib(Box::new(ZlibDecoder::new(source))), None),
            Codec::Zstd => {
                let usual = window(&extent.bytes(0, 18)?).is_none_or(|size| size <= USUAL_WINDOW);
                let alone = (!usual).then(large);
                let most = if usual { USUAL_WINDOW } else { LARGEST_WINDOW };
                (Stream::Zstd(Box::new(Frames::new(source, most))), alone)
            }
            Codec::Xz => {
                // The dictionary and what the decoder needs beside it.
                let most = (LARGEST_WINDOW >> 10) as u32 + 1024;
                let reader = XzReader::new_mem_limit(source, true, most);
                (Stream::Xz(Box::new(reader)), Some(large()))
            }
        };
        Ok(Inflated {
            stream,
            length: extent.length,
            _alone: alone,
        })
    }
}

pub struct Inflated<'f> {
    stream: Stream<'f>,
    length: u64,
    _alone: Option<MutexGuard<'static, ()>>,
}

enum Stream<'f> {
    Zlib(Box<ZlibDecoder<BufReader<Reader<'f>>>>),
    Zstd(Box<Frames<BufReader<Reader<'f>>>>),
    Xz(Box<XzReader<BufReader<Reader<'f>>>>),
}

impl Inflated<'_> {
    /// How many bytes follow the stream, once it has been read to its end.
    pub fn rest(&self) -> u64 {
        match &self.stream {
            Stream::Zlib(decoder) => self.length.saturating_sub(decoder.total_in()),
            // These read until there is nothing more.
            Stream::Zstd(_) | Stream::Xz(_) => 0,
        }
    }
}

impl Read for Inflated<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Zlib(reader) => reader.read(bytes),
            Stream::Zstd(reader) => reader.read(bytes),
            Stream::Xz(reader) => reader.read(bytes),
        }
    }
}

/// The window that a zstd frame asks for (RFC 8878, "Frame Header").
fn window(head: &[u8]) -> Option<u64> {
    let descriptor = *head.get(4)?;
    if descriptor & 0x20 == 0 {
        let window = *head.get(5)?;
        let base = 1u64 << (10 + (window >> 3));
        return Some(base + base / 8 * u64::from(window & 7));
    }
    // A single segment: the window is all of the contents.
    let at = 5 + [0, 1, 2, 4][usize::from(descriptor & 3)];
    let length = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let mut size = [0; 8];
    size[..length].copy_from_slice(head.get(at..at + length)?);
    let size = u64::from_le_bytes(size);
    Some(if length == 2 { size + 256 } else { size })
}

/// Frame after frame of a zstd stream.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    within: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R, most: u64) -> Frames<R> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(most);
        Frames {
            source,
            decoder,
            within: false,
        }
    }

    /// Whether there is one more.
    fn next(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut (&mut self.source).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.within {
                self.within = self.next()?;
                if !self.within {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder
                    .decode_blocks(&mut self.source, one)
                    .map_err(io::Error::other)?;
            }
            match self.decoder.read(bytes)? {
                0 => self.within = false,
                count => return Ok(count),
            }
        }
    }
}
