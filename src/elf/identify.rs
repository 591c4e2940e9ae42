//! What an ELF file is, by its headers and dynamic section alone.

use goblin::elf::dynamic::{DF_1_PIE, DT_FLAGS_1, DT_SONAME};
use goblin::elf::header::{ET_DYN, ET_EXEC, ET_REL};
use goblin::elf::program_header::{PT_INTERP, PT_NOTE};
use goblin::elf::section_header::{SHF_ALLOC, SHT_NOBITS, SHT_NOTE, SHT_NULL};

use super::tables::{Image, MAGIC, slice};
use super::{STUB_NOTE_NAME, STUB_NOTE_TYPE};
use crate::problem::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Something that a linker can link against.
    SharedObject {
        has_soname: bool,
        /// Written by this program, not by a linker.
        is_stub: bool,
    },
    /// A program, position-independent or not.
    Executable,
    /// An object file, such as `crt1.o`.
    Relocatable,
    /// What `objcopy --only-keep-debug` leaves of another file.
    DebugInfo,
    /// A core file, or something newer than this program.
    Other,
}

/// What the file with these bytes is; `None` if it is no ELF file.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn identify(bytes: &[u8]) -> Result<Option<FileKind>, Fault> {
    if !bytes.starts_with(MAGIC) {
        return Ok(None);
    }
    kind(&Image::new(bytes)?).map(Some)
}

/// Whether the file with these bytes is a stub. Damage makes none.
pub fn is_stub(bytes: &[u8]) -> bool {
    let kind = identify(bytes);
    matches!(kind, Ok(Some(FileKind::SharedObject { is_stub: true, .. })))
}

pub(super) fn kind(image: &Image) -> Result<FileKind, Fault> {
    Ok(match image.header.e_type {
        ET_REL => FileKind::Relocatable,
        ET_EXEC | ET_DYN if is_debug_info(image) => FileKind::DebugInfo,
        ET_EXEC => FileKind::Executable,
        ET_DYN => dynamic_kind(image)?,
        _ => FileKind::Other,
    })
}

/// Debug files keep the section headers of the file they were taken from, but
/// none of the contents that would be loaded (binutils, objcopy.c: all but notes
/// become SHT_NOBITS).
fn is_debug_info(image: &Image) -> bool {
    let mut loaded = image.sections.iter().filter(|section| {
        section.sh_flags & u64::from(SHF_ALLOC) != 0
            && !matches!(section.sh_type, SHT_NOTE | SHT_NULL)
    });
    let mut any = false;
    loaded.all(|section| {
        any = true;
        section.sh_type == SHT_NOBITS
    }) && any
}

/// Libraries and position-independent programs are both ET_DYN. Linkers mark
/// programs with DF_1_PIE; older ones can be told by an interpreter and no
/// SONAME (glibc's libraries have both).
fn dynamic_kind(image: &Image) -> Result<FileKind, Fault> {
    let Some(entries) = image.dynamic()? else {
        return Ok(FileKind::Executable);
    };
    let value = |tag: u64| entries.iter().find(|e| e.d_tag == tag).map(|e| e.d_val);
    let has_soname = value(DT_SONAME).is_some();
    let interpreted = image.segments.iter().any(|s| s.p_type == PT_INTERP);
    let pie = value(DT_FLAGS_1).is_some_and(|flags| flags & DF_1_PIE != 0);
    if pie || (interpreted && !has_soname) {
        return Ok(FileKind::Executable);
    }
    Ok(FileKind::SharedObject {
        has_soname,
        is_stub: has_stub_note(image),
    })
}

fn has_stub_note(image: &Image) -> bool {
    image
        .segments
        .iter()
        .filter(|segment| segment.p_type == PT_NOTE)
        .filter_map(|segment| slice(image.bytes, segment.p_offset, segment.p_filesz, "notes").ok())
        .any(|note| {
            let word = |at: usize| {
                let bytes = note.get(at..at + 4)?.try_into().ok()?;
                Some(if image.ctx.le.is_little() {
                    u32::from_le_bytes(bytes)
                } else {
                    u32::from_be_bytes(bytes)
                })
            };
            word(0) == Some(STUB_NOTE_NAME.len() as u32)
                && word(8) == Some(STUB_NOTE_TYPE)
                && note
                    .get(12..)
                    .is_some_and(|rest| rest.starts_with(STUB_NOTE_NAME))
        })
}
