//! Files in memory, each read once and kept for as long as anything may refer
//! to it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use elsa::sync::{FrozenMap, FrozenVec};
use memmap2::Mmap;

/// Mapped files by path: of a library only the pages that are looked at are
/// read.
#[derive(Default)]
pub struct Files {
    mapped: FrozenMap<PathBuf, Box<Mapped>>,
    made: FrozenVec<Box<[u8]>>,
}

/// `None` for an empty file, which cannot be mapped.
struct Mapped(Option<Mmap>);

// Dereferencing gives the mapping's address, which doesn't move with the box.
impl std::ops::Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Files {
    /// The contents of the file at `path`.
    pub fn map(&self, path: &Path) -> io::Result<&[u8]> {
        if let Some(mapped) = self.mapped.get(path) {
            return Ok(mapped);
        }
        let file = File::open(path)?;
        let mapped = if file.metadata()?.len() == 0 {
            Mapped(None)
        } else {
            // SAFETY: undefined only if the file shrinks meanwhile. Inputs are
            // store paths, which nothing changes.
            Mapped(Some(unsafe { Mmap::map(&file)? }))
        };
        Ok(self.mapped.insert(path.to_owned(), Box::new(mapped)))
    }

    /// Keeps what was made of a file for as long as the file's own contents.
    pub fn keep(&self, bytes: Vec<u8>) -> &[u8] {
        self.made.push_get(bytes.into_boxed_slice())
    }
}

/// Up to `length` bytes from the start of the file at `path`.
pub fn head(path: &Path, length: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(length);
    File::open(path)?
        .take(length as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}

/// The file at `path`, mapped, if it is an ELF file that could be run or loaded:
/// most files of a tree are not, and cost no more than their first bytes.
pub fn map_loadable(path: &Path) -> io::Result<Option<Mmap>> {
    /// `e_type`, two bytes (gABI, "ELF Header").
    const TYPE: usize = 16;
    const ET_EXEC: u8 = 2;
    const ET_DYN: u8 = 3;
    let mut file = File::open(path)?;
    let mut head = [0; TYPE + 2];
    let mut length = 0;
    while length < head.len() {
        match file.read(&mut head[length..])? {
            0 => return Ok(None),
            more => length += more,
        }
    }
    // One of the two bytes is 0, whatever their order.
    let kind = head[TYPE] | head[TYPE + 1];
    if !head.starts_with(b"\x7fELF") || !matches!(kind, ET_EXEC | ET_DYN) {
        return Ok(None);
    }
    // SAFETY: as above.
    unsafe { Mmap::map(&file) }.map(Some)
}
