//! What values are called in the text. Where `llvm-ifs` has a word it is that.

use crate::interface::{Binding, Class, Endian, Kind, Placement, RemarkTag};

/// A table of words is read in both directions.
pub(super) type Words<T> = &'static [(&'static str, T)];

pub(super) fn word<T: PartialEq>(words: Words<T>, value: &T) -> Option<&'static str> {
    let found = words.iter().find(|(_, known)| known == value);
    found.map(|(word, _)| *word)
}

pub(super) fn value<T: Copy>(words: Words<T>, text: &[u8]) -> Option<T> {
    let found = words.iter().find(|(word, _)| word.as_bytes() == text);
    found.map(|(_, value)| *value)
}

pub(super) fn list<T>(words: Words<T>) -> String {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    words.join(", ")
}

pub(super) const KINDS: Words<Kind> = &[
    ("NoType", Kind::NoType),
    ("Object", Kind::Object),
    ("Func", Kind::Function),
    ("TLS", Kind::Tls),
    ("Common", Kind::Common),
    ("IFunc", Kind::IndirectFunction),
];

pub(super) const BINDINGS: Words<Binding> = &[
    ("Global", Binding::Global),
    ("Weak", Binding::Weak),
    ("Unique", Binding::Unique),
];

pub(super) const PLACEMENTS: Words<Placement> = &[
    ("ReadOnly", Placement::ReadOnly),
    ("DataRelRo", Placement::DataRelRo),
    ("RelRo", Placement::RelRo),
    ("RelRoZero", Placement::RelRoZero),
    ("Data", Placement::Data),
    ("Zero", Placement::Zero),
];

/// The low two bits of `st_other`.
pub(super) const VISIBILITIES: Words<u8> = &[
    ("Default", 0),
    ("Internal", 1),
    ("Hidden", 2),
    ("Protected", 3),
];

pub(super) const REMARKS: Words<RemarkTag> = &[
    ("Filter", RemarkTag::Filter),
    ("Auxiliary", RemarkTag::Auxiliary),
    ("Audit", RemarkTag::Audit),
    ("Rpath", RemarkTag::Rpath),
    ("Runpath", RemarkTag::Runpath),
];

pub(super) const CLASSES: Words<Class> = &[("32", Class::Elf32), ("64", Class::Elf64)];

pub(super) const ENDIANS: Words<Endian> = &[("little", Endian::Little), ("big", Endian::Big)];

/// `e_machine` as LLVM spells it (llvm/lib/BinaryFormat/ELF.cpp); case is
/// ignored when it is read.
pub(super) const MACHINES: Words<u16> = &[
    ("386", 3),
    ("68k", 4),
    ("AArch64", 183),
    ("arc_compact2", 195),
    ("arm", 40),
    ("csky", 252),
    ("hexagon", 164),
    ("ia_64", 50),
    ("loongarch", 258),
    ("mips", 8),
    ("parisc", 15),
    ("ppc", 20),
    ("ppc64", 21),
    ("riscv", 243),
    ("s390", 22),
    ("sh", 42),
    ("sparc", 2),
    ("sparcv9", 43),
    ("x86_64", 62),
];

pub(super) fn machine(text: &str) -> Option<u16> {
    let mut names = MACHINES.iter();
    let found = names.find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, machine)| *machine)
}

/// The first part of a target triple.
pub(super) fn triple(arch: &str) -> Option<(u16, Class, Endian)> {
    use Class::{Elf32, Elf64};
    use Endian::{Big, Little};
    Some(match arch {
        "x86_64" | "amd64" => (62, Elf64, Little),
        "i386" | "i486" | "i586" | "i686" => (3, Elf32, Little),
        "aarch64" | "arm64" => (183, Elf64, Little),
        "aarch64_be" => (183, Elf64, Big),
        "powerpc" | "ppc" => (20, Elf32, Big),
        "powerpc64" | "ppc64" => (21, Elf64, Big),
        "powerpc64le" | "ppc64le" => (21, Elf64, Little),
        "riscv32" => (243, Elf32, Little),
        "riscv64" => (243, Elf64, Little),
        "s390x" => (22, Elf64, Big),
        "mips" => (8, Elf32, Big),
        "mipsel" => (8, Elf32, Little),
        "mips64" => (8, Elf64, Big),
        "mips64el" => (8, Elf64, Little),
        "loongarch64" => (258, Elf64, Little),
        "sparc" => (2, Elf32, Big),
        "sparcv9" | "sparc64" => (43, Elf64, Big),
        _ if arch.starts_with("armeb") => (40, Elf32, Big),
        _ if arch.starts_with("arm") || arch.starts_with("thumb") => (40, Elf32, Little),
        _ => return None,
    })
}
