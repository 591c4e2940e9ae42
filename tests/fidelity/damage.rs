//! The check can fail: stubs from which one property was taken away.

use stub_builder::interface::{Alignment, Binding, Definition, Interface, Kind, Object, Placement};

use crate::assembly::Variant;
use crate::machines::Linker;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Property {
    /// Which names stand for one place.
    Aliases,
    /// That others don't.
    Addresses,
    Alignment,
    Attributes,
    Bindings,
    /// `e_flags`.
    Flags,
    /// What kind of thing a symbol is.
    Kinds,
    Needed,
    /// The processor's bits of `st_other`.
    Other,
    Placement,
    Sizes,
    Undefined,
    Versions,
    Warnings,
}

impl Property {
    pub fn take_from(self, interface: &mut Interface) {
        match self {
            Property::Aliases => {
                let mut objects = Vec::new();
                let mut thread_local = 0..;
                for symbol in &mut interface.symbols {
                    match &mut symbol.definition {
                        Definition::Data { object } => {
                            objects.push(interface.objects[*object]);
                            *object = objects.len() - 1;
                        }
                        Definition::Tls { object } => {
                            *object = thread_local.next().unwrap_or_default();
                        }
                        _ => {}
                    }
                }
                interface.objects = objects;
            }
            Property::Addresses => {
                let mut objects: Vec<Object> = Vec::new();
                for symbol in &mut interface.symbols {
                    match &mut symbol.definition {
                        Definition::Data { object } => {
                            let own = interface.objects[*object];
                            let same = |other: &Object| other.placement == own.placement;
                            *object = objects.iter().position(same).unwrap_or_else(|| {
                                objects.push(own);
                                objects.len() - 1
                            });
                        }
                        Definition::Tls { object } => *object = 0,
                        _ => {}
                    }
                }
                interface.objects = objects;
            }
            Property::Alignment => {
                for object in &mut interface.objects {
                    object.alignment = Alignment::BYTE;
                }
                for alignment in interface.alignments.values_mut() {
                    *alignment = Alignment::BYTE;
                }
            }
            Property::Attributes => interface.attributes.clear(),
            Property::Bindings => {
                for symbol in &mut interface.symbols {
                    symbol.binding = Binding::Global;
                }
            }
            Property::Flags => interface.target.flags = 0,
            Property::Kinds => {
                for symbol in &mut interface.symbols {
                    if symbol.kind == Kind::Function {
                        symbol.kind = Kind::NoType;
                    }
                }
            }
            Property::Needed => interface.needed.clear(),
            Property::Other => {
                for symbol in &mut interface.symbols {
                    symbol.other &= 3;
                }
            }
            Property::Placement => {
                for object in &mut interface.objects {
                    object.placement = Placement::Data;
                }
                let most = interface.alignments.values().copied().max();
                interface.alignments = most
                    .map(|most| (Placement::Data, most))
                    .into_iter()
                    .collect();
                interface.writable_relro = false;
            }
            Property::Sizes => {
                for symbol in &mut interface.symbols {
                    symbol.size = 0;
                }
            }
            Property::Undefined => interface.symbols.retain(|symbol| symbol.is_defined()),
            Property::Versions => {
                interface.symbols.retain(|symbol| !symbol.hidden);
                for symbol in &mut interface.symbols {
                    symbol.version = None;
                }
                interface.versions.clear();
                interface.requirements.clear();
            }
            Property::Warnings => interface.warnings.clear(),
        }
    }
}

/// A link that shows that a property is missing.
pub struct Case {
    pub property: Property,
    pub machine: &'static str,
    pub library: &'static str,
    pub variant: Variant,
    pub linker: Linker,
}

const fn case(
    property: Property,
    machine: &'static str,
    library: &'static str,
    variant: Variant,
    linker: Linker,
) -> Case {
    Case {
        property,
        machine,
        library,
        variant,
        linker,
    }
}

use Linker::{Bfd, Gold, Lld, Mold};

pub const CASES: &[Case] = &[
    case(
        Property::Aliases,
        "x86_64",
        "libm.so.6",
        Variant::Nopie,
        Lld,
    ),
    case(
        Property::Aliases,
        "x86_64",
        "libm.so.6",
        Variant::Nopie,
        Mold,
    ),
    case(
        Property::Addresses,
        "x86_64",
        "libtinfo.so.6",
        Variant::Half,
        Lld,
    ),
    case(
        Property::Alignment,
        "x86_64",
        "libstdc++.so.6",
        Variant::Nopie,
        Bfd,
    ),
    case(
        Property::Bindings,
        "x86_64",
        "libstdc++.so.6",
        Variant::Nopie,
        Gold,
    ),
    case(Property::Kinds, "x86_64", "libz.so.1", Variant::Nopie, Bfd),
    case(
        Property::Needed,
        "x86_64",
        "libthread_db.so.1",
        Variant::Pie,
        Lld,
    ),
    case(
        Property::Placement,
        "x86_64",
        "libtinfo.so.6",
        Variant::Nopie,
        Lld,
    ),
    case(
        Property::Sizes,
        "x86_64",
        "libtinfo.so.6",
        Variant::Nopie,
        Bfd,
    ),
    case(
        Property::Undefined,
        "x86_64",
        "libthread_db.so.1",
        Variant::Undef,
        Bfd,
    ),
    case(Property::Versions, "x86_64", "libz.so.1", Variant::Pie, Bfd),
    case(Property::Warnings, "x86_64", "libc.so.6", Variant::Pie, Bfd),
    case(
        Property::Aliases,
        "aarch64",
        "libc.so.6",
        Variant::Half,
        Mold,
    ),
    case(
        Property::Addresses,
        "aarch64",
        "libhwasan.so.0",
        Variant::Half,
        Bfd,
    ),
    case(
        Property::Attributes,
        "armhf",
        "libgcc_s.so.1",
        Variant::Pie,
        Gold,
    ),
    case(Property::Flags, "armhf", "libgcc_s.so.1", Variant::Pie, Bfd),
    case(
        Property::Flags,
        "riscv64",
        "libgcc_s.so.1",
        Variant::Pie,
        Bfd,
    ),
    case(
        Property::Other,
        "ppc64le",
        "libgcc_s.so.1",
        Variant::Nopie,
        Bfd,
    ),
    case(
        Property::Versions,
        "s390x",
        "libgcc_s.so.1",
        Variant::Shared,
        Mold,
    ),
];
