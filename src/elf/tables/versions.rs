//! The records of symbol versioning, once for reading and writing (LSB Core,
//! "Symbol Versioning"; goblin's can only be read).

use bstr::BStr;
use scroll::{Endian, Pread, Pwrite, SizeWith};

use super::allowance::Names;
use super::image::{malformed, record};
use crate::problem::Fault;

pub const VERSION: u16 = 1;
pub const VER_FLG_BASE: u16 = 1;
pub const VER_FLG_WEAK: u16 = 2;
pub const VER_NDX_LOCAL: u16 = 0;
pub const VER_NDX_GLOBAL: u16 = 1;
/// In `.gnu.version`: not the default.
pub const VERSYM_HIDDEN: u16 = 0x8000;

#[derive(Debug, Clone, Copy, Pread, Pwrite, SizeWith)]
pub struct Verdef {
    pub version: u16,
    pub flags: u16,
    pub index: u16,
    pub names: u16,
    pub hash: u32,
    /// From this record to its first [`Verdaux`], in bytes.
    pub aux: u32,
    /// To the next record; 0 at the end.
    pub next: u32,
}

#[derive(Debug, Clone, Copy, Pread, Pwrite, SizeWith)]
pub struct Verdaux {
    pub name: u32,
    pub next: u32,
}

#[derive(Debug, Clone, Copy, Pread, Pwrite, SizeWith)]
pub struct Verneed {
    pub version: u16,
    pub versions: u16,
    pub file: u32,
    pub aux: u32,
    pub next: u32,
}

#[derive(Debug, Clone, Copy, Pread, Pwrite, SizeWith)]
pub struct Vernaux {
    pub hash: u32,
    pub flags: u16,
    /// What `.gnu.version` refers to it by.
    pub index: u16,
    pub name: u32,
    pub next: u32,
}

/// A version definition as it stands in the file.
pub struct Definition<'a> {
    pub index: u16,
    pub flags: u16,
    /// Its own name, then its parents'.
    pub names: Vec<&'a BStr>,
}

/// The versions required of one file, as they stand there.
pub struct Requirement<'a> {
    pub file: &'a BStr,
    pub versions: Vec<RequiredVersion<'a>>,
}

pub struct RequiredVersion<'a> {
    pub index: u16,
    pub flags: u16,
    pub name: &'a BStr,
}

/// The chain of `count` definitions at the start of `bytes`.
pub fn definitions<'a>(
    bytes: &[u8],
    count: u64,
    mut strings: Names<'a>,
    endian: Endian,
) -> Result<Vec<Definition<'a>>, Fault> {
    const WHAT: &str = "version definition";
    let mut definitions: Vec<Definition> = Vec::new();
    let mut room = Room::new(bytes.len() / size_of::<Verdaux>());
    let mut chain = Chain::new(count, WHAT);
    while let Some(at) = chain.at {
        let verdef: Verdef = record(bytes, at, endian, WHAT)?;
        check_revision(verdef.version, WHAT)?;
        let mut names = Vec::new();
        let mut aux = Chain::from(at + u64::from(verdef.aux), verdef.names.into(), WHAT);
        while let Some(at) = aux.at {
            let verdaux: Verdaux = record(bytes, at, endian, WHAT)?;
            names.push(strings.at(verdaux.name, "name of a version")?);
            room.take_one()?;
            aux.step(verdaux.next)?;
        }
        if names.is_empty() {
            return Err(malformed("a version definition without a name"));
        }
        check_number(verdef.index, VER_NDX_GLOBAL, names[0])?;
        definitions.push(Definition {
            index: verdef.index,
            flags: verdef.flags,
            names,
        });
        chain.step(verdef.next)?;
    }
    Ok(definitions)
}

/// The chain of `count` requirements at the start of `bytes`.
pub fn requirements<'a>(
    bytes: &[u8],
    count: u64,
    mut strings: Names<'a>,
    endian: Endian,
) -> Result<Vec<Requirement<'a>>, Fault> {
    const WHAT: &str = "version requirement";
    let mut requirements: Vec<Requirement> = Vec::new();
    let mut room = Room::new(bytes.len() / size_of::<Vernaux>());
    let mut chain = Chain::new(count, WHAT);
    while let Some(at) = chain.at {
        let verneed: Verneed = record(bytes, at, endian, WHAT)?;
        check_revision(verneed.version, WHAT)?;
        let file = strings.at(verneed.file, "file of a required version")?;
        let mut versions = Vec::new();
        let mut aux = Chain::from(at + u64::from(verneed.aux), verneed.versions.into(), WHAT);
        while let Some(at) = aux.at {
            let vernaux: Vernaux = record(bytes, at, endian, WHAT)?;
            let name = strings.at(vernaux.name, "name of a version")?;
            check_number(vernaux.index, VER_NDX_GLOBAL + 1, name)?;
            versions.push(RequiredVersion {
                index: vernaux.index,
                flags: vernaux.flags,
                name,
            });
            room.take_one()?;
            aux.step(vernaux.next)?;
        }
        if versions.is_empty() {
            return Err(malformed("a version requirement without a version"));
        }
        requirements.push(Requirement { file, versions });
        chain.step(verneed.next)?;
    }
    Ok(requirements)
}

fn check_revision(version: u16, what: &str) -> Result<(), Fault> {
    if version == VERSION {
        Ok(())
    } else {
        Err(malformed(format!("a {what} of revision {version}")))
    }
}

/// Whether symbols can refer to a version by its number. Some readers take no
/// notice of the hidden bit, which is for symbols; others then find no version.
fn check_number(number: u16, least: u16, name: &BStr) -> Result<(), Fault> {
    if (least..VERSYM_HIDDEN).contains(&number) {
        Ok(())
    } else {
        Err(malformed(format!("version {name} has number {number}")))
    }
}

/// Records that each say how far on the next one is. The count bounds the walk,
/// so that a chain that runs in circles ends.
struct Chain {
    at: Option<u64>,
    left: u64,
    what: &'static str,
}

impl Chain {
    fn new(count: u64, what: &'static str) -> Chain {
        Chain::from(0, count, what)
    }

    fn from(at: u64, count: u64, what: &'static str) -> Chain {
        Chain {
            at: (count > 0).then_some(at),
            left: count,
            what,
        }
    }

    fn step(&mut self, next: u32) -> Result<(), Fault> {
        self.left -= 1;
        self.at = match (self.at, self.left, next) {
            (_, 0, 0) => None,
            (Some(at), 1.., 1..) => Some(at + u64::from(next)),
            _ => {
                return Err(Fault::Contradictory {
                    what: format!("the chain of {}s and its length disagree", self.what),
                });
            }
        };
        Ok(())
    }
}

/// How many records there can be when none overlaps another: chains that share
/// records could name far more of them than the file has bytes.
struct Room(usize);

impl Room {
    fn new(records: usize) -> Room {
        Room(records)
    }

    fn take_one(&mut self) -> Result<(), Fault> {
        self.0 = self
            .0
            .checked_sub(1)
            .ok_or_else(|| malformed("version records that overlap"))?;
        Ok(())
    }
}
