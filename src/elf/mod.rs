//! ELF files: what they are, and the way from bytes to an
//! [`Interface`](crate::interface::Interface) and back.
//!
//! `identify` tells what a file is, `tables` finds what is in it. `read` takes its
//! interface, if section headers and loader agree; `write` makes a stub of an
//! interface, and reads it back. `loading` is what the loader makes of a file.

mod identify;
mod loading;
mod read;
mod tables;
mod write;

use crate::interface::{Alignment, RemarkTag};

pub use identify::{FileKind, identify, is_stub};
pub use loading::{
    Bonds, Bound, Copy, Defined, Definitions, Exports, Import, ImportKind, Imports, Needed,
    RequiredNode, SearchPath, StringUsers, Wanted, bind_own_functions, bonds, imports, load_list,
    loader_paths, needed, needed_instead, own_functions, required_versions,
};
pub use read::read;
pub use tables::MAGIC;
pub use write::write;

/// The version of the stub format: any change of the bytes that [`write()`] gives
/// for an interface is a new one, with an entry in CHANGELOG.md.
pub const FORMAT_VERSION: u32 = 1;

/// The note that tells a stub from a library: section name, and owner and type
/// of the note. Its descriptor is [`FORMAT_VERSION`], 4 bytes.
pub(crate) const STUB_NOTE_SECTION: &str = ".note.stub-builder";
pub(crate) const STUB_NOTE_NAME: &[u8] = b"stub-builder\0";
pub(crate) const STUB_NOTE_TYPE: u32 = 1;

/// What a file without section headers is taken to align its data to: the
/// strictest that compilers ask for of their own accord.
pub(crate) const ALIGNMENT_WITHOUT_SECTIONS: Alignment = Alignment::at_most(64);

pub(crate) const DATA_REL_RO: &[u8] = b".data.rel.ro";

/// The tags of [`RemarkTag`]s (goblin knows two of them).
pub(crate) const REMARK_TAGS: [(RemarkTag, u64); 5] = [
    (RemarkTag::Filter, 0x7fff_ffff),
    (RemarkTag::Auxiliary, 0x7fff_fffd),
    (RemarkTag::Audit, 0x6fff_fefc),
    (RemarkTag::Rpath, 15),
    (RemarkTag::Runpath, 29),
];

/// STB_GNU_UNIQUE (GNU extension of the gABI).
pub(crate) const STB_GNU_UNIQUE: u8 = 10;
pub(crate) const NT_GNU_PROPERTY_TYPE_0: u32 = 5;

/// Where in `bytes` the `part` of it begins.
pub(crate) fn offset_in(bytes: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - bytes.as_ptr().addr()
}
