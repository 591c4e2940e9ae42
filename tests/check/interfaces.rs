//! Interfaces against the libraries that they stand for.

use crate::lab::Lab;

const OLD: &str = "int f(void) { return 1; } int data[4]; __thread int t;";

#[test]
fn a_library_with_more_still_provides_its_interface() {
    let lab = Lab::new();
    lab.library("old/lib/liba.so.1", OLD, "");
    lab.stubs("old", "stubs", "");
    // It may lie elsewhere, under another name, and have more.
    let source = format!("{OLD} int g(void) {{ return 2; }}");
    lab.library("new/deep/down/liba.so.1", &source, "");
    lab.run("mv new/deep/down/liba.so.1 new/deep/down/liba.so.1.2.3");
    let checked = lab.check("stubs --against new");
    checked.finds(&[], &[]);
    assert!(
        checked.stdout.contains("1 interface, "),
        "{}",
        checked.stdout
    );
}

#[test]
fn a_library_with_less_does_not() {
    let lab = Lab::new();
    lab.library("old/lib/liba.so.1", OLD, "");
    lab.stubs("old", "stubs", "");
    for (source, text) in [
        ("int data[4]; __thread int t;", "f: function removed"),
        (
            "int f(void) { return 1; } int data[5]; __thread int t;",
            "data (16, now 20): data grew",
        ),
        (
            "int f(void) { return 1; } int data[4]; int t;",
            "t (thread-local data",
        ),
        ("int f; int data[4]; __thread int t;", "f (function, "),
    ] {
        lab.library("new/lib/liba.so.1", source, "");
        let start =
            "SB0807: stubs/lib/liba.so.1: new/lib/liba.so.1 no longer provides this interface: ";
        let checked = lab.check("stubs --against new");
        checked.finds(&["error SB0807"], &[start, text]);
    }
}

#[test]
fn a_library_that_is_gone_does_not() {
    let lab = Lab::new();
    lab.library("old/lib/liba.so.1", OLD, "");
    lab.stubs("old", "stubs", "");
    lab.library("new/lib/liba.so.2", OLD, "");
    lab.library(
        "new/lib32/liba.so.1",
        "int f(void) { return 1; }",
        "-m32 -nostdlib",
    );
    // The stub itself is not the library.
    lab.run("cp stubs/lib/liba.so.1 new/lib/liba.so.1");
    let texts = [
        "SB0808: stubs/lib/liba.so.1: no library provides this interface: nothing with the SONAME liba.so.1, for this machine, in new\n",
    ];
    lab.check("stubs --against new")
        .finds(&["error SB0808"], &texts);
}

#[test]
fn policies_and_undefined_symbols_are_not_held_against_a_stub() {
    let lab = Lab::new();
    let source = "int f(void) { return 1; } int private(void) { return 2; } int wanted(void); int g(void) { return wanted(); }";
    let script = "V1 { f; g; }; V_PRIVATE { private; } V1;";
    lab.versioned("old/liba.so.1", source, script);
    for (policy, needs_private) in [
        ("--drop-private *PRIVATE*", false),
        ("--keep-undefined", true),
        ("--profile exact", true),
    ] {
        lab.stubs("old", "stubs", policy);
        lab.check("stubs --against old").finds(&[], &[]);
        let source = "int f(void) { return 1; } int g(void) { return 1; }";
        lab.versioned("new/liba.so.1", source, "V1 { f; g; };");
        let expected: &[&str] = if needs_private {
            &["error SB0807"]
        } else {
            &[]
        };
        lab.check("stubs --against new").finds(expected, &[]);
        lab.run("rm -r stubs");
    }
}

#[test]
fn texts_are_interfaces_too() {
    let lab = Lab::new();
    lab.library("old/liba.so.1", OLD, "");
    let program = env!("CARGO_BIN_EXE_stub-builder");
    lab.run(&format!("{program} interface old --out texts"));
    lab.check("texts --against old").finds(&[], &[]);
    lab.check("texts/liba.so.1.ifs --against old")
        .finds(&[], &[]);
    lab.library("new/liba.so.1", "int f(void) { return 1; }", "");
    lab.check("texts --against new")
        .finds(&["error SB0807"], &["data: ", "t: "]);
    // And had what a library imports.
    lab.library(
        "tree/libuser.so",
        "extern int data[]; int u(void) { return data[0]; }",
        "old/liba.so.1",
    );
    lab.check("tree --against new --interface texts").finds(
        &["error SB0807", "error SB0801"],
        &["imports data: not in liba.so.1"],
    );
    lab.write("texts/broken.ifs", "--- !ifs-v1\nIfsVersion: 3.0\n");
    let checked = lab.check("texts --against old");
    checked.finds(&["error SB0601"], &["texts/broken.ifs"]);
}

#[test]
fn stubs_among_programs_are_left_overs() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", "int f(void) { return 1; }", "");
    lab.stubs("real", "stubs", "");
    lab.program(
        "tree/bin/main",
        "int f(void); int main(void) { return f(); }",
        "real/liba.so.1 -Wl,-rpath,$ORIGIN/../lib",
    );
    lab.run("mkdir tree/lib");
    lab.run("cp stubs/liba.so.1 tree/lib");
    let texts = [
        "SB0805: tree/lib/liba.so.1: is a stub, which is for linking only",
        "SB0806: tree/bin/main: loads a stub, which is for linking only: tree/bin/../lib/liba.so.1",
    ];
    lab.check("tree --against real")
        .finds(&["error SB0806", "error SB0805"], &texts);
    lab.run("cp real/liba.so.1 tree/lib");
    lab.check("tree --against real").finds(&[], &[]);
    // A RUNPATH that still leads to the interface tree.
    lab.run("patchelf --set-rpath stubs tree/bin/main");
    lab.check("tree --against real")
        .finds(&["error SB0806"], &["only: stubs/liba.so.1"]);
}
