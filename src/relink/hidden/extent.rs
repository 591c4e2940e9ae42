//! A part of a file, read by position, so that nothing is mapped or held.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// `length` bytes of `file` from `start` on.
#[derive(Debug, Clone, Copy)]
pub struct Extent<'f> {
    pub file: &'f File,
    pub start: u64,
    pub length: u64,
}

impl<'f> Extent<'f> {
    /// `None` if it reaches beyond this one.
    pub fn part(&self, start: u64, length: u64) -> Option<Extent<'f>> {
        let end = start.checked_add(length)?;
        (end <= self.length).then_some(Extent {
            file: self.file,
            start: self.start + start,
            length,
        })
    }

    /// As many bytes from `at` on as there are, `most` at the most.
    pub fn bytes(&self, at: u64, most: usize) -> io::Result<Vec<u8>> {
        let length = self.length.saturating_sub(at).min(most as u64);
        let mut bytes = vec![0; length as usize];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.read_at(&mut bytes[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let length = self.length.saturating_sub(at).min(bytes.len() as u64);
        self.file
            .read_at(&mut bytes[..length as usize], self.start + at)
    }

    pub fn reader(self) -> Reader<'f> {
        Reader {
            extent: self,
            at: 0,
        }
    }
}

impl rawzip::ReaderAt for Extent<'_> {
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        Extent::read_at(self, bytes, at)
    }
}

/// Reads an [`Extent`] from its start.
pub struct Reader<'f> {
    extent: Extent<'f>,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.extent.read_at(bytes, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}
