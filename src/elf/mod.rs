//! ELF files: what they are, and the way from bytes to an
//! [`Interface`](crate::interface::Interface) and back.
//!
//! `identify` tells what a file is; `read` takes its interface, if section headers
//! and loader are in `agreement` (`dynamic` finds the tables, `count` tells how long
//! they are, `symbols` and `places` read them); `layout` decides every offset and
//! address of a stub; `write` puts the bytes there, and `read_back` compares.
//! `needed`, `imports`, `exports`, `definitions` and `bonds` tell what ties objects
//! to one another; `load_list`, `needed_instead` and `own_functions` untie a few
//! knots for the loader. `image` and `versions` hold the records that all of them
//! share.

mod agreement;
mod bonds;
mod code;
mod count;
mod definitions;
mod dynamic;
mod exports;
mod gnu_hash;
mod hash;
mod identify;
mod image;
mod imports;
mod layout;
mod load_list;
mod loader_paths;
mod needed;
mod needed_instead;
mod own_functions;
mod places;
mod read;
mod read_back;
mod relocations;
mod sections;
mod string_users;
mod strings;
mod symbols;
mod sysv_hash;
mod versions;
mod write;

use crate::interface::RemarkTag;

pub use bonds::{Bonds, bonds};
pub use definitions::{Defined, Definitions, Wanted};
pub use exports::Exports;
pub use identify::{FileKind, identify, is_stub};
pub use image::MAGIC;
pub use imports::{Copy, Import, ImportKind, Imports, RequiredNode, imports, required_versions};
pub use load_list::load_list;
pub use loader_paths::loader_paths;
pub use needed::{Needed, needed};
pub use needed_instead::needed_instead;
pub use own_functions::{Bound, bind_own_functions, own_functions};
pub use read::read;
pub use string_users::{SearchPath, StringUsers};
pub use write::write;

/// The version of the stub format: any change of the bytes that [`write()`] gives
/// for an interface is a new one, with an entry in CHANGELOG.md.
pub const FORMAT_VERSION: u32 = 1;

/// The note that tells a stub from a library: section name, and owner and type
/// of the note. Its descriptor is [`FORMAT_VERSION`], 4 bytes.
pub(crate) const STUB_NOTE_SECTION: &str = ".note.stub-builder";
pub(crate) const STUB_NOTE_NAME: &[u8] = b"stub-builder\0";
pub(crate) const STUB_NOTE_TYPE: u32 = 1;

pub(crate) const EM_MIPS: u16 = 8;

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
