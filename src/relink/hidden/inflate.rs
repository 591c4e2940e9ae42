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

    /// The inflated stream; it fails where `extent` is damaged, and with `OutOfMemory`
    /// where there is no memory for the window.
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

/// Fails without room for so many bytes.
fn room_for(bytes: u64) -> io::Result<()> {
    let mut room: Vec<u8> = Vec::new();
    room.try_reserve_exact(bytes as usize)
        .map_err(|_| io::ErrorKind::OutOfMemory.into())
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
            // Told alike: no memory, and a window above what is allowed. The latter
            // is like damage, the former must not be.
            Stream::Xz(reader) => reader.read(bytes).map_err(|error| match error.kind() {
                io::ErrorKind::OutOfMemory if room_for(LARGEST_WINDOW).is_ok() => {
                    io::Error::other(error)
                }
                _ => error,
            }),
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
    most: u64,
    frame: Option<Frame>,
}

/// One that has begun. Each has a decoder of its own, whose buffer grows with what
/// it holds.
struct Frame {
    decoder: FrameDecoder,
    window: u64,
    /// How many bytes there may be by now, and for how many there is room.
    inflated: u64,
    room: u64,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R, most: u64) -> Frames<R> {
        Frames {
            source,
            most,
            frame: None,
        }
    }

    /// Whether there is one more.
    fn next(&mut self) -> io::Result<bool> {
        loop {
            let head = self.source.fill_buf()?;
            if head.is_empty() {
                return Ok(false);
            }
            let window = window(head).unwrap_or(self.most).min(self.most);
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(self.most);
            match decoder.init(&mut self.source) {
                Ok(()) => {
                    self.frame = Some(Frame {
                        decoder,
                        window,
                        inflated: 0,
                        room: 0,
                    });
                    return Ok(true);
                }
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
    }
}

impl Frame {
    fn read(&mut self, source: &mut impl BufRead, bytes: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            self.grow()?;
            let one = BlockDecodingStrategy::UptoBlocks(1);
            self.decoder
                .decode_blocks(&mut *source, one)
                .map_err(io::Error::other)?;
        }
        self.decoder.read(bytes)
    }

    /// Fails without room for one more block: the decoder's buffer, a power of two
    /// that is copied when it grows, would panic (ruzstd, `RingBuffer`).
    fn grow(&mut self) -> io::Result<()> {
        /// RFC 8878, "Blocks"; what the buffer holds beside the window.
        const BLOCK: u64 = 128 << 10;
        self.inflated = (self.inflated + BLOCK).min(self.window);
        if self.inflated + 2 * BLOCK > self.room {
            self.room = self.inflated.next_power_of_two() + 2 * BLOCK;
            room_for(self.room)?;
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        while self.frame.is_some() || self.next()? {
            let Frames { source, frame, .. } = self;
            match frame
                .as_mut()
                .map_or(Ok(0), |frame| frame.read(source, bytes))?
            {
                0 => *frame = None,
                count => return Ok(count),
            }
        }
        Ok(0)
    }
}
