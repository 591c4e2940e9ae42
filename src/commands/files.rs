//! Files in memory, each read once and kept for as long as anything may refer
//! to it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use elsa::sync::FrozenMap;
use memmap2::Mmap;

/// Mapped files by path: of a library only the pages that are looked at are
/// read.
#[derive(Default)]
pub struct Files {
    mapped: FrozenMap<PathBuf, Box<Mapped>>,
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
}

/// Up to `length` bytes from the start of the file at `path`.
pub fn head(path: &Path, length: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(length);
    File::open(path)?
        .take(length as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}
