//! How much a file may say in all. Nothing keeps records from sharing what they
//! point to: twenty thousand symbols in a megabyte can each be named by half of
//! it, and a stub would have to say ten gigabytes.

use bstr::BStr;

use super::image::{malformed, string};
use crate::problem::Fault;

/// What may be shared in files of any size.
const SHARED: u64 = 1 << 20;

/// What the records of one kind have left to point to.
pub struct Allowance {
    left: u64,
    what: &'static str,
}

impl Allowance {
    /// Of the file with these bytes, for records of this kind: its length and a
    /// megabyte. Linkers share the ends of names (binutils, bfd/elf-strtab.c), for
    /// which that is plenty, since each record takes some bytes of its own.
    pub fn of(file: &[u8], what: &'static str) -> Allowance {
        Allowance {
            left: (file.len() as u64).saturating_add(SHARED),
            what,
        }
    }

    /// So many times as much, for what is read and never written.
    pub fn times(self, factor: u64) -> Allowance {
        Allowance {
            left: self.left.saturating_mul(factor),
            ..self
        }
    }

    /// Some record points to so many bytes.
    ///
    /// Fault: `Malformed` when it is too much.
    pub fn take(&mut self, length: usize) -> Result<(), Fault> {
        self.left = self.left.checked_sub(length as u64).ok_or_else(|| {
            malformed(format!(
                "{} that overlap: together they are longer than the file",
                self.what
            ))
        })?;
        Ok(())
    }

    /// The same of a name in `strings`. One that cannot be read is for whoever needs
    /// it: it was looked for in all of them.
    pub fn take_name(&mut self, name: Result<&BStr, Fault>, strings: &[u8]) -> Result<(), Fault> {
        self.take(name.map_or(strings.len(), |name| name.len()))
    }
}

/// A string table for records of one kind, which have an allowance.
pub struct Names<'a> {
    strings: &'a [u8],
    allowance: Allowance,
}

impl<'a> Names<'a> {
    /// Those in the string table `strings` of `file`.
    pub fn new(strings: &'a [u8], file: &[u8], what: &'static str) -> Names<'a> {
        Names {
            strings,
            allowance: Allowance::of(file, what),
        }
    }

    /// The name at `offset`.
    ///
    /// Fault: `Malformed`, also when the names are too much together.
    pub fn at(&mut self, offset: u32, what: &'static str) -> Result<&'a BStr, Fault> {
        let name = string(self.strings, offset.into(), what)?;
        self.allowance.take(name.len())?;
        Ok(name)
    }
}
