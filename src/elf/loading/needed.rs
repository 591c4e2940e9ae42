//! Which other objects a shared object needs, and where it says they are.

use bstr::{BStr, ByteSlice};
use goblin::elf::dynamic::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME};
use goblin::elf::header::{EI_CLASS, EI_DATA};
use goblin::elf::program_header::PT_INTERP;

use crate::elf::tables::{Dynamic, Image, malformed, slice, string};
use crate::problem::Fault;

/// No file has a longer name (PATH_MAX). Linkers let names share their ends: what is
/// short could name more bytes than there is memory for.
const LONGEST_NAME: usize = 4096;

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
    /// They are DT_RUNPATH's: for this object alone. DT_RPATH counts for what
    /// the object loads, too (ld.so(8)).
    pub has_runpath: bool,
    /// PT_INTERP.
    pub interpreter: Option<&'a BStr>,
}

/// The search that the shared object with these bytes asks for.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn needed(bytes: &[u8]) -> Result<Needed<'_>, Fault> {
    let image = Image::new(bytes)?;
    let dynamic = Dynamic::new(&image)?;
    of(&image, dynamic.as_ref())
}

pub(super) fn of<'a>(
    image: &Image<'a>,
    dynamic: Option<&Dynamic<'a>>,
) -> Result<Needed<'a>, Fault> {
    let header = &image.header;
    let needed = Needed {
        machine: (
            header.e_ident[EI_CLASS],
            header.e_ident[EI_DATA],
            header.e_machine,
        ),
        interpreter: interpreter(image)?,
        ..Needed::default()
    };
    let Some(dynamic) = dynamic else {
        return Ok(needed);
    };
    let name = |offset| string(dynamic.strings, offset, "name in the dynamic section");
    let library = |offset| {
        let name = name(offset)?;
        match name.len() <= LONGEST_NAME {
            true => Ok(name),
            false => Err(malformed(format!(
                "the name of a needed library has {} bytes",
                name.len()
            ))),
        }
    };
    let runpath = dynamic.value(DT_RUNPATH);
    let path = runpath.or(dynamic.value(DT_RPATH));
    Ok(Needed {
        soname: dynamic.value(DT_SONAME).map(name).transpose()?,
        names: dynamic
            .values(DT_NEEDED)
            .map(library)
            .collect::<Result<_, _>>()?,
        directories: match path {
            Some(path) => name(path)?
                .split_str(":")
                .filter(|directory| !directory.is_empty())
                .map(BStr::new)
                .collect(),
            None => Vec::new(),
        },
        has_runpath: runpath.is_some(),
        ..needed
    })
}

fn interpreter<'a>(image: &Image<'a>) -> Result<Option<&'a BStr>, Fault> {
    const WHAT: &str = "interpreter";
    let mut segments = image.segments.iter();
    let Some(segment) = segments.find(|segment| segment.p_type == PT_INTERP) else {
        return Ok(None);
    };
    let bytes = slice(image.bytes, segment.p_offset, segment.p_filesz, WHAT)?;
    string(bytes, 0, WHAT).map(Some)
}
