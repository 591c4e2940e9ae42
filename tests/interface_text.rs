//! Interfaces as text: what they look like, that nothing is lost on the way
//! there and back, and what `llvm-ifs` and the command make of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bumpalo::Bump;
use proptest::prelude::*;
use stub_builder::elf::{self, FileKind};
use stub_builder::interface::{
    Binding, Definition, Interface, Kind, Object, Placement, Policy, Version, Warning, normalize,
    text,
};
use stub_builder::problem::Fault;

#[path = "interface_text/command.rs"]
mod command;
#[path = "golden/generator.rs"]
#[allow(dead_code)]
mod generator;

const EVERYTHING: &str = include_str!("interface_text/everything.ifs");

fn printed(interface: &Interface) -> String {
    text::print(interface, &Policy::default())
}

/// Parses, and hands on what the result borrows from.
fn with_parsed<T>(text: &str, check: impl FnOnce(text::Document) -> T) -> T {
    let arena = Bump::new();
    check(text::parse(text.as_bytes(), &arena).unwrap_or_else(|fault| panic!("{fault}\n{text}")))
}

fn same_after_printing(interface: &Interface, what: &str) {
    with_parsed(&printed(interface), |document| {
        assert!(document.interface == *interface, "{what}");
    });
}

fn run(command: &mut Command) -> Output {
    let output = command
        .env_remove("NIX_BUILD_TOP")
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {messages}");
    output
}

/// A library with versions, aliases, weak and thread-local symbols, and one
/// that it needs.
fn library(directory: &Path, name: &str, flags: &[&str]) -> PathBuf {
    let (source, map) = (directory.join("a.c"), directory.join("a.map"));
    fs::write(
        &source,
        "extern int wanted(void);\n\
         extern int puts(const char *);\n\
         int function(void) { return wanted() + puts(\"\"); }\n\
         int data[3] = { 1 };\n\
         extern int alias[3] __attribute__((alias(\"data\")));\n\
         const int constant = 4;\n\
         __attribute__((weak)) int weak = 5;\n\
         __thread int local;\n\
         int secret(void) { return 6; }\n",
    )
    .unwrap();
    fs::write(
        &map,
        "V_1 { global: function; data; };\n\
         V_PRIVATE { global: secret; };\n\
         V_2 { global: alias; constant; weak; local; local: *; } V_1;\n",
    )
    .unwrap();
    let library = directory.join(name);
    run(Command::new("gcc")
        .args(["-shared", "-fPIC"])
        .args(flags)
        .arg(&source)
        .arg(format!("-Wl,--version-script={}", map.display()))
        .arg("-o")
        .arg(&library));
    library
}

#[test]
fn everything_looks_like_this() {
    let mut interface = generator::everything(generator::target("arm"));
    interface.alignments.insert(Placement::ReadOnly, 128);
    interface.writable_relro = true;
    interface.warnings.push(Warning {
        symbol: "gets".into(),
        message: b"the `gets' function is dangerous\0",
    });
    assert_eq!(printed(&interface), EVERYTHING);
    same_after_printing(&interface, "everything");
}

#[test]
fn every_example_comes_back() {
    for (name, interface) in generator::all() {
        same_after_printing(&interface, &name);
        same_after_printing(&normalize(interface, |_| false), &name);
    }
}

/// The shared objects of this machine; without STUB_BUILDER_ALL_LIBRARIES in
/// the environment some of them, since parsing takes its time without
/// optimisation.
fn libraries() -> Vec<PathBuf> {
    let all = std::env::var_os("STUB_BUILDER_ALL_LIBRARIES").is_some();
    let mut found = Vec::new();
    let cross = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/.work/cross/usr/aarch64-linux-gnu/lib"
    );
    for directory in ["/usr/lib/x86_64-linux-gnu", cross] {
        let entries = fs::read_dir(directory).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        found.extend(paths.filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.contains(".so") && fs::symlink_metadata(path).unwrap().is_file()
        }));
    }
    found.sort();
    let chosen = |(number, path): &(usize, PathBuf)| {
        let name = path.file_name().unwrap().to_string_lossy();
        let special = ["libc.so", "libm.so", "libstdc++.so"].iter();
        all || number % 20 == 0 || special.clone().any(|prefix| name.starts_with(prefix))
    };
    let chosen = found.into_iter().enumerate().filter(chosen);
    chosen.map(|(_, path)| path).collect()
}

#[test]
fn every_library_comes_back() {
    let mut count = 0;
    for path in libraries() {
        let bytes = fs::read(&path).unwrap();
        let kind = elf::identify(&bytes).unwrap();
        if !matches!(kind, Some(FileKind::SharedObject { .. })) {
            continue;
        }
        let what = path.display().to_string();
        let exact = elf::read(&bytes).unwrap();
        same_after_printing(&exact, &what);
        let canonical = normalize(exact, |_| false);
        // What `stubs` does with a text.
        with_parsed(&printed(&canonical), |document| {
            assert!(document.interface == canonical, "{what}");
            let again = normalize(document.interface, |_| false);
            let [ours, theirs] = [again, canonical].map(|form| elf::write(&form).unwrap());
            assert!(ours == theirs, "{what}");
        });
        count += 1;
    }
    println!("{count} libraries");
    assert!(count > 10, "only {count} libraries");
}

#[test]
fn names_are_bytes() {
    let awkward: &[&[u8]] = &[
        b"plain_1.2-x+y@z",
        b"yes",
        b"Null",
        b"12",
        b"-",
        b"a: b",
        b"a #b",
        b"{x}",
        b"\"quoted\\\"",
        b"'",
        b"tab\tnewline\ncr\r",
        b"\x01\x7f",
        "gr\u{fc}n \u{1f980} \u{85}\u{2028}\u{feff}\u{fffe}".as_bytes(),
        b"\xff\xfe not UTF-8",
        b" ",
        b"!tag",
        b"*x",
        b"...",
        b"---",
    ];
    for name in awkward {
        let mut interface = generator::functions(generator::target("x86_64"));
        interface.soname = Some((*name).into());
        interface.symbols[0].name = (*name).into();
        interface.symbols[1].version = Some((*name).into());
        interface.versions.push(Version {
            name: (*name).into(),
            base: false,
            weak: false,
            parents: Vec::new(),
        });
        let text = printed(&interface);
        assert_eq!(text.lines().count(), 4 + 2 + 4 + 1, "{text}");
        same_after_printing(&interface, &text);
    }
}

#[test]
fn aliases_are_told_apart() {
    let mut interface = generator::data(generator::target("x86_64"), Placement::Data);
    // Two objects whose first symbols are called the same, and an alias of each.
    interface.symbols.truncate(2);
    interface.objects.truncate(2);
    interface.symbols[1].name = interface.symbols[0].name;
    for object in [1, 0] {
        let mut alias = interface.symbols[object].clone();
        alias.name = ["of_first", "of_second"][object].into();
        interface.symbols.push(alias);
    }
    same_after_printing(&interface, "two of one name");
    assert!(printed(&interface).contains("Label: \"a#2\""));
    // The same with thread-local data; its numbers are not those of data.
    for symbol in &mut interface.symbols[1..3] {
        symbol.kind = Kind::Tls;
        symbol.definition = Definition::Tls { object: 0 };
    }
    interface.objects.truncate(1);
    same_after_printing(&interface, "thread-local data of the same name");
    assert!(printed(&interface).contains("Type: TLS, Size: 300, Label: \"a#2\""));
}

#[test]
fn policy_stays_with_the_text() {
    let policy = Policy {
        drop_private: vec!["*PRIVATE*".into(), "x\"y".into()],
        drop_foreign_templates: true,
        keep_undefined: true,
    };
    let interface = generator::functions(generator::target("x86_64"));
    with_parsed(&text::print(&interface, &policy), |document| {
        assert_eq!(document.policy, policy);
    });
    with_parsed(&printed(&interface), |document| {
        assert_eq!(document.policy, Policy::default());
    });
}

/// Line and part of the message, of a text that is `EVERYTHING` with the first
/// `old` made `new`.
fn fault(old: &str, new: &str) -> (usize, String) {
    assert!(EVERYTHING.contains(old), "{old}");
    fault_of(EVERYTHING.replacen(old, new, 1).as_bytes())
}

fn fault_of(text: &[u8]) -> (usize, String) {
    match text::parse(text, &Bump::new()) {
        Err(Fault::BadInterface { line, what }) => (line, what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn faults_name_the_line() {
    let line_of = |part: &str| EVERYTHING.lines().position(|l| l.contains(part)).unwrap() + 1;
    for (old, new, part, at) in [
        ("--- !ifs-v1", "---", "does not start with", "IfsVersion"),
        (
            "--- !ifs-v1",
            "--- !tapi-tbd",
            "does not start with",
            "--- !ifs-v1",
        ),
        ("3.0", "4.0", "only 3.0", "IfsVersion"),
        (
            "IfsVersion:",
            "Version:",
            "no field IfsVersion",
            "--- !ifs-v1",
        ),
        ("Arch: arm", "Arch: brain", "unknown Arch", "Target"),
        ("BitWidth: 32", "BitWidth: 33", "no value 33", "Target"),
        ("ELF", "MachO", "only ELF", "Target"),
        (", Endianness: little", "", "no field Endianness", "Target"),
        ("OSABI: 3", "OSABI: 300", "no number that fits", "Target"),
        ("Type: Func", "Type: Fun", "no type Fun", "Type: Func"),
        ("Type: Func", "Type: 16", "no type 16", "Type: Func"),
        (
            "Placement: ReadOnly",
            "Placement: Here",
            "no placement Here",
            "Placement: ReadOnly",
        ),
        (
            "Type: Func",
            "Type: Func, Tpye: x",
            "Tpye has no meaning",
            "Type: Func",
        ),
        (
            "Type: Func",
            "Type: Func, Type: Func",
            "Type twice",
            "Type: Func",
        ),
        (
            "Undefined: true",
            "Undefined: maybe",
            "neither true nor false",
            "Undefined: true",
        ),
        ("Alias: ", "Alias: x", "not above it", "Alias: "),
        (
            "{ ReadOnly: 128 }",
            "{ ReadOnly: 32 }",
            "less than",
            "{ ReadOnly",
        ),
        (
            "{ ReadOnly: 128 }",
            "{ Here: 32 }",
            "no placement Here",
            "{ ReadOnly",
        ),
        (
            "WritableRelRo: ",
            "WritableRelRo: x",
            "neither true nor false",
            "WritableRelRo",
        ),
        ("Align: 128", "Align: 3", "power of two", "Align: 128"),
        (
            "Contents: \"",
            "Contents: \"x",
            "not hexadecimal",
            "Contents: \"",
        ),
        (
            "{ Name: both, Version: V_2",
            "{ Name: both, Version: V_9",
            "VersionDefinitions don't",
            "Name: both",
        ),
        (
            "Version: GLIBC_2.34",
            "Version: V_1",
            "VersionRequirements don't",
            "Name: dlopen",
        ),
        ("V_1 }", "V_1, Base: true }", "second Base", "{ Name: V_1"),
        ("0xb0008000", "0xb0008001", "no property", "Properties"),
        // Of aarch64 and riscv.
        ("0xb0008000", "0xc0000000", "no property", "Properties"),
        ("0x6ffffff5", "0x70000004", "not one of", "Attributes"),
        ("Flags: 0x0", "Flags: 0x40", "has flags", "Attributes"),
        ("Align: 1,", "Align: 3,", "no power of two", "Attributes"),
        (
            "Align: 1,",
            "Align: 0x20000,",
            "aligned to more",
            "Attributes",
        ),
        (
            ".gnu.attributes",
            ".dynamic",
            "dynamic section by",
            "Attributes",
        ),
        ("...\n", "--- !ifs-v1\n", "second document", "..."),
    ] {
        let (line, what) = fault(old, new);
        assert!(what.contains(part), "{old} -> {new}: {what}");
        let below = matches!(at, "Attributes" | "Properties");
        assert_eq!(line, line_of(at) + usize::from(below), "{new}");
    }
    let target = "Target: { Arch: arm, Endianness: big, BitWidth: 32 }";
    assert_eq!(
        fault_of(
            format!("--- !ifs-v1\nIfsVersion: 3.0\n{target}\nWritableRelRo: true\n").as_bytes()
        ),
        (4, "there is no data in RELRO".into())
    );
    assert_eq!(fault_of(b"").1, "nothing in it");
    assert_eq!(
        fault_of(b"--- !ifs-v1\nSoName: \xff\n"),
        (2, "not UTF-8".into())
    );
    assert!(fault_of(b"--- !ifs-v1\n{ [ }\n").1.contains("not YAML"));
    let deep = |depth| format!("--- !ifs-v1\na: {}", "[".repeat(depth));
    assert_eq!(
        fault_of(deep(100).as_bytes()),
        (2, "nested too deeply".into())
    );
    fault_of(deep(1_000_000).as_bytes());
    let wide: String = (0..100).map(|n| format!("f{n}: 1\n")).collect();
    assert!(
        fault_of(format!("--- !ifs-v1\n{wide}").as_bytes())
            .1
            .contains("too many")
    );
    assert!(
        fault_of(b"--- !ifs-v1\na: &x 1\nb: *x\n")
            .1
            .contains("aliases")
    );
}

/// What no file says is refused in a text, and not found out from a stub that
/// reads back differently.
#[test]
fn what_no_stub_can_say_is_a_fault() {
    let document = |target: &str, symbol: &str| {
        format!(
            "--- !ifs-v1\nIfsVersion: 3.0\nTarget: {{ {target} }}\n\
             Symbols:\n  - {{ Name: a, {symbol} }}\n"
        )
    };
    let wide = "Arch: x86_64, Endianness: little, BitWidth: 64";
    let narrow = "Arch: '386', Endianness: little, BitWidth: 32";
    let thumb = "Arch: arm, Endianness: little, BitWidth: 32";
    for (target, symbol, part) in [
        (wide, "Type: TLS, Placement: Data", "not thread-local"),
        (wide, "Type: TLS, Placement: Code", "not thread-local"),
        (wide, "Type: TLS, Placement: Absolute", "not thread-local"),
        (wide, "Type: Object, Placement: TLS", "of another type"),
        (wide, "Type: Object, Placement: Code", "but code"),
        (wide, "Type: Func, Placement: Data", "but data"),
        (wide, "Type: IFunc, Placement: Zero", "but data"),
        (wide, "Type: Func, Odd: true", "odd address"),
        (wide, "Type: Object, Binding: 0", "local"),
        (wide, "Type: Object, Binding: 10", "has a name"),
        (wide, "Type: 2", "has a name"),
        (wide, "Type: Object, Visibility: Hidden", "nobody sees"),
        (wide, "Type: Object, Other: 1", "nobody sees"),
        (wide, "Type: Func, Hidden: true", "no versions"),
        (narrow, "Type: Object, Size: 0x100000000", "32 bits"),
        (
            narrow,
            "Type: NoType, Placement: Absolute, Value: 0x100000000",
            "32 bits",
        ),
    ] {
        let (line, what) = fault_of(document(target, symbol).as_bytes());
        assert!(what.contains(part), "{symbol}: {what}");
        assert_eq!(line, 5, "{symbol}");
    }
    for (target, symbol) in [
        (wide, "Type: NoType, Placement: Code"),
        (wide, "Type: Func, Placement: Absolute"),
        (wide, "Type: Common, Placement: Zero"),
        (wide, "Type: Object, Other: 0x84"),
        (wide, "Type: Object, Undefined: true, Size: 4"),
        (wide, "Type: Object, Undefined: true, Visibility: Hidden"),
        (wide, "Type: 13, Binding: 13"),
        (wide, "Type: Object, Size: 0x100000000"),
        (thumb, "Type: Func, Odd: true"),
    ] {
        with_parsed(&document(target, symbol), |document| {
            elf::write(&document.interface).unwrap();
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_texts_are_faults_or_interfaces(
        at in any::<prop::sample::Index>(),
        length in 0..20usize,
        instead in prop_oneof![
            "[-{}\\[\\],:#&*!|>'\"%@`?~ \n\t0-9a-zA-Z]{0,12}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..8),
        ],
    ) {
        let mut text = EVERYTHING.as_bytes().to_vec();
        let from = at.index(text.len());
        let to = (from + length).min(text.len());
        text.splice(from..to, instead);
        let arena = Bump::new();
        // Nothing here panics, and what is an interface can be printed.
        if let Ok(document) = text::parse(&text, &arena) {
            let again = text::print(&document.interface, &document.policy);
            let arena = Bump::new();
            prop_assert_eq!(&text::parse(again.as_bytes(), &arena).unwrap(), &document);
            let _ = elf::write(&document.interface);
            let _ = elf::write(&normalize(document.interface, |_| false));
        }
    }
}

#[test]
fn extreme_numbers_are_faults_or_stubs() {
    let most = [
        u64::MAX,
        i64::MAX as u64,
        1 << 63,
        1 << 62,
        1 << 32,
        1 << 20,
    ];
    for placement in [
        "ReadOnly",
        "DataRelRo",
        "RelRo",
        "RelRoZero",
        "Data",
        "Zero",
        "TLS",
        "Code",
    ] {
        for bits in ["32", "64"] {
            for (size, other) in most.iter().flat_map(|a| most.map(|b| (*a, b))) {
                let is_data = !matches!(placement, "TLS" | "Code");
                let kind = if placement == "TLS" { "TLS" } else { "13" };
                let align = if is_data && other.is_power_of_two() {
                    format!(", Align: {other}")
                } else {
                    String::new()
                };
                let text = format!(
                    "--- !ifs-v1\nIfsVersion: 3.0\n\
                     Target: {{ Arch: arm, Endianness: big, BitWidth: {bits} }}\n\
                     Symbols:\n\
                    \x20 - {{ Name: a, Type: {kind}, Size: {size}, Placement: {placement}{align} }}\n\
                    \x20 - {{ Name: b, Type: {kind}, Size: {other}, Placement: {placement} }}\n"
                );
                let too_wide = bits == "32" && size.max(other) > u64::from(u32::MAX);
                match text::parse(text.as_bytes(), &Bump::new()) {
                    Ok(document) => {
                        let written = elf::write(&document.interface);
                        let code = written.map_err(|fault| fault.code());
                        assert!(matches!(code, Ok(_) | Err("SB0204")), "{text}: {code:?}");
                    }
                    Err(fault) => assert!(too_wide, "{text}: {fault}"),
                }
            }
        }
    }
}

#[test]
fn texts_of_llvm_ifs_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let library = library(
        directory.path(),
        "libllvm.so",
        &["-Wl,-soname,libllvm.so.1"],
    );
    let output = run(Command::new("llvm-ifs-19")
        .args(["--input-format=ELF", "--output-ifs=-"])
        .arg(&library));
    let text = String::from_utf8(output.stdout).unwrap();
    with_parsed(&text, |document| {
        let interface = document.interface;
        assert_eq!(*interface.soname.unwrap(), "libllvm.so.1");
        assert_eq!(interface.target, generator::target("x86_64"));
        let symbol = |name: &str| {
            let mut symbols = interface.symbols.iter();
            symbols.find(|symbol| *symbol.name == name).unwrap()
        };
        assert_eq!(
            symbol("function").definition,
            Definition::Code { odd: false }
        );
        assert_eq!(
            symbol("wanted").definition,
            Definition::Undefined { file: None }
        );
        assert_eq!(symbol("local").kind, Kind::Tls);
        assert_eq!(symbol("weak").binding, Binding::Weak);
        assert_eq!(symbol("data").size, 12);
        assert!(interface.objects.iter().all(|object| {
            *object
                == Object {
                    placement: Placement::Data,
                    alignment: 64,
                }
        }));
        elf::write(&normalize(interface.clone(), |_| false)).unwrap();
    });
    // The other ways in which it gives the target and warnings.
    let triple = "--- !ifs-v1\nIfsVersion: 3.0\nTarget: powerpc64le-unknown-linux-gnu\n\
                  Symbols:\n  - { Name: f, Type: Func, Warning: 'don''t' }\n...\n";
    with_parsed(triple, |document| {
        let interface = document.interface;
        assert_eq!(interface.target.machine, 21);
        assert_eq!(*interface.warnings[0].symbol, "f");
        assert_eq!(interface.warnings[0].message, b"don't\0");
    });
}

#[test]
fn llvm_ifs_reads_texts_without_our_fields() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.ifs");
    let llvm_ifs = |interface: &Interface| {
        fs::write(&path, printed(interface)).unwrap();
        let mut command = Command::new("llvm-ifs-19");
        command.arg("--output-ifs=-").arg(&path).output().unwrap()
    };
    let mut interface = generator::data(generator::target("x86_64"), Placement::Data);
    interface.symbols.truncate(2);
    interface.objects.truncate(2);
    interface.symbols[1].binding = Binding::Weak;
    let interface = normalize(interface, |_| false);
    let output = llvm_ifs(&interface);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        printed(&interface)
    );
    let mut versioned = interface;
    versioned.symbols[0].hidden = true;
    let output = llvm_ifs(&versioned);
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("unknown key 'Hidden'"), "{messages}");
}
