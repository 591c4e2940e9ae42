//! Libraries that are unlike others, and the note that marks stubs.

use std::fs;

use bstr::ByteSlice;
use stub_builder::elf::{self, FileKind};
use stub_builder::interface::normalize;

use crate::lab::{LINKERS, Lab, canonical, names, stub_of, symbol};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules/sources");

#[test]
fn input_without_section_headers_gives_a_stub() {
    for linker in LINKERS {
        let lab = Lab::new();
        lab.library(
            "libx.so",
            &format!(
                "clang-19 --ld-path={linker} -shared -fPIC -O1 $S/versions.c \
                 -Wl,-soname,libx.so -Wl,--version-script,$S/versions.map"
            ),
        );
        let whole = lab.read("stub/libx.so");
        lab.run("real", "llvm-strip-19 --strip-sections libx.so -o bare.so");
        let bare = lab.read("real/bare.so");
        assert!(
            lab.run("real", "readelf -S bare.so")
                .contains("no sections")
        );
        let (whole, bare) = (elf::read(&whole).unwrap(), canonical(&bare));
        assert_eq!(bare.symbols, whole.symbols, "{linker}");
        assert_eq!(bare.versions, whole.versions, "{linker}");
        assert_eq!(bare.soname, whole.soname, "{linker}");
        // And what it gives can be linked.
        lab.write("stub/libx.so", elf::write(&bare).unwrap());
        lab.same_links("-fPIE -O1 $S/versions_user.c", "-pie libx.so");
        assert_eq!(lab.run_really("stub", linker), "2 1 3 4 6 16\n", "{linker}");
    }
}

#[test]
fn input_without_section_headers_is_read_by_its_hash_table() {
    let lab = Lab::new();
    lab.write(
        "wants.c",
        "int callback(void);\n__attribute__((constructor)) static void f(void) { callback(); }\n",
    );
    for source in ["../wants.c", "$S/order_a.c"] {
        for hash in ["sysv", "gnu"] {
            lab.library(
                "libx.so",
                &format!(
                    "clang-19 --ld-path=ld.lld-19 -shared -fPIC -nostdlib {source} -Wl,--hash-style={hash}"
                ),
            );
            lab.run("real", "llvm-strip-19 --strip-sections libx.so -o bare.so");
            let [whole, bare] = ["stub/libx.so", "real/bare.so"].map(|name| lab.read(name));
            let (whole, bare) = (elf::read(&whole).unwrap(), canonical(&bare));
            for defined in [true, false] {
                assert_eq!(
                    names(&bare, defined),
                    names(&whole, defined),
                    "{source} {hash}"
                );
            }
            assert!(!bare.symbols.is_empty());
        }
    }
}

#[test]
fn input_without_soname_is_needed_by_its_file_name() {
    let lab = Lab::new();
    lab.library("libx.so", "gcc -shared -fPIC -O1 $S/loaded.c");
    assert_eq!(canonical(&lab.read("real/libx.so")).soname, None);
    assert!(!lab.run("stub", "readelf -d libx.so").contains("SONAME"));
    lab.same_links("-fPIE -O1 $S/loaded_user.c", "-pie -L. -lx");
    for linker in LINKERS {
        assert_eq!(lab.run_really("stub", linker), "5 6 7\n", "{linker}");
    }
    // The trap has no name to give.
    let output = lab.output("stub", "env LD_LIBRARY_PATH=. ./out-ld.bfd call");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "stub-builder: called into a stub: a library without SONAME (it is for linking only)\n"
    );
}

#[test]
fn input_names_are_bytes() {
    let lab = Lab::new();
    let source = fs::read(format!("{SOURCES}/names.s")).unwrap();
    lab.write("names.s", source.replace("NAME", b"caf\xe9\xff"));
    lab.library("libx.so", "gcc -shared ../names.s -nostdlib");
    let stub = lab.read("stub/libx.so");
    let interface = elf::read(&stub).unwrap();
    let names: Vec<&[u8]> = interface
        .symbols
        .iter()
        .map(|s| s.name.as_bytes())
        .collect();
    assert_eq!(names, [&b"caf\xe9\xff"[..], b"plain"]);
}

#[test]
fn input_that_is_a_stub_gives_itself() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -shared -fPIC $S/placement.c -Wl,-soname,libx.so",
    );
    let stub = lab.read("stub/libx.so");
    assert!(stub_of(&stub) == stub);
    let (real, stub) = (
        elf::identify(&lab.read("real/libx.so")),
        elf::identify(&stub),
    );
    let kind = |is_stub| FileKind::SharedObject {
        has_soname: true,
        is_stub,
    };
    assert_eq!(real, Ok(Some(kind(false))));
    assert_eq!(stub, Ok(Some(kind(true))));
}

#[test]
fn input_without_symbols_gives_a_stub() {
    let lab = Lab::new();
    lab.write("empty.s", ".section .note.GNU-stack,\"\",@progbits\n");
    lab.library(
        "libx.so",
        "gcc -shared ../empty.s -nostdlib -Wl,-soname,libx.so",
    );
    assert!(names(&elf::read(&lab.read("stub/libx.so")).unwrap(), true).is_empty());
    lab.same_links(
        "-fPIE -O1 $S/common_user.c",
        "-pie -Wl,--no-as-needed libx.so",
    );
}

#[test]
fn note_is_one_that_tools_can_show() {
    let lab = Lab::new();
    lab.library("libx.so", "gcc -shared -fPIC $S/loaded.c");
    let notes = lab.run("stub", "readelf -W -n libx.so");
    let line = notes.lines().find(|line| line.contains("stub-builder "));
    let words: Vec<&str> = line.expect(&notes).split_whitespace().collect();
    assert_eq!(words[..2], ["stub-builder", "0x00000004"], "{notes}");
    assert!(notes.contains("description data: 01 00 00 00"), "{notes}");
    assert_eq!(elf::FORMAT_VERSION, 1);
}

#[test]
fn note_does_not_change_what_linkers_do() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -shared -fPIC $S/placement.c -Wl,-soname,libx.so",
    );
    // In `real/` the same stub, its note turned into nothing.
    let mut bytes = lab.read("stub/libx.so");
    let note = bytes
        .find(b"\x0d\0\0\0\x04\0\0\0\x01\0\0\0stub-builder\0")
        .unwrap();
    bytes[note..note + 32].fill(0);
    const PT_NOTE: &[u8] = b"\x04\0\0\0\x04\0\0\0";
    let segment = bytes[..0x400].find(PT_NOTE).unwrap();
    bytes[segment] = 0;
    let name = bytes.find(b".note.stub-builder").unwrap();
    bytes[name..name + 18].copy_from_slice(b".something-or-othe");
    let headers =
        usize::try_from(u64::from_le_bytes(bytes[0x28..0x30].try_into().unwrap())).unwrap();
    const SHT_NOTE: u8 = 7;
    const SHT_PROGBITS: u8 = 1;
    let mut turned = 0;
    for header in bytes[headers..].chunks_mut(64) {
        if header[4] == SHT_NOTE {
            header[4] = SHT_PROGBITS;
            turned += 1;
        }
    }
    assert_eq!(turned, 1);
    lab.write("real/libx.so", &bytes);
    assert_eq!(
        elf::identify(&bytes),
        Ok(Some(FileKind::SharedObject {
            has_soname: true,
            is_stub: false
        }))
    );
    assert_eq!(elf::read(&bytes), elf::read(&lab.read("stub/libx.so")));
    for (compile, kind) in [
        ("-fPIE", "-pie"),
        ("-fno-pic", "-no-pie"),
        ("-fPIC", "-shared"),
    ] {
        lab.run(
            "real",
            &format!("clang-19 -c {compile} $S/placement_user.c -o ../user.o"),
        );
        for linker in LINKERS {
            let command = format!("clang-19 --ld-path={linker} {kind} ../user.o libx.so -o out");
            for side in ["real", "stub"] {
                lab.run(side, &command);
            }
            assert!(
                lab.read("real/out") == lab.read("stub/out"),
                "{linker} {kind}"
            );
        }
    }
}

#[test]
fn normalising_twice_changes_nothing() {
    let lab = Lab::new();
    lab.library("libx.so", "gcc -shared -fPIC $S/placement.c");
    let real = lab.read("real/libx.so");
    let once = canonical(&real);
    assert_eq!(normalize(once.clone(), |_| false), once);
    assert_eq!(symbol(&once, "thread_zero").size, 16);
}
