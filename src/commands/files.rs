//! Files in memory, each read once and kept for as long as anything may refer
//! to it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use elsa::sync::{FrozenMap, FrozenVec};

use super::mapping::Mapping;

/// Mapped files by path.
#[derive(Default)]
pub struct Files {
    mapped: FrozenMap<PathBuf, Box<Mapping>>,
    made: FrozenVec<Box<[u8]>>,
}

impl Files {
    /// The contents of the file at `path`.
    pub fn map(&self, path: &Path) -> io::Result<&[u8]> {
        if let Some(mapped) = self.mapped.get(path) {
            return Ok(mapped);
        }
        let mapped = Mapping::of(&open(path)?)?;
        Ok(self.mapped.insert(path.to_owned(), Box::new(mapped)))
    }

    /// Keeps what was made of a file for as long as the file's own contents.
    pub fn keep(&self, bytes: Vec<u8>) -> &[u8] {
        self.made.push_get(bytes.into_boxed_slice())
    }

    /// The files that became shorter since they were mapped, so that nothing
    /// that was read of them holds.
    pub fn shortened(&self) -> Vec<(PathBuf, io::Error)> {
        let shortened = |path: PathBuf| {
            // One that is no longer there is whole as long as it is mapped.
            let now = fs::metadata(&path).map_or(u64::MAX, |meta| meta.len());
            let error = self.mapped.get(&path)?.intact(now).err()?;
            Some((path, error))
        };
        let paths = self.mapped.keys_cloned();
        paths.into_iter().filter_map(shortened).collect()
    }
}

/// Sets permission bits.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Opens the file at `path` for reading. Of a pipe one would wait for what
/// nobody writes, and a device may be anything: both are errors.
pub fn open(path: &Path) -> io::Result<File> {
    let is_file = |meta: fs::Metadata| match meta.is_file() {
        true => Ok(()),
        false => Err(io::Error::other("it is not a regular file")),
    };
    is_file(fs::metadata(path)?)?;
    // What was a file may be a pipe by now.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    is_file(file.metadata()?)?;
    Ok(file)
}

/// Device and inode of the file at `path`: what a loader knows it by.
pub fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let meta = fs::metadata(path)?;
    Ok((meta.dev(), meta.ino()))
}

/// All of the file at `path`.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Up to `length` bytes from the start of the file at `path`.
pub fn head(path: &Path, length: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(length);
    open(path)?.take(length as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// A mapped file that is not kept.
pub struct Loadable {
    file: File,
    mapping: Mapping,
}

impl Loadable {
    pub fn bytes(&self) -> &[u8] {
        &self.mapping
    }

    /// Whether it was as long as at first when it was read.
    pub fn intact(&self) -> io::Result<()> {
        self.mapping.intact(self.file.metadata()?.len())
    }
}

/// The file at `path`, mapped, if it is an ELF file that could be run or loaded:
/// most files of a tree are not, and cost no more than their first bytes.
pub fn map_loadable(path: &Path) -> io::Result<Option<Loadable>> {
    /// `e_type`, two bytes (gABI, "ELF Header").
    const TYPE: usize = 16;
    const ET_EXEC: u8 = 2;
    const ET_DYN: u8 = 3;
    let mut file = open(path)?;
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
    let mapping = Mapping::of(&file)?;
    Ok(Some(Loadable { file, mapping }))
}
