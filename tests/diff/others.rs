//! Changes of what is no definition, and of what no word is for.

use stub_builder::interface::diff::{ChangeKind, Undefined, Verdict};

use crate::changes::{changes_with, one, symbol};

use ChangeKind as Kind;
use Verdict::{Compatible, Incompatible};

#[test]
fn undefined_symbols_change() {
    let wanted = "w, Type: NoType, Undefined: true";
    let weak = "w, Type: NoType, Undefined: true, Weak: true";
    symbol(
        "",
        wanted,
        Kind::UndefinedAdded,
        Incompatible,
        "none of the libraries",
    );
    symbol("", weak, Kind::UndefinedAdded, Compatible, "if a program");
    symbol(
        wanted,
        "",
        Kind::UndefinedRemoved,
        Compatible,
        "no longer wanted",
    );
    symbol(weak, wanted, Kind::Binding, Incompatible, "in another way");
    let line = "Symbols: [ { Name: w, Type: Func, Undefined: true } ]";
    let all = changes_with("Symbols: []", line, Undefined::All);
    assert_eq!(
        (all[0].kind, all[0].verdict),
        (Kind::UndefinedAdded, Compatible)
    );
}

#[test]
fn what_is_no_symbol_changes() {
    let target = |arch: &str, rest: &str| {
        format!("Target: {{ Arch: {arch}, Endianness: little, BitWidth: 64{rest} }}\nSymbols: []")
    };
    let plain = target("riscv", "");
    one(
        &plain,
        &target("x86_64", ""),
        Kind::Machine,
        Incompatible,
        "another machine",
    );
    one(
        &plain,
        &target("riscv", ", Flags: 5"),
        Kind::Flags,
        Incompatible,
        "e_flags",
    );
    one(
        &plain,
        &target("riscv", ", OSABI: 3"),
        Kind::OsAbi,
        Compatible,
        "OSABI",
    );
    for (old, new, kind, verdict, words) in [
        (
            "SoName: a.so.1",
            "SoName: a.so.2",
            Kind::Soname,
            Incompatible,
            "old SONAME",
        ),
        (
            "",
            "NeededLibs: [ b.so ]",
            Kind::Needed,
            Compatible,
            "has to link them itself",
        ),
        (
            "",
            "Remarks: [ { Filter: b.so } ]",
            Kind::Remark,
            Incompatible,
            "supplies",
        ),
        (
            "",
            "Remarks: [ { Audit: b.so } ]",
            Kind::Remark,
            Compatible,
            "audited",
        ),
        (
            "VersionDefinitions: [ { Name: V } ]",
            "",
            Kind::VersionRemoved,
            Incompatible,
            "will not start",
        ),
        (
            "",
            "VersionDefinitions: [ { Name: V } ]",
            Kind::VersionAdded,
            Compatible,
            "a newer one",
        ),
        (
            "VersionDefinitions: [ { Name: a.so, Base: true } ]",
            "VersionDefinitions: [ { Name: b.so, Base: true } ]",
            Kind::BaseVersion,
            Compatible,
            "nothing asks for it",
        ),
        (
            "",
            "VersionDefinitions: [ { Name: A_private_1 } ]",
            Kind::VersionAdded,
            Compatible,
            "private version node",
        ),
        (
            "VersionDefinitions: [ { Name: V } ]",
            "VersionDefinitions: [ { Name: V, Parents: [ U ] } ]",
            Kind::VersionParents,
            Compatible,
            "inherits",
        ),
        (
            "VersionDefinitions: [ { Name: V } ]",
            "VersionDefinitions: [ { Name: V, Weak: true } ]",
            Kind::VersionFlags,
            Compatible,
            "warns instead",
        ),
        (
            "",
            "Warnings: [ { Symbol: f, Message: m } ]",
            Kind::Warning,
            Compatible,
            "print",
        ),
        (
            "Symbols: [ { Name: a, Type: Object, Placement: RelRo } ]",
            "WritableRelRo: true\nSymbols: [ { Name: a, Type: Object, Placement: RelRo } ]",
            Kind::Placement,
            Compatible,
            "lld takes data",
        ),
        (
            "",
            "Properties: [ { Type: 0xb0008000, Contents: \"00\" } ]",
            Kind::Properties,
            Incompatible,
            "GNU properties",
        ),
        (
            "",
            "Attributes: [ { Name: a, Type: 0x6ffffff5, Contents: \"00\" } ]",
            Kind::Attributes,
            Incompatible,
            "build attributes",
        ),
    ] {
        one(old, new, kind, verdict, words);
    }
}

#[test]
fn no_difference_goes_unseen() {
    let of = |symbols: &str, rest: &str| format!("{rest}\nSymbols: [ {symbols} ]");
    let (a, b) = ("{ Name: a, Type: Object }", "{ Name: b, Type: Object }");
    let plain = of(&format!("{a}, {b}"), "");
    one(
        &plain,
        &of(&format!("{b}, {a}"), ""),
        Kind::Layout,
        Compatible,
        "order of symbols",
    );
    let aligned = of(&format!("{a}, {b}"), "Alignments: { Data: 4096 }");
    one(
        &plain,
        &aligned,
        Kind::Layout,
        Compatible,
        "alignment of sections",
    );
    let asked = of(
        &format!("{a}, {b}"),
        "VersionRequirements: [ { File: c.so, Names: [ V ] } ]",
    );
    one(&plain, &asked, Kind::Layout, Compatible, "or the like");
}
