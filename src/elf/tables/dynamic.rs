//! The dynamic section, and the versions that it leads to.

use goblin::elf::Dyn;
use goblin::elf::dynamic::{
    DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_STRSZ, DT_STRTAB, DT_VERDEF, DT_VERDEFNUM, DT_VERNEED,
    DT_VERNEEDNUM,
};

use super::allowance::{Allowance, Names};
use super::image::{Image, malformed, string};
use super::versions;
use crate::problem::Fault;

/// Entries of which there may be many, each with a name.
const NAMED: [u64; 6] = [
    DT_NEEDED,
    DT_RPATH,
    DT_RUNPATH,
    DT_AUDIT,
    DT_AUXILIARY,
    DT_FILTER,
];
const DT_AUDIT: u64 = 0x6fff_fefc;
const DT_AUXILIARY: u64 = 0x7fff_fffd;
const DT_FILTER: u64 = 0x7fff_ffff;

/// The dynamic section and its string table.
pub struct Dynamic<'a> {
    pub entries: Vec<Dyn>,
    pub strings: &'a [u8],
}

impl<'a> Dynamic<'a> {
    pub fn new(image: &Image<'a>) -> Result<Option<Dynamic<'a>>, Fault> {
        let Some(entries) = image.dynamic()? else {
            return Ok(None);
        };
        let mut dynamic = Dynamic {
            entries,
            strings: &[],
        };
        let (Some(address), Some(size)) = (dynamic.value(DT_STRTAB), dynamic.value(DT_STRSZ))
        else {
            return Err(malformed("the dynamic section names no string table"));
        };
        dynamic.strings = image.at_address(address, size, "dynamic string table")?;
        let mut allowance = Allowance::of(image.bytes, "names in the dynamic section");
        for tag in NAMED {
            for offset in dynamic.values(tag) {
                let name = string(dynamic.strings, offset, "name in the dynamic section");
                allowance.take_name(name, dynamic.strings)?;
            }
        }
        Ok(Some(dynamic))
    }

    pub fn value(&self, tag: u64) -> Option<u64> {
        self.values(tag).next()
    }

    pub fn values(&self, tag: u64) -> impl Iterator<Item = u64> {
        self.entries
            .iter()
            .filter(move |entry| entry.d_tag == tag)
            .map(|entry| entry.d_val)
    }

    /// Whether the flag is set in the value of the tag.
    pub fn has_flag(&self, tag: u64, flag: u64) -> bool {
        self.value(tag).is_some_and(|flags| flags & flag != 0)
    }

    /// DT_VERDEF.
    pub fn definitions(&self, image: &Image<'a>) -> Result<Vec<versions::Definition<'a>>, Fault> {
        match self.chain(image, DT_VERDEF, DT_VERDEFNUM)? {
            Some((bytes, count)) => {
                let names = Names::new(self.strings, image.bytes, "names of versions");
                versions::definitions(bytes, count, names, image.ctx.le)
            }
            None => Ok(Vec::new()),
        }
    }

    /// DT_VERNEED.
    pub fn requirements(&self, image: &Image<'a>) -> Result<Vec<versions::Requirement<'a>>, Fault> {
        match self.chain(image, DT_VERNEED, DT_VERNEEDNUM)? {
            Some((bytes, count)) => {
                let names = Names::new(self.strings, image.bytes, "names of required versions");
                versions::requirements(bytes, count, names, image.ctx.le)
            }
            None => Ok(Vec::new()),
        }
    }

    /// A table of versions and how many records it has.
    fn chain(
        &self,
        image: &Image<'a>,
        table: u64,
        number: u64,
    ) -> Result<Option<(&'a [u8], u64)>, Fault> {
        match (self.value(table), self.value(number)) {
            (Some(address), Some(count)) => {
                Ok(Some((image.rest_from_address(address, "versions")?, count)))
            }
            (None, None) => Ok(None),
            _ => Err(Fault::Contradictory {
                what: "a table of versions without its length, or the length alone".into(),
            }),
        }
    }
}
