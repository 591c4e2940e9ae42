//! The sections of a stub: what each is for, and how it looks to linkers.

use goblin::elf::SectionHeader;
use goblin::elf::section_header::{SHF_ALLOC, SHF_WRITE, SHT_NOBITS, SHT_PROGBITS};

use crate::elf::DATA_REL_RO;
use crate::interface::Placement;

pub(super) struct Section {
    pub name: Vec<u8>,
    pub role: Role,
    pub header: SectionHeader,
}

/// What a section is to the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Null,
    Symbols,
    Strings,
    SymbolVersions,
    VersionDefinitions,
    VersionRequirements,
    Hash,
    PropertyNote,
    StubNote,
    /// An index into [`Interface::attributes`].
    Attributes(usize),
    /// For [`Role::InitArray`].
    Relocations,
    Code,
    /// The constructor.
    InitArray,
    Dynamic,
    /// Symbols of this placement are in it.
    Data(Placement),
    /// Nothing is in it: it keeps the addresses of its neighbour, which is empty
    /// in the file, for programs that work out segments from sections (strip).
    Space,
    Tls,
    /// An index into [`Interface::warnings`].
    Warning(usize),
    SectionNames,
}

/// How data of a placement looks to linkers: bfd goes by flags, PT_GNU_RELRO and
/// whether there are contents, gold by the name, lld and mold by segments.
pub(super) fn data_section(placement: Placement) -> (&'static [u8], u32, u32) {
    match placement {
        Placement::ReadOnly => (b".rodata", SHT_PROGBITS, SHF_ALLOC),
        Placement::DataRelRo => (DATA_REL_RO, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE),
        Placement::RelRo => (b".relro", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE),
        Placement::RelRoZero => (b".bss.rel.ro", SHT_NOBITS, SHF_ALLOC | SHF_WRITE),
        Placement::Data => (b".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE),
        Placement::Zero => (b".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE),
    }
}

pub(super) fn section(name: Vec<u8>, role: Role, sh_type: u32, sh_addralign: u64) -> Section {
    let header = SectionHeader {
        sh_type,
        sh_addralign,
        sh_flags: 0,
        ..SectionHeader::default()
    };
    Section { name, role, header }
}
