//! What holds for every interface, whatever is in it: it can be written and
//! read back, its canonical form is one, and does not depend on order.

use std::collections::{BTreeMap, HashMap, HashSet};

use bstr::BStr;
use bumpalo::Bump;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use stub_builder::elf::{self, FileKind};
use stub_builder::interface::{
    Alignment, Attributes, Binding, Definition, Interface, Kind, Name, Object, Place, Placement,
    Policy, Property, Remark, RemarkTag, RequiredVersion, Requirement, Symbol, Version, Warning,
    normalize, text,
};

#[path = "golden/generator.rs"]
#[allow(dead_code)]
mod generator;

const EM_MIPS: u16 = 8;
const EM_ARM: u16 = 40;
const EM_AARCH64: u16 = 183;

fn name(bytes: Vec<u8>) -> Name<'static> {
    BStr::new(Vec::leak(bytes))
}

/// Any bytes but NUL; or long, and alike for long.
fn names() -> impl Strategy<Value = Name<'static>> {
    let any = vec(1..=255u8, 1..12);
    let alike = (1..40usize, vec(b'a'..=b'c', 0..3))
        .prop_map(|(length, end)| [b"b".repeat(length), end].concat());
    prop_oneof![any, alike].prop_map(name)
}

fn alignments() -> impl Strategy<Value = Alignment> {
    (0..14u32).prop_map(|bits| Alignment::at_most(1 << bits))
}

fn placements() -> impl Strategy<Value = Placement> {
    use Placement::{Data, DataRelRo, ReadOnly, RelRo, RelRoZero, Zero};
    select(vec![ReadOnly, DataRelRo, RelRo, RelRoZero, Data, Zero])
}

fn versions() -> impl Strategy<Value = Vec<Version<'static>>> {
    let version = (names(), any::<bool>(), vec(names(), 0..3));
    (any::<bool>(), vec(version, 0..5)).prop_map(|(has_base, versions)| {
        let mut seen = HashSet::new();
        let distinct = versions.into_iter().filter(|(name, ..)| seen.insert(*name));
        let with_base = distinct
            .enumerate()
            .map(|(at, (name, weak, parents))| Version {
                name,
                base: has_base && at == 0,
                weak,
                parents,
            });
        with_base.collect()
    })
}

fn requirements() -> impl Strategy<Value = Vec<Requirement<'static>>> {
    let version = (names(), any::<bool>()).prop_map(|(name, weak)| RequiredVersion { name, weak });
    let requirement = (names(), vec(version, 1..4));
    vec(
        requirement.prop_map(|(file, versions)| Requirement { file, versions }),
        0..3,
    )
}

/// What a symbol is made of before it is known what else there is.
#[derive(Debug, Clone)]
struct Seed {
    name: Name<'static>,
    definition: u8,
    kind: u8,
    binding: u8,
    version: Option<Index>,
    object: Index,
    hidden: bool,
    other: u8,
    size: u64,
}

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let seed = (
        names(),
        (0..6u8, 0..16u8, 1..16u8),
        proptest::option::of(any::<Index>()),
        any::<Index>(),
        (any::<bool>(), any::<u8>(), 0..5000u64),
    );
    let seed = seed.prop_map(
        |(name, (definition, kind, binding), version, object, (hidden, other, size))| Seed {
            name,
            definition,
            kind,
            binding,
            version,
            object,
            hidden,
            other,
            size,
        },
    );
    vec(seed, 0..40)
}

fn kind(value: u8) -> Kind {
    match value {
        0 => Kind::NoType,
        1 => Kind::Object,
        2 => Kind::Function,
        5 => Kind::Common,
        6 => Kind::Tls,
        10 => Kind::IndirectFunction,
        other => Kind::Other(other),
    }
}

fn binding(value: u8) -> Binding {
    match value {
        1 => Binding::Global,
        2 => Binding::Weak,
        10 => Binding::Unique,
        other => Binding::Other(other),
    }
}

/// A symbol that an object with these versions and objects can have.
fn symbol(seed: Seed, interface: &Interface<'static>) -> Symbol<'static> {
    const VISIBILITY: u8 = 3;
    let own: Vec<Name> = interface
        .versions
        .iter()
        .filter(|v| !v.base)
        .map(|v| v.name)
        .collect();
    let foreign: Vec<(Name, Name)> = interface
        .requirements
        .iter()
        .flat_map(|r| r.versions.iter().map(|version| (r.file, version.name)))
        .collect();
    let mut version = seed
        .version
        .filter(|_| !own.is_empty())
        .map(|at| *at.get(&own));
    let mut kind = kind(seed.kind);
    let mut other = seed.other;
    let odd = seed.hidden && matches!(interface.target.machine, EM_ARM | EM_MIPS);
    let definition = match seed.definition {
        0 => {
            let file = seed
                .version
                .filter(|_| !foreign.is_empty())
                .map(|at| *at.get(&foreign));
            version = file.map(|(_, version)| version);
            Definition::Undefined {
                file: file.map(|(file, _)| file),
            }
        }
        1 => Definition::Code { odd },
        2 | 3 if !interface.objects.is_empty() => Definition::Data {
            object: seed.object.index(interface.objects.len()),
        },
        4 => Definition::Tls {
            object: seed.object.index(4),
        },
        _ => Definition::Absolute {
            value: seed.other.into(),
        },
    };
    // What a reader takes a symbol for depends on its type.
    let is_code = matches!(kind, Kind::Function | Kind::IndirectFunction);
    match definition {
        Definition::Undefined { .. } => {}
        Definition::Tls { .. } => kind = Kind::Tls,
        Definition::Code { .. } if matches!(kind, Kind::Object | Kind::Tls) => {
            kind = Kind::Function
        }
        Definition::Data { .. } if is_code || kind == Kind::Tls => kind = Kind::Object,
        Definition::Absolute { .. } if kind == Kind::Tls => kind = Kind::NoType,
        _ => {}
    }
    let defined = !matches!(definition, Definition::Undefined { .. });
    if defined && matches!(other & VISIBILITY, 1 | 2) {
        other ^= VISIBILITY & (other ^ VISIBILITY);
    }
    Symbol {
        name: seed.name,
        version,
        hidden: seed.hidden && defined && version.is_some(),
        binding: binding(seed.binding),
        kind,
        other,
        size: if defined { seed.size } else { 0 },
        definition,
    }
}

/// Objects in the order of their first symbol, and how their sections are
/// aligned: what reading gives.
fn settle(interface: &mut Interface<'static>, slack: Alignment) {
    let (mut numbers, mut thread_local) = (HashMap::new(), HashMap::new());
    let objects = std::mem::take(&mut interface.objects);
    for symbol in &mut interface.symbols {
        match &mut symbol.definition {
            Definition::Data { object } => {
                *object = *numbers.entry(*object).or_insert_with(|| {
                    interface.objects.push(objects[*object]);
                    interface.objects.len() - 1
                });
            }
            Definition::Tls { object } => {
                let next = thread_local.len();
                *object = *thread_local.entry(*object).or_insert(next);
            }
            _ => {}
        }
    }
    interface.writable_relro &= interface.objects.iter().any(|o| o.placement.is_relro());
    interface.alignments = BTreeMap::new();
    for object in &interface.objects {
        let section = interface
            .alignments
            .entry(object.placement)
            .or_insert(slack);
        *section = (*section).max(object.alignment);
    }
}

prop_compose! {
    fn sections()(
        warnings in vec((names(), vec(any::<u8>(), 0..20)), 0..3),
        attributes in vec((names(), any::<bool>(), alignments(), 0..9u64, vec(any::<u8>(), 0..20)), 0..3),
        properties in vec((any::<bool>(), vec(any::<u8>(), 0..9)), 0..3),
        remarks in vec((0..5usize, names()), 0..4),
    ) -> Interface<'static> {
        use RemarkTag::{Audit, Auxiliary, Filter, Rpath, Runpath};
        let tags = [Filter, Auxiliary, Audit, Rpath, Runpath];
        const SHT_GNU_ATTRIBUTES: u32 = 0x6fff_fff5;
        const SHF_ALLOC: u64 = 2;
        const GNU_PROPERTY_1_NEEDED: u32 = 0xb000_8000;
        const GNU_PROPERTY_FEATURE_1_AND: u32 = 0xc000_0000;
        let mut interface = generator::nothing(generator::target("x86_64"));
        interface.warnings = warnings
            .into_iter()
            .map(|(symbol, message)| Warning { symbol, message: message.leak() })
            .collect();
        interface.attributes = attributes
            .into_iter()
            .map(|(name, loaded, alignment, entry_size, contents)| Attributes {
                name,
                section_type: SHT_GNU_ATTRIBUTES,
                flags: if loaded { SHF_ALLOC } else { 0 },
                alignment: alignment.bytes(),
                entry_size,
                contents: contents.leak(),
            })
            .collect();
        interface.attributes.sort_by_key(|section| section.flags == 0);
        interface.properties = properties
            .into_iter()
            .map(|(needed, contents)| Property {
                property_type: if needed { GNU_PROPERTY_1_NEEDED } else { GNU_PROPERTY_FEATURE_1_AND },
                contents: contents.leak(),
            })
            .collect();
        interface.remarks = remarks
            .into_iter()
            .map(|(tag, text)| Remark { tag: tags[tag], text })
            .collect();
        interface
    }
}

prop_compose! {
    fn interfaces()(
        machine in select(generator::MACHINES),
        soname in proptest::option::of(names()),
        needed in vec(names(), 0..3),
        versions in versions(),
        requirements in requirements(),
        objects in vec((placements(), alignments()), 0..12),
        slack in alignments(),
        writable_relro in any::<bool>(),
        seeds in seeds(),
        rest in sections(),
    ) -> Interface<'static> {
        let mut interface = rest;
        interface.target = generator::target(machine.0);
        interface.soname = soname;
        interface.needed = needed;
        interface.versions = versions;
        interface.requirements = requirements;
        interface.objects = objects
            .into_iter()
            .map(|(placement, alignment)| Object { placement, alignment })
            .collect();
        let mut seen = HashSet::new();
        for seed in seeds {
            let symbol = symbol(seed, &interface);
            if seen.insert((symbol.name, symbol.version)) {
                interface.symbols.push(symbol);
            }
        }
        interface.writable_relro = writable_relro;
        settle(&mut interface, slack);
        if interface.target.machine != EM_AARCH64 {
            interface.properties.retain(|property| property.property_type == 0xb000_8000);
        }
        interface
    }
}

/// Names that are the same place, sorted.
fn aliases(interface: &Interface<'static>) -> Vec<Vec<(Name<'static>, Option<Name<'static>>)>> {
    let mut groups: BTreeMap<Place, Vec<_>> = BTreeMap::new();
    for symbol in &interface.symbols {
        if let Some(place) = symbol.place() {
            let group = groups.entry(place).or_default();
            group.push((symbol.name, symbol.version));
        }
    }
    let mut groups: Vec<Vec<_>> = groups.into_values().collect();
    for group in &mut groups {
        group.sort();
    }
    groups.sort();
    groups
}

#[test]
fn writing_refuses_what_would_read_differently() {
    let refused = |damage: fn(&mut Symbol<'static>)| {
        let mut interface = generator::functions(generator::target("x86_64"));
        damage(&mut interface.symbols[0]);
        elf::write(&interface)
            .map(|_| ())
            .map_err(|fault| fault.code())
    };
    assert_eq!(refused(|_| {}), Ok(()));
    // Data by its type, code by its place; a default without versions; Thumb.
    assert_eq!(refused(|symbol| symbol.kind = Kind::Object), Err("SB0205"));
    assert_eq!(refused(|symbol| symbol.hidden = true), Err("SB0205"));
    assert_eq!(
        refused(|symbol| symbol.definition = Definition::Code { odd: true }),
        Err("SB0205")
    );
    assert_eq!(refused(|symbol| symbol.name = BStr::new("")), Err("SB0205"));
    assert_eq!(
        refused(|symbol| symbol.name = BStr::new("a\0b")),
        Err("SB0204")
    );
    assert_eq!(
        refused(|symbol| symbol.version = Some(BStr::new("V"))),
        Err("SB0205")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_gives_what_was_written(interface in interfaces()) {
        let stub = elf::write(&interface).unwrap();
        prop_assert_eq!(&elf::read(&stub).unwrap(), &interface);
        let kind = FileKind::SharedObject { has_soname: interface.soname.is_some(), is_stub: true };
        prop_assert_eq!(elf::identify(&stub).unwrap(), Some(kind));
    }

    #[test]
    fn text_holds_everything(interface in interfaces()) {
        let text = text::print(&interface, &Policy::default());
        let arena = Bump::new();
        let document = text::parse(text.as_bytes(), &arena).unwrap();
        prop_assert_eq!(&document.interface, &interface);
        prop_assert_eq!(text.lines().filter(|line| line.contains(", Type: ")).count(), {
            interface.symbols.len() + interface.attributes.len()
        });
    }

    #[test]
    fn normalising_twice_changes_nothing(interface in interfaces(), wanted in any::<bool>()) {
        let once = normalize(interface, |_| wanted);
        prop_assert_eq!(&normalize(once.clone(), |_| wanted), &once);
        let stub = elf::write(&once).unwrap();
        prop_assert_eq!(&normalize(elf::read(&stub).unwrap(), |_| wanted), &once);
    }

    #[test]
    fn order_of_the_input_does_not_matter(
        interface in interfaces(),
        keys in vec(any::<u64>(), 64),
    ) {
        let mut shuffled = interface.clone();
        let mut keys = keys.iter().cycle();
        shuffled.symbols.sort_by_cached_key(|_| keys.next());
        shuffled.versions.sort_by_cached_key(|_| keys.next());
        shuffled.requirements.sort_by_cached_key(|_| keys.next());
        settle(&mut shuffled, Alignment::BYTE);
        let [stub, other] = [interface, shuffled]
            .map(|interface| elf::write(&normalize(interface, |_| false)).unwrap());
        prop_assert!(stub == other);
    }

    #[test]
    fn symbols_are_sorted_by_name_and_version(interface in interfaces()) {
        let canonical = normalize(interface, |_| false);
        let symbols = canonical.symbols.iter();
        let names: Vec<_> = symbols.map(|symbol| (symbol.name, symbol.version)).collect();
        prop_assert!(names.is_sorted(), "{:?}", names);
    }

    #[test]
    fn data_stay_where_they_are_seen(interface in interfaces()) {
        // `_end` and the like are symbols without a type.
        let mut interface = interface;
        for symbol in &mut interface.symbols {
            if symbol.kind == Kind::NoType && symbol.is_defined() {
                symbol.kind = Kind::Other(13);
            }
        }
        let canonical = normalize(interface.clone(), |_| false);
        prop_assert_eq!(aliases(&canonical), aliases(&interface));
        prop_assert_eq!(canonical.writable_relro, interface.writable_relro);
        for symbol in &interface.symbols {
            if let Definition::Data { object } = symbol.definition {
                let same = |s: &&Symbol| s.name == symbol.name && s.version == symbol.version;
                let kept = canonical.symbols.iter().find(same).unwrap();
                let Definition::Data { object: at } = kept.definition else {
                    return Err(TestCaseError::fail("no longer data"));
                };
                let (before, after) = (interface.objects[object], canonical.objects[at]);
                prop_assert_eq!(before.placement, after.placement);
                prop_assert!(before.alignment <= after.alignment);
                prop_assert_eq!(kept.size, symbol.size);
            }
        }
    }
}
