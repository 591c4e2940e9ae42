//! Rules 2, 3 and 4: how linkers see data.

use std::collections::{BTreeMap, BTreeSet};

use goblin::elf::Elf;
use goblin::elf::program_header::{PF_R, PF_W, PT_GNU_RELRO};
use stub_builder::elf;
use stub_builder::interface::{Definition, Interface, Placement};

use crate::face::Face;
use crate::lab::{LINKERS, Lab, canonical, stub_of, symbol};

fn object(interface: &Interface, name: &str) -> usize {
    match symbol(interface, name).definition {
        Definition::Data { object } => object,
        ref other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn rule_02_aliases_share_one_address() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -shared -fPIC -O1 $S/aliases.c -Wl,-soname,libx.so",
    );
    let stub = lab.read("stub/libx.so");
    let interface = elf::read(&stub).unwrap();
    let [original, also, weakly, neighbour] =
        ["original", "also", "weakly", "neighbour"].map(|name| object(&interface, name));
    assert_eq!([original, original], [also, weakly]);
    assert_ne!(original, neighbour);

    lab.same_links("-O1 -fno-pic $S/aliases_user.c", "-no-pie libx.so");
    for linker in LINKERS {
        // The copy takes its aliases along, so that the library sees it too;
        // its neighbour stays at home.
        assert_eq!(lab.run_really("stub", linker), "108\n", "{linker}");
        let copied: Vec<String> = data_of(&lab, linker).into_keys().collect();
        assert!(
            copied.contains(&"original".to_owned()),
            "{linker}: {copied:?}"
        );
        assert!(
            !copied.contains(&"neighbour".to_owned()),
            "{linker}: {copied:?}"
        );
    }
}

#[test]
fn rule_02_thread_local_data_has_aliases_too() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -shared -fPIC -O1 $S/thread.c -Wl,-soname,libx.so",
    );
    let stub = lab.read("stub/libx.so");
    let interface = elf::read(&stub).unwrap();
    let places = ["original", "also", "weakly", "neighbour"]
        .map(|name| symbol(&interface, name).place().unwrap());
    assert_eq!(places[0], places[1]);
    assert_eq!(BTreeSet::from(places).len(), 3);

    for (compile, link) in [("-fPIE", "-pie"), ("-fno-pic", "-no-pie")] {
        lab.same_links(
            &format!("{compile} -O1 $S/thread_user.c"),
            &format!("{link} libx.so"),
        );
        // bfd takes a weak symbol and a global one with the same offset for
        // aliases, and imports both.
        let symbols = lab.run("stub", "nm -D out-ld.bfd");
        assert!(symbols.contains("weakly"), "{symbols}");
        assert!(!symbols.contains("neighbour"), "{symbols}");
        for linker in LINKERS {
            assert_eq!(lab.run_really("stub", linker), "7\n", "{linker}");
        }
    }
}

/// Name, and where its copy is in the program that was linked to the stub.
fn data_of(lab: &Lab, linker: &str) -> BTreeMap<String, (String, u64)> {
    let face = Face::of(lab, "stub", linker);
    let place = |(name, section, address, _)| (name, (section, address));
    face.data.into_iter().map(place).collect()
}

fn placements(linker: &str, name: &str) -> Lab {
    let lab = Lab::new();
    let command = format!(
        "clang-19 --ld-path={linker} -shared -fPIC -O1 $S/placement.c -Wl,-soname,libx.so -Wl,-z,relro"
    );
    lab.library(name, &command);
    lab
}

#[test]
fn rule_03_placement_is_kept() {
    for linker in LINKERS {
        let lab = placements(linker, "libx.so");
        let (real, stub) = (lab.read("real/libx.so"), lab.read("stub/libx.so"));
        let (real, stub) = (elf::read(&real).unwrap(), elf::read(&stub).unwrap());
        for name in [
            "read_only",
            "rel_ro",
            "other_relro",
            "data",
            "zero",
            "relro_zero",
        ] {
            let [a, b] = [&real, &stub].map(|i| i.objects[object(i, name)].placement);
            assert_eq!(a, b, "{linker}: {name}");
        }
        let seen = |name| stub.objects[object(&stub, name)].placement;
        assert_eq!(seen("read_only"), Placement::ReadOnly);
        assert_eq!(seen("rel_ro"), Placement::DataRelRo);
        assert_eq!(seen("data"), Placement::Data);
        assert_eq!(seen("zero"), Placement::Zero);
        if linker == "ld.lld-19" {
            assert_eq!(seen("other_relro"), Placement::RelRo);
            assert_eq!(seen("relro_zero"), Placement::RelRoZero);
        }
        let definition = |name| symbol(&stub, name).definition.clone();
        assert_eq!(definition("thread"), Definition::Tls { object: 0 });
        assert_eq!(
            definition("absolute"),
            Definition::Absolute { value: 0x1234 }
        );
        assert!(matches!(definition("function"), Definition::Code { .. }));
    }
}

#[test]
fn rule_03_placement_decides_where_copies_go() {
    for linker in ["ld.bfd", "ld.lld-19"] {
        let lab = placements(linker, "libx.so");
        lab.same_links("-O1 -fno-pic $S/placement_user.c", "-no-pie libx.so");
        for linker in LINKERS {
            assert_eq!(
                lab.run_really("stub", linker),
                "4 6 6 6 0 6 0 0 6\n",
                "{linker}"
            );
            let data = data_of(&lab, linker);
            assert_ne!(data["read_only"].0, data["data"].0, "{linker}");
        }
        lab.same_links("-fPIE $S/placement_user.c", "-pie libx.so");
        // bfd merges common symbols with .bss of libraries, not with .data.
        lab.same_links("-fcommon -fno-pic $S/common_user.c", "-no-pie libx.so");
    }
}

#[test]
fn rule_03_writable_relro_is_kept() {
    let lab = placements("ld.lld-19", "libx.so");
    let mut real = lab.read("real/libx.so");
    // As with a linker that takes the flags of PT_GNU_RELRO from its sections.
    let header = Elf::parse_header(&real).unwrap();
    let segments = Elf::parse(&real).unwrap().program_headers;
    let relro = segments.iter().position(|s| s.p_type == PT_GNU_RELRO);
    // p_flags follow p_type.
    let at = header.e_phoff as usize + relro.unwrap() * usize::from(header.e_phentsize) + 4;
    assert_eq!(u32::from(real[at]), PF_R);
    real[at] |= PF_W as u8;
    lab.write("real/libx.so", &real);
    lab.stub("libx.so");
    assert!(canonical(&real).writable_relro);

    lab.same_links("-O1 -fno-pic $S/placement_user.c", "-no-pie libx.so");
    let copied = data_of(&lab, "ld.lld-19");
    assert_eq!(copied["rel_ro"].0, ".bss");
}

/// A library in which `loose` is 4-aligned by nature and `LEAD` bytes past an
/// address that is a multiple of 32.
fn aligned(lead: u32) -> Lab {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        &format!(
            "clang-19 -shared -Wa,-defsym,LEAD={lead} $S/alignment.s -nostdlib -Wl,-soname,libx.so"
        ),
    );
    lab
}

#[test]
fn rule_04_alignment_is_never_below_the_real_one() {
    let lab = aligned(4);
    let real = lab.read("real/libx.so");
    let (real, stub) = (elf::read(&real).unwrap(), canonical(&real));
    for symbol in &real.symbols {
        if let Definition::Data { object: at } = symbol.definition {
            let name = symbol.name.to_string();
            let alignment = stub.objects[object(&stub, &name)].alignment;
            assert!(alignment >= real.objects[at].alignment, "{name}");
        }
    }
    let page = stub.objects[object(&stub, "page")];
    assert_eq!(page.alignment.bytes(), 4096);

    lab.run(
        "real",
        "clang-19 -c -fno-pic -O1 $S/alignment_user.c -o ../user.o",
    );
    for linker in LINKERS {
        lab.run(
            "stub",
            &format!("clang-19 --ld-path={linker} -no-pie ../user.o libx.so -o out-{linker}"),
        );
        let data = data_of(&lab, linker);
        for (name, alignment) in [("loose", 4), ("page", 4096), ("wide", 128), ("vector", 16)] {
            let (_, address) = data[name];
            assert_eq!(address % alignment, 0, "{linker}: {name} at {address:#x}");
        }
    }
}

#[test]
fn rule_04_alignment_of_4_and_32_is_the_same() {
    let alignment = |lead: u32| {
        let lab = aligned(lead);
        let real = lab.read("real/libx.so");
        let interface = elf::read(&real).unwrap();
        (
            interface.objects[object(&interface, "loose")]
                .alignment
                .bytes(),
            lead_less(&real),
        )
    };
    let (four, four_stub) = alignment(4);
    let (thirty_two, thirty_two_stub) = alignment(32);
    assert_eq!((four, thirty_two), (4, 32));
    assert!(four_stub == thirty_two_stub);
}

/// The stub, with `lead` of one size whatever it was.
fn lead_less(library: &[u8]) -> Vec<u8> {
    let mut interface = canonical(library);
    for symbol in &mut interface.symbols {
        if *symbol.name == "lead" {
            symbol.size = 4;
        }
    }
    elf::write(&interface).unwrap()
}

#[test]
fn rule_04_alignment_reaches_the_section() {
    // bfd's merge with common symbols reads the section's alignment.
    let lab = aligned(4);
    let stub = stub_of(&lab.read("real/libx.so"));
    let interface = elf::read(&stub).unwrap();
    let of = |placement| interface.alignments[&placement].bytes();
    assert_eq!(of(Placement::Data), 4096);
    assert_eq!(of(Placement::Zero), 128);
    assert_eq!(of(Placement::ReadOnly), 64);
}
