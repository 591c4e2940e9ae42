//! Interfaces made from nothing but this file: no compiler, no linker, no
//! machine has a say in them.

use std::collections::BTreeMap;

use bstr::BStr;
use stub_builder::interface::{
    Alignment, Attributes, Binding, Class, Definition, Endian, Interface, Kind, Name, Object,
    Placement, Property, Remark, RemarkTag, RequiredVersion, Requirement, Symbol, Target, Version,
    Warning,
};

use Class::{Elf32, Elf64};
use Endian::{Big, Little};

/// Name, `e_machine`, class, byte order, `e_flags`.
pub const MACHINES: &[(&str, u16, Class, Endian, u32)] = &[
    ("x86_64", 62, Elf64, Little, 0),
    ("x32", 62, Elf32, Little, 0),
    ("i386", 3, Elf32, Little, 0),
    ("aarch64", 183, Elf64, Little, 0),
    ("aarch64_be", 183, Elf64, Big, 0),
    ("arm", 40, Elf32, Little, 0x0500_0400),
    ("riscv64", 243, Elf64, Little, 5),
    ("riscv32", 243, Elf32, Little, 3),
    ("ppc64le", 21, Elf64, Little, 2),
    ("ppc", 20, Elf32, Big, 0),
    ("s390x", 22, Elf64, Big, 0),
    ("mips64el", 8, Elf64, Little, 0x8000_0007),
    ("mips", 8, Elf32, Big, 0x7000_1007),
    ("loongarch64", 258, Elf64, Little, 0x43),
    ("alpha", 0x9026, Elf64, Little, 0),
    ("no_machine", 0xfeed, Elf64, Big, 0xffff_ffff),
];

pub fn target(machine: &str) -> Target {
    let found = MACHINES.iter().find(|(name, ..)| *name == machine);
    let &(_, machine, class, endian, flags) = found.unwrap();
    Target {
        class,
        endian,
        machine,
        os_abi: 0,
        abi_version: 0,
        flags,
    }
}

fn name(text: &'static str) -> Name<'static> {
    BStr::new(text)
}

/// A stub of this has nothing in it but what every stub has.
pub fn nothing(target: Target) -> Interface<'static> {
    Interface {
        target,
        soname: None,
        needed: Vec::new(),
        remarks: Vec::new(),
        versions: Vec::new(),
        requirements: Vec::new(),
        symbols: Vec::new(),
        objects: Vec::new(),
        alignments: BTreeMap::new(),
        writable_relro: false,
        warnings: Vec::new(),
        attributes: Vec::new(),
        properties: Vec::new(),
    }
}

fn symbol(text: &'static str, definition: Definition<'static>) -> Symbol<'static> {
    let (kind, size) = match definition {
        Definition::Code { .. } => (Kind::Function, 0),
        Definition::Data { .. } => (Kind::Object, 4),
        Definition::Tls { .. } => (Kind::Tls, 8),
        Definition::Absolute { .. } | Definition::Undefined { .. } => (Kind::NoType, 0),
    };
    Symbol {
        name: name(text),
        version: None,
        hidden: false,
        binding: Binding::Global,
        kind,
        other: 0,
        size,
        definition,
    }
}

const EM_ARM: u16 = 40;

const CODE: Definition = Definition::Code { odd: false };

pub fn functions(target: Target) -> Interface<'static> {
    let mut interface = nothing(target);
    interface.soname = Some(name("libfunctions.so.1"));
    interface.symbols = ["alpha", "beta", "gamma"]
        .map(|text| symbol(text, CODE))
        .to_vec();
    interface
}

/// Data of one placement, in sizes and alignments that leave gaps.
pub fn data(target: Target, placement: Placement) -> Interface<'static> {
    let mut interface = nothing(target);
    interface.soname = Some(name("libdata.so"));
    for (object, (text, size, alignment)) in [
        ("a", 1, 1),
        ("b", 300, 32),
        ("c", 0, 64),
        ("d", 4096, 8),
        ("e", 8, 256),
    ]
    .into_iter()
    .enumerate()
    {
        let mut of_data = symbol(text, Definition::Data { object });
        of_data.size = size;
        interface.symbols.push(of_data);
        interface.objects.push(Object {
            placement,
            alignment: Alignment::at_most(alignment),
        });
    }
    interface
        .symbols
        .push(symbol("z_alias_of_b", Definition::Data { object: 1 }));
    interface.alignments = BTreeMap::from([(placement, Alignment::at_most(256))]);
    interface
}

/// Each way into the trap.
pub fn entries(target: Target) -> Interface<'static> {
    let mut interface = nothing(target);
    interface.soname = Some(name("libentries.so.1"));
    interface.versions.push(Version {
        name: name("V_1"),
        base: false,
        weak: false,
        parents: Vec::new(),
    });
    let mut codes = vec![CODE];
    if interface.target.machine == EM_ARM {
        codes.push(Definition::Code { odd: true });
    }
    for (code, text) in codes.into_iter().zip(["both", "both_thumb"]) {
        interface.symbols.push(symbol(text, code.clone()));
        interface.symbols.push(Symbol {
            version: Some(name("V_1")),
            ..symbol(text, code)
        });
    }
    interface
}

/// Everything at once.
pub fn everything(target: Target) -> Interface<'static> {
    let mut interface = nothing(target);
    interface.target.os_abi = 3;
    interface.soname = Some(name("libeverything.so.6"));
    interface.needed = vec![name("libother.so.1"), name("libc.so.6")];
    interface.remarks = [
        (RemarkTag::Filter, "libfilter.so"),
        (RemarkTag::Auxiliary, "libaux.so"),
        (RemarkTag::Audit, "libaudit.so"),
        (RemarkTag::Rpath, "/opt/lib"),
        (RemarkTag::Runpath, "$ORIGIN/../lib"),
    ]
    .map(|(tag, text)| Remark {
        tag,
        text: name(text),
    })
    .to_vec();
    versions(&mut interface);
    objects(&mut interface);
    symbols(&mut interface);
    sections(&mut interface);
    interface
}

fn versions(interface: &mut Interface<'static>) {
    interface.versions = [
        ("libeverything.so.6", true, false, &[][..]),
        ("V_1", false, false, &[]),
        ("V_2", false, false, &["V_1"]),
        ("V_3", false, true, &["V_1", "V_2"]),
    ]
    .map(|(text, base, weak, parents)| Version {
        name: name(text),
        base,
        weak,
        parents: parents.iter().map(|parent| name(parent)).collect(),
    })
    .to_vec();
    let version = |text, weak| RequiredVersion {
        name: name(text),
        weak,
    };
    interface.requirements = vec![
        Requirement {
            file: name("libc.so.6"),
            versions: vec![version("GLIBC_2.2.5", false), version("GLIBC_2.34", true)],
        },
        Requirement {
            file: name("libother.so.1"),
            versions: vec![version("V_1", false)],
        },
    ];
}

const PLACEMENTS: [Placement; 6] = [
    Placement::ReadOnly,
    Placement::DataRelRo,
    Placement::RelRo,
    Placement::RelRoZero,
    Placement::Data,
    Placement::Zero,
];

/// Two objects of each placement.
fn objects(interface: &mut Interface<'static>) {
    for (index, placement) in PLACEMENTS.into_iter().enumerate() {
        let [least, alignment] = [64, 64 << index].map(Alignment::at_most);
        for alignment in [least, alignment] {
            interface.objects.push(Object {
                placement,
                alignment,
            });
        }
        interface.alignments.insert(placement, alignment);
    }
}

fn symbols(interface: &mut Interface<'static>) {
    let names = ["ro", "rel_ro", "relro", "relro_zero", "data", "zero"];
    let seconds = ["ro2", "rel_ro2", "relro2", "relro_zero2", "data2", "zero2"];
    let aliases = ["ro_", "rel_ro_", "relro_", "relro_zero_", "data_", "zero_"];
    let symbols = &mut interface.symbols;
    for at in 0..PLACEMENTS.len() {
        let of = |text, object| symbol(text, Definition::Data { object });
        symbols.push(of(names[at], 2 * at));
        symbols.push(Symbol {
            size: 100 * at as u64,
            version: Some(name("V_1")),
            ..of(seconds[at], 2 * at + 1)
        });
        symbols.push(Symbol {
            binding: Binding::Weak,
            ..of(aliases[at], 2 * at)
        });
    }
    let versioned = |text, version, hidden| Symbol {
        version: Some(name(version)),
        hidden,
        ..symbol(text, CODE)
    };
    let wanted = |text, file: Option<&'static str>, version: Option<&'static str>| Symbol {
        version: version.map(name),
        ..symbol(
            text,
            Definition::Undefined {
                file: file.map(name),
            },
        )
    };
    symbols.extend([
        versioned("both", "V_2", false),
        versioned("both", "V_1", true),
        versioned("new", "V_3", false),
        Symbol {
            binding: Binding::Unique,
            ..symbol("unique", Definition::Data { object: 0 })
        },
        Symbol {
            kind: Kind::IndirectFunction,
            size: 77,
            ..symbol("chosen", CODE)
        },
        Symbol {
            other: 3,
            ..symbol("protected", CODE)
        },
        Symbol {
            other: 0x60,
            ..symbol("local_entry", CODE)
        },
        Symbol {
            kind: Kind::NoType,
            binding: Binding::Weak,
            ..symbol("untyped", CODE)
        },
        Symbol {
            kind: Kind::Common,
            ..symbol("common", Definition::Data { object: 10 })
        },
        Symbol {
            kind: Kind::Other(13),
            binding: Binding::Other(12),
            ..symbol("odd", CODE)
        },
        symbol("thread", Definition::Tls { object: 0 }),
        Symbol {
            size: 4000,
            ..symbol("thread_large", Definition::Tls { object: 1 })
        },
        Symbol {
            binding: Binding::Weak,
            ..symbol("thread_", Definition::Tls { object: 0 })
        },
        symbol("thread_after", Definition::Tls { object: 2 }),
        symbol("absolute", Definition::Absolute { value: 0x1234 }),
        Symbol {
            name: BStr::new(b"caf\xe9\xff"),
            ..symbol("", CODE)
        },
        Symbol {
            binding: Binding::Weak,
            ..wanted("hook", None, None)
        },
        wanted("callback", None, None),
        wanted("malloc", Some("libc.so.6"), Some("GLIBC_2.2.5")),
        wanted("dlopen", Some("libc.so.6"), Some("GLIBC_2.34")),
        Symbol {
            kind: Kind::Object,
            ..wanted("other_data", Some("libother.so.1"), Some("V_1"))
        },
    ]);
    if interface.target.machine == EM_ARM {
        symbols.push(symbol("thumb", Definition::Code { odd: true }));
    }
}

fn sections(interface: &mut Interface<'static>) {
    interface.warnings = [("both", &b"both is deprecated"[..]), ("new", b"")]
        .map(|(text, message)| Warning {
            symbol: name(text),
            message,
        })
        .to_vec();
    const SHT_MIPS_ABIFLAGS: u32 = 0x7000_002a;
    const EM_MIPS: u16 = 8;
    if interface.target.machine == EM_MIPS {
        interface.attributes.push(Attributes {
            name: name(".MIPS.abiflags"),
            section_type: SHT_MIPS_ABIFLAGS,
            flags: 2,
            alignment: 8,
            entry_size: 24,
            contents: &[7; 24],
        });
    }
    const SHT_GNU_ATTRIBUTES: u32 = 0x6fff_fff5;
    interface.attributes.push(Attributes {
        name: name(".gnu.attributes"),
        section_type: SHT_GNU_ATTRIBUTES,
        flags: 0,
        alignment: 1,
        entry_size: 0,
        contents: b"A\x0f\0\0\0gnu\0\x01\x07\0\0\0\x04\x01",
    });
    const GNU_PROPERTY_1_NEEDED: u32 = 0xb000_8000;
    const GNU_PROPERTY_AARCH64_FEATURE_1_AND: u32 = 0xc000_0000;
    const EM_AARCH64: u16 = 183;
    let word: &[u8] = &[3, 0, 0, 0];
    let mut property = |property_type| {
        interface.properties.push(Property {
            property_type,
            contents: word,
        });
    };
    property(GNU_PROPERTY_1_NEEDED);
    if interface.target.machine == EM_AARCH64 {
        property(GNU_PROPERTY_AARCH64_FEATURE_1_AND);
    }
}

/// More symbols than fit into a small hash table, and long names.
pub fn many(target: Target) -> Interface<'static> {
    let mut interface = nothing(target);
    interface.soname = Some(name("libmany.so"));
    for index in 0..2000u32 {
        let text = format!("symbol_{index:04}_{}", "x".repeat(index as usize % 90));
        interface.symbols.push(symbol(text.leak(), CODE));
    }
    interface
}

/// By name, all that have a golden hash.
pub fn all() -> Vec<(String, Interface<'static>)> {
    let mut all = Vec::new();
    for (machine, ..) in MACHINES {
        all.push((format!("everything {machine}"), everything(target(machine))));
    }
    for machine in ["x86_64", "arm", "s390x", "mips", "alpha"] {
        all.push((format!("nothing {machine}"), nothing(target(machine))));
        all.push((format!("functions {machine}"), functions(target(machine))));
        all.push((format!("entries {machine}"), entries(target(machine))));
    }
    for placement in PLACEMENTS {
        let machine = if placement == Placement::RelRo {
            "i386"
        } else {
            "x86_64"
        };
        all.push((
            format!("{placement:?} {machine}"),
            data(target(machine), placement),
        ));
    }
    let mut relro = data(target("x86_64"), Placement::DataRelRo);
    relro.writable_relro = true;
    all.push(("writable RELRO x86_64".to_owned(), relro));
    all.push(("many x86_64".to_owned(), many(target("x86_64"))));
    all
}
