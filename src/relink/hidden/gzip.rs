//! gzip files (RFC 1952): any number of members, one behind the other.
//!
//! A file is written anew with every member's header as it was (name, time,
//! system) and its contents where they were, deflated at the best level. What
//! follows the last member stays too.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc, Decompress, FlushDecompress, Status};

use super::extent::{Extent, Reader};
use super::rewrite::{Stop, rewrite, verify};
use super::search::{Contents, References, Searcher};
use crate::relink::exchange::{Exchange, excerpt};
use crate::relink::tally::Tally;

pub const MAGIC: &[u8] = b"\x1f\x8b\x08";

const FHCRC: u8 = 1 << 1;
const FEXTRA: u8 = 1 << 2;
const FNAME: u8 = 1 << 3;
const FCOMMENT: u8 = 1 << 4;

/// Longer names and comments are no gzip file's.
const LONGEST_HEADER: usize = 1 << 17;
/// How many members may begin and end between two bytes.
const MOST_EMPTY: usize = 1 << 16;

/// What the file holds, and whether it can be written anew.
pub fn look<E: Exchange>(
    searcher: &mut Searcher<'_, E>,
    extent: Extent<'_>,
) -> io::Result<(Contents, bool)> {
    let editor = searcher.editor;
    let mut in_headers = References::default();
    let mut tell = |event: Event| {
        if let Event::Header(header) = event {
            editor.find(&header, |found| {
                in_headers.add(|| excerpt(&header, found.hash));
            });
        }
        Ok(())
    };
    let mut members = Members::new(extent, &mut tell);
    let mut contents = searcher.search(&mut members)?;
    // Extra fields tell where blocks begin (BGZF, dictzip), which moves.
    let mendable = !members.extra;
    contents.fixed.append(in_headers);
    Ok((contents, mendable))
}

/// Writes the file anew.
pub fn mend<E: Exchange>(editor: &E, extent: Extent<'_>) -> Result<Tally, Stop> {
    let queue = Queue::default();
    let mut tell = |event: Event| {
        let mut queue = queue.borrow_mut();
        match event {
            Event::Header(_) if queue.len() >= MOST_EMPTY => {
                return Err(io::Error::other("too many empty members"));
            }
            Event::Header(header) => queue.push_back(Member { header, end: None }),
            Event::End(end) => queue
                .back_mut()
                .into_iter()
                .for_each(|last| last.end = Some(end)),
        }
        Ok(())
    };
    let mut members = Members::new(extent, &mut tell);
    let mut writer = Writer::new(tempfile::spooled_tempfile(1 << 20), &queue);
    let written = rewrite(editor, &mut members, &mut writer)?;
    writer.catch_up()?;
    let mut new = writer.out;
    let end = members.position;
    if let Some(rest) = extent.part(end, extent.length - end) {
        io::copy(&mut rest.reader(), &mut new)?;
    }

    let length = new.stream_position()?;
    new.seek(SeekFrom::Start(0))?;
    let mut at = extent.start;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match new.read(&mut buffer)? {
            0 => break,
            count => {
                extent.file.write_all_at(&buffer[..count], at)?;
                at += count as u64;
            }
        }
    }
    extent.file.set_len(length)?;
    let extent = Extent { length, ..extent };
    verify(Members::new(extent, &mut |_| Ok(())), &written)?;
    Ok(written.replaced)
}

/// One member: its header, and where its contents end once they have.
struct Member {
    header: Vec<u8>,
    end: Option<u64>,
}

type Queue = RefCell<VecDeque<Member>>;

/// What a [`Members`] comes across.
enum Event {
    Header(Vec<u8>),
    /// So long are the contents up to the end of a member.
    End(u64),
}

/// The contents of all members.
struct Members<'f, 't> {
    source: BufReader<Reader<'f>>,
    inflate: Decompress,
    within: bool,
    crc: Crc,
    length: u64,
    /// How many bytes of the file have been taken.
    position: u64,
    extra: bool,
    tell: &'t mut dyn FnMut(Event) -> io::Result<()>,
}

impl<'f, 't> Members<'f, 't> {
    fn new(extent: Extent<'f>, tell: &'t mut dyn FnMut(Event) -> io::Result<()>) -> Self {
        Members {
            source: BufReader::with_capacity(64 << 10, extent.reader()),
            inflate: Decompress::new(false),
            within: false,
            crc: Crc::new(),
            length: 0,
            position: 0,
            extra: false,
            tell,
        }
    }

    fn take(&mut self, header: &mut Vec<u8>, count: usize) -> io::Result<()> {
        let start = header.len();
        header.resize(start + count, 0);
        self.source.read_exact(&mut header[start..])
    }

    fn take_string(&mut self, header: &mut Vec<u8>) -> io::Result<()> {
        let most = LONGEST_HEADER as u64;
        (&mut self.source).take(most).read_until(0, header)?;
        match header.last() {
            Some(0) => Ok(()),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Whether one more begins here. Anything else is left, as gzip does.
    fn begin(&mut self) -> io::Result<bool> {
        let first = self.position == 0;
        let mut header = Vec::new();
        let peek = self.source.fill_buf()?;
        if !first && !peek.starts_with(&MAGIC[..peek.len().min(2)]) || peek.is_empty() {
            return Ok(false);
        }
        self.take(&mut header, 10)?;
        if !header.starts_with(MAGIC) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let flags = header[3];
        if flags & FEXTRA != 0 {
            self.extra = true;
            self.take(&mut header, 2)?;
            let length = u16::from_le_bytes([header[10], header[11]]);
            self.take(&mut header, usize::from(length))?;
        }
        for field in [FNAME, FCOMMENT] {
            if flags & field != 0 {
                self.take_string(&mut header)?;
            }
        }
        if flags & FHCRC != 0 {
            self.take(&mut header, 2)?;
        }
        self.position += header.len() as u64;
        self.inflate.reset(false);
        self.crc.reset();
        (self.tell)(Event::Header(header))?;
        Ok(true)
    }

    fn end(&mut self) -> io::Result<()> {
        let mut trailer = Vec::new();
        self.take(&mut trailer, 8)?;
        self.position += 8;
        let length = self.inflate.total_out() as u32;
        if trailer[..4] != self.crc.sum().to_le_bytes() || trailer[4..] != length.to_le_bytes() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        (self.tell)(Event::End(self.length))
    }
}

impl Read for Members<'_, '_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.within {
                self.within = self.begin()?;
                if !self.within {
                    return Ok(0);
                }
            }
            let input = self.source.fill_buf()?;
            let at_end = input.is_empty();
            let before = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(input, bytes, FlushDecompress::None)?;
            let taken = self.inflate.total_in() - before.0;
            let count = (self.inflate.total_out() - before.1) as usize;
            self.source.consume(taken as usize);
            self.position += taken;
            self.crc.update(&bytes[..count]);
            self.length += count as u64;
            if status == Status::StreamEnd {
                self.end()?;
                self.within = false;
            } else if at_end && count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if count > 0 {
                return Ok(count);
            }
        }
    }
}

/// Deflates what is written to it, in the members that a [`Members`] tells of.
struct Writer<'q, O: Write> {
    out: O,
    queue: &'q Queue,
    member: Option<DeflateEncoder<Vec<u8>>>,
    crc: Crc,
    length: u64,
}

impl<'q, O: Write> Writer<'q, O> {
    fn new(out: O, queue: &'q Queue) -> Self {
        Writer {
            out,
            queue,
            member: None,
            crc: Crc::new(),
            length: 0,
        }
    }

    /// Ends the members whose contents have all been written.
    fn catch_up(&mut self) -> io::Result<()> {
        loop {
            self.start()?;
            let queue = self.queue.borrow();
            let end = queue.front().and_then(|member| member.end);
            drop(queue);
            if end != Some(self.length) {
                return Ok(());
            }
            if let Some(encoder) = self.member.take() {
                self.out.write_all(&encoder.finish()?)?;
            }
            self.out.write_all(&self.crc.sum().to_le_bytes())?;
            self.out.write_all(&self.crc.amount().to_le_bytes())?;
            self.queue.borrow_mut().pop_front();
        }
    }

    fn start(&mut self) -> io::Result<()> {
        if self.member.is_none()
            && let Some(member) = self.queue.borrow().front()
        {
            self.out.write_all(&member.header)?;
            self.member = Some(DeflateEncoder::new(Vec::new(), Compression::best()));
            self.crc.reset();
        }
        Ok(())
    }
}

impl<O: Write> Write for Writer<'_, O> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.catch_up()?;
        let end = self.queue.borrow().front().and_then(|member| member.end);
        let left = end.map_or(u64::MAX, |end| end - self.length);
        let count = left.min(bytes.len() as u64) as usize;
        let encoder = self.member.as_mut().ok_or(io::ErrorKind::InvalidData)?;
        encoder.write_all(&bytes[..count])?;
        let deflated = encoder.get_mut();
        self.out.write_all(deflated)?;
        deflated.clear();
        self.crc.update(&bytes[..count]);
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
