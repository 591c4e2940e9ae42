//! The link-time face of one shared object, as a value.
//!
//! An [`Interface`] holds what a static linker can observe of a shared object
//! and nothing else: no addresses, no code, no contents of data. Names are
//! bytes, since ELF does not say more about them.

mod alignment;
pub mod carried;
pub mod diff;
mod mangled;
mod normalize;
mod policy;
mod sayable;
pub mod text;

use std::collections::BTreeMap;

use bstr::BStr;

pub use alignment::Alignment;
pub use normalize::{normalize, normalize_with_undefined};
pub use policy::Policy;

/// `e_machine` of a target with rules of its own.
const EM_MIPS: u16 = 8;

/// A name out of a string table: bytes without NUL.
pub type Name<'a> = &'a BStr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface<'a> {
    pub target: Target,
    pub soname: Option<Name<'a>>,
    /// DT_NEEDED, in order.
    pub needed: Vec<Name<'a>>,
    /// What else the dynamic section tells linkers in words, in order.
    pub remarks: Vec<Remark<'a>>,
    /// DT_VERDEF: what symbols of this object can be versioned with.
    pub versions: Vec<Version<'a>>,
    /// DT_VERNEED: the versions that undefined symbols ask of other objects.
    pub requirements: Vec<Requirement<'a>>,
    /// Exports and undefined symbols in one list, since their common order is
    /// what linkers see.
    pub symbols: Vec<Symbol<'a>>,
    /// The places that data symbols name, in the order of their first symbol.
    pub objects: Vec<Object>,
    /// The alignment of the section that holds the objects of a placement; at least
    /// that of each of its objects.
    pub alignments: BTreeMap<Placement, Alignment>,
    /// PT_GNU_RELRO has PF_W: lld (`isReadOnly`) then takes the data in it for
    /// writable. False if there is none.
    pub writable_relro: bool,
    /// `.gnu.warning.SYMBOL` sections.
    pub warnings: Vec<Warning<'a>>,
    /// Sections with the target's build attributes.
    pub attributes: Vec<Attributes<'a>>,
    /// Entries of the GNU property note that linkers act on.
    pub properties: Vec<Property<'a>>,
}

/// What an ELF header says of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub class: Class,
    pub endian: Endian,
    /// `e_machine`.
    pub machine: u16,
    /// `EI_OSABI`.
    pub os_abi: u8,
    /// `EI_ABIVERSION`.
    pub abi_version: u8,
    /// `e_flags`.
    pub flags: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Elf32,
    Elf64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    Little,
    Big,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark<'a> {
    pub tag: RemarkTag,
    pub text: Name<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkTag {
    /// DT_FILTER: the object that this one stands for.
    Filter,
    /// DT_AUXILIARY: the same, if it can be found.
    Auxiliary,
    /// DT_AUDIT: bfd hands it on to what is linked.
    Audit,
    /// DT_RPATH: where bfd looks for the needed objects.
    Rpath,
    /// DT_RUNPATH, likewise.
    Runpath,
}

/// A version definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version<'a> {
    pub name: Name<'a>,
    /// The definition that names the object itself (VER_FLG_BASE).
    pub base: bool,
    /// VER_FLG_WEAK: nothing need be bound to it.
    pub weak: bool,
    /// The versions that this one inherits from.
    pub parents: Vec<Name<'a>>,
}

/// The versions asked of one other object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// SONAME of that object.
    pub file: Name<'a>,
    pub versions: Vec<RequiredVersion<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredVersion<'a> {
    pub name: Name<'a>,
    pub weak: bool,
}

/// One entry of the dynamic symbol table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol<'a> {
    pub name: Name<'a>,
    pub version: Option<Name<'a>>,
    /// `name@version` rather than `name@@version`: found only by those who ask
    /// for this version.
    pub hidden: bool,
    pub binding: Binding,
    pub kind: Kind,
    /// `st_other`: visibility and what the psABI keeps there (the local entry
    /// point on ppc64le, variant calls on aarch64 and riscv).
    pub other: u8,
    /// `st_size`, in bytes.
    pub size: u64,
    pub definition: Definition<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    Global,
    Weak,
    /// STB_GNU_UNIQUE.
    Unique,
    /// Another value of `ELF_ST_BIND`.
    Other(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    NoType,
    Object,
    Function,
    Common,
    Tls,
    /// STT_GNU_IFUNC.
    IndirectFunction,
    /// Another value of `ELF_ST_TYPE`.
    Other(u8),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition<'a> {
    /// Wanted from another object; the one that is to supply the version, if
    /// the symbol asks for one.
    Undefined { file: Option<Name<'a>> },
    /// Code. `odd` is the lowest bit of the address, which selects the
    /// instruction set on ARM (Thumb) and MIPS (MIPS16, microMIPS).
    Code { odd: bool },
    /// Data: an index into [`Interface::objects`]. Symbols with the same index
    /// are aliases: they name the same address.
    Data { object: usize },
    /// Thread-local data. Symbols with the same number are aliases; numbers are
    /// given from 0 on in the order of first symbols. There is no table of them,
    /// since linkers see nothing of the data itself.
    Tls { object: usize },
    /// SHN_ABS: a number, which bfd and mold write into what they link.
    Absolute { value: u64 },
}

/// What aliases have in common: one number in one of the two spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Data(usize),
    Tls(usize),
}

/// A place in the object's data that one or more symbols name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    pub placement: Placement,
    /// What a copy of it must be aligned to.
    pub alignment: Alignment,
}

/// Where linkers see data: it decides where a copy of it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placement {
    /// Never writable.
    ReadOnly,
    /// `.data.rel.ro`, read-only after relocation. gold goes by the name.
    DataRelRo,
    /// Other sections inside PT_GNU_RELRO.
    RelRo,
    /// The same, without contents in the file.
    RelRoZero,
    Data,
    /// Without contents in the file. bfd takes it for a possible common symbol.
    Zero,
}

impl Placement {
    /// Whether it lies within PT_GNU_RELRO.
    pub fn is_relro(self) -> bool {
        matches!(
            self,
            Placement::DataRelRo | Placement::RelRo | Placement::RelRoZero
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning<'a> {
    pub symbol: Name<'a>,
    /// Section contents: the message that linkers print.
    pub message: &'a [u8],
}

/// A section that is carried over as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes<'a> {
    pub name: Name<'a>,
    /// `sh_type`.
    pub section_type: u32,
    /// `sh_flags`.
    pub flags: u64,
    pub alignment: u64,
    pub entry_size: u64,
    pub contents: &'a [u8],
}

/// One entry of NT_GNU_PROPERTY_TYPE_0, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property<'a> {
    pub property_type: u32,
    pub contents: &'a [u8],
}

impl Symbol<'_> {
    pub fn is_defined(&self) -> bool {
        !matches!(self.definition, Definition::Undefined { .. })
    }

    /// The place that it names, if it can have aliases.
    pub fn place(&self) -> Option<Place> {
        match self.definition {
            Definition::Data { object } => Some(Place::Data(object)),
            Definition::Tls { object } => Some(Place::Tls(object)),
            _ => None,
        }
    }
}

impl<'a> Interface<'a> {
    /// The names that an object which asks for no version can bind to here.
    pub fn exported_names(&self) -> impl Iterator<Item = Name<'a>> {
        self.symbols
            .iter()
            .filter(|symbol| symbol.is_defined())
            .map(|symbol| symbol.name)
    }
}
