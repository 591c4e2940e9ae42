//! Texts that say what is wrong, or what no stub can say.

use bumpalo::Bump;
use proptest::prelude::*;
use stub_builder::elf;
use stub_builder::interface::{normalize, text};
use stub_builder::problem::Fault;

use crate::{EVERYTHING, with_parsed};

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
