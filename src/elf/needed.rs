//! Which other objects a shared object needs, and where it says they are.

use bstr::{BStr, ByteSlice};
use goblin::elf::dynamic::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME};
use goblin::elf::header::{EI_CLASS, EI_DATA};

use super::dynamic::Dynamic;
use super::image::{Image, string};
use crate::problem::Fault;

/// What the loader starts its search with.
#[derive(Debug, Default)]
pub struct Needed<'a> {
    /// Class, byte order and `e_machine`: the loader passes over what differs.
    pub machine: (u8, u8, u16),
    pub soname: Option<&'a BStr>,
    /// DT_NEEDED, in order.
    pub names: Vec<&'a BStr>,
    /// The directories of DT_RUNPATH, or of DT_RPATH where there is none, as
    /// they are written: `$ORIGIN` is not replaced.
    pub directories: Vec<&'a BStr>,
}

/// The search that the shared object with these bytes asks for.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn needed(bytes: &[u8]) -> Result<Needed<'_>, Fault> {
    let image = Image::new(bytes)?;
    let header = &image.header;
    let machine = (
        header.e_ident[EI_CLASS],
        header.e_ident[EI_DATA],
        header.e_machine,
    );
    let Some(dynamic) = Dynamic::new(&image)? else {
        return Ok(Needed {
            machine,
            ..Needed::default()
        });
    };
    let name = |offset| string(dynamic.strings, offset, "name in the dynamic section");
    let path = dynamic.value(DT_RUNPATH).or(dynamic.value(DT_RPATH));
    Ok(Needed {
        machine,
        soname: dynamic.value(DT_SONAME).map(name).transpose()?,
        names: dynamic
            .values(DT_NEEDED)
            .map(name)
            .collect::<Result<_, _>>()?,
        directories: match path {
            Some(path) => name(path)?
                .split_str(":")
                .filter(|directory| !directory.is_empty())
                .map(BStr::new)
                .collect(),
            None => Vec::new(),
        },
    })
}
