//! A megabyte of which many small records each say most.

use bstr::BStr;
use stub_builder::elf;
use stub_builder::interface::{
    Attributes, Interface, Property, RequiredVersion, Requirement, Version, Warning,
};

use crate::generator;
use crate::poke::{Poke, SHT_DYNSYM, SHT_NOTE, SHT_STRTAB, SHT_VERDEF, SHT_VERNEED};

const RECORDS: usize = 100;
const LENGTH: usize = 1 << 20;
const SHT_GNU_ATTRIBUTES: u32 = 0x6fff_fff5;
const GNU_PROPERTY_1_NEEDED: u32 = 0xb000_8000;
const DT_NEEDED: u64 = 1;
const DT_SONAME: u64 = 14;

/// What overlaps in each, and the file.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("names of symbols", symbols()),
        ("names in the dynamic section", needed()),
        ("names of versions", versions()),
        ("names of required versions", requirements()),
        ("names of sections", section_names()),
        ("linker warnings", warnings()),
        ("build attributes", attributes()),
        ("property notes", notes()),
    ]
}

fn long() -> &'static BStr {
    BStr::new(vec![b'a'; LENGTH].leak())
}

/// With a long name, and where in the table of names that is.
fn named(interface: Interface) -> (Poke, u64) {
    let interface = Interface {
        soname: Some(long()),
        ..interface
    };
    let bytes = elf::write(&interface).unwrap();
    let mut poke = Poke { bytes };
    let strings = poke.contents(SHT_STRTAB);
    let at = poke.bytes[strings..]
        .windows(100)
        .position(|w| w == [b'a'; 100]);
    // A short one for the library, as the others have no place for it.
    poke.set_dynamic(DT_SONAME, (at.unwrap() + LENGTH - 8) as u64);
    (poke, at.unwrap() as u64)
}

/// Each of the records has an end of the long name, which stands in this many bytes
/// at `first` and in each further record of `length` bytes.
fn all_named(mut poke: Poke, first: usize, length: usize, size: usize, name: u64) -> Vec<u8> {
    for index in 0..RECORDS {
        poke.set(first + index * length, size, name + index as u64);
    }
    poke.bytes
}

fn plain() -> Interface<'static> {
    generator::functions(generator::target("x86_64"))
}

fn symbols() -> Vec<u8> {
    let mut interface = plain();
    let one = interface.symbols[0].clone();
    interface.symbols = vec![one; RECORDS];
    for (index, symbol) in interface.symbols.iter_mut().enumerate() {
        symbol.name = BStr::new(String::leak(format!("f{index}")));
    }
    let (poke, name) = named(interface);
    let symbols = poke.contents(SHT_DYNSYM);
    all_named(poke, symbols + 24, 24, 4, name)
}

fn needed() -> Vec<u8> {
    let mut interface = plain();
    interface.needed = vec![BStr::new("n"); RECORDS];
    let (poke, name) = named(interface);
    let first = poke.dynamic(DT_NEEDED);
    all_named(poke, first + 8, 16, 8, name)
}

fn versions() -> Vec<u8> {
    let mut interface = plain();
    let version = Version {
        name: BStr::new("V"),
        base: false,
        weak: false,
        parents: Vec::new(),
    };
    interface.versions = vec![version; RECORDS];
    let (poke, name) = named(interface);
    let first = poke.contents(SHT_VERDEF);
    // A definition with one name is 28 bytes long, its name at 20.
    all_named(poke, first + 20, 28, 4, name)
}

fn requirements() -> Vec<u8> {
    let mut interface = plain();
    let version = RequiredVersion {
        name: BStr::new("V"),
        weak: false,
    };
    interface.requirements = vec![Requirement {
        file: BStr::new("libother.so"),
        versions: vec![version; RECORDS],
    }];
    let (poke, name) = named(interface);
    let first = poke.contents(SHT_VERNEED) + 16;
    all_named(poke, first + 8, 16, 4, name)
}

/// With long attributes and a section for each warning, and the numbers of these.
fn with_warnings() -> (Poke, Vec<usize>) {
    let mut interface = plain();
    interface.attributes = vec![Attributes {
        name: BStr::new(".gnu.attributes"),
        section_type: SHT_GNU_ATTRIBUTES,
        flags: 0,
        alignment: 1,
        entry_size: 0,
        contents: [vec![b'A'; LENGTH - 1], vec![0]].concat().leak(),
    }];
    interface.properties = vec![Property {
        property_type: GNU_PROPERTY_1_NEEDED,
        contents: &[1, 0, 0, 0],
    }];
    interface.warnings = (0..RECORDS)
        .map(|index| Warning {
            symbol: BStr::new(String::leak(format!("w{index}"))),
            message: b"message",
        })
        .collect();
    let bytes = elf::write(&interface).unwrap();
    let poke = Poke { bytes };
    let names = poke.get(poke.section_at(poke.get(62, 2) as usize) + 24, 8) as usize;
    let count = poke.get(60, 2) as usize;
    let is_warning = |&index: &usize| {
        let name = names + poke.get(poke.section_at(index), 4) as usize;
        poke.bytes[name..].starts_with(b".gnu.warning.")
    };
    let warnings: Vec<usize> = (0..count).filter(is_warning).collect();
    assert_eq!(warnings.len(), RECORDS);
    (poke, warnings)
}

/// The sections of the warnings have the contents of this one, and what else
/// `also` gives them.
fn all_like(poke: &mut Poke, warnings: &[usize], model: usize, also: &[(usize, usize)]) {
    for &index in warnings {
        let header = poke.section_at(index);
        for &(at, size) in [(24, 8), (32, 8)].iter().chain(also) {
            let value = poke.get(model + at, size);
            poke.set(header + at, size, value);
        }
    }
}

fn warnings() -> Vec<u8> {
    let (mut poke, warnings) = with_warnings();
    let model = poke.section(SHT_GNU_ATTRIBUTES);
    all_like(&mut poke, &warnings, model, &[]);
    poke.bytes
}

fn attributes() -> Vec<u8> {
    let (mut poke, warnings) = with_warnings();
    let model = poke.section(SHT_GNU_ATTRIBUTES);
    all_like(&mut poke, &warnings, model, &[(0, 4), (4, 4), (8, 8)]);
    poke.bytes
}

fn notes() -> Vec<u8> {
    let (mut poke, warnings) = with_warnings();
    let model = poke.section(SHT_NOTE);
    all_like(&mut poke, &warnings, model, &[(0, 4), (4, 4)]);
    for index in warnings {
        let header = poke.section_at(index);
        poke.set(header + 32, 8, LENGTH as u64);
    }
    poke.bytes
}

fn section_names() -> Vec<u8> {
    let (mut poke, _) = with_warnings();
    let contents = poke.section(SHT_GNU_ATTRIBUTES);
    let index = (contents - poke.section_at(0)) / 64;
    poke.set(62, 2, index as u64);
    poke.bytes
}
