//! What programs and libraries import, and what an update means to them.

#[path = "check/lab.rs"]
#[allow(dead_code)]
mod lab;

use std::process::{Command, Output};

use lab::Lab;

fn run(lab: &Lab, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stub-builder"))
        .args(arguments.split_whitespace())
        .current_dir(lab.path(""))
        .env_remove("NIX_BUILD_TOP")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const V1: &str = "A_1 { global: used; unused; data; local: *; };";

/// A library with versions, one without, and a program and a library on them.
fn lab() -> Lab {
    let lab = Lab::new();
    let source = "int data = 1; int used(void) { return data; } int unused(void) { return 2; }";
    lab.versioned("old/liba.so.1", source, V1);
    lab.library(
        "old/libb.so",
        "int plain(void) { return 3; } int spare(void) { return 4; }",
        "",
    );
    let program = "int used(void), plain(void), own(void); extern int data; int main(void) { return used() + plain() + own() + data; }";
    lab.library(
        "tree/lib/libown.so",
        "int used(void); int own(void) { return used(); }",
        "old/liba.so.1",
    );
    lab.write("tree/share/text", "no ELF file");
    lab.program(
        "tree/bin/program",
        program,
        "-nostartfiles -Wl,-e,main tree/lib/libown.so old/libb.so old/liba.so.1",
    );
    lab
}

#[test]
fn imports_are_listed_by_the_library_that_supplies_them() {
    let lab = lab();
    let output = run(&lab, "imports tree");
    assert!(output.status.success(), "{output:?}");
    let lines = text(&output.stdout);
    for line in [
        "liba.so.1 data@A_1",
        "liba.so.1 used@A_1",
        "libb.so",
        "* plain",
    ] {
        assert!(lines.lines().any(|one| one == line), "{line}: {lines}");
    }
    // Its own library supplies itself.
    assert!(!lines.contains("libown.so"), "{lines}");
    assert!(!lines.contains("unused"), "{lines}");
    let json: serde_json::Value =
        serde_json::from_slice(&run(&lab, "imports --json tree").stdout).unwrap();
    assert_eq!(json["libraries"]["liba.so.1"][1]["name"], "used");
    assert_eq!(json["libraries"]["liba.so.1"][1]["version"], "A_1");
}

#[test]
fn changes_count_if_something_imports_what_changes() {
    let lab = lab();
    lab.write("imports.json", run(&lab, "imports --json tree").stdout);
    let diff = |new: &str, old: &str| {
        let whole = run(&lab, &format!("diff {old} {new}"));
        let output = run(&lab, &format!("diff --imports imports.json {old} {new}"));
        (
            whole.status.code().unwrap(),
            output.status.code().unwrap(),
            text(&output.stdout),
        )
    };
    let versions = |symbols: &str| format!("A_1 {{ global: {symbols}; local: *; }};");
    let source = "int data = 1; int used(void) { return data; } int unused(void) { return 2; }";

    lab.versioned("unused/liba.so.1", source, &versions("used; data"));
    let (whole, noticed, said) = diff("unused/liba.so.1", "old/liba.so.1");
    assert_eq!((whole, noticed), (12, 4), "{said}");
    assert!(said.contains("unused@@A_1: function removed"), "{said}");
    assert!(said.contains("; nothing that is imported"), "{said}");

    lab.versioned("used/liba.so.1", source, &versions("unused; data"));
    assert_eq!(diff("used/liba.so.1", "old/liba.so.1").1, 12);
    lab.versioned(
        "grown/liba.so.1",
        &source.replace("int data", "long data"),
        V1,
    );
    assert_eq!(diff("grown/liba.so.1", "old/liba.so.1").1, 12);
    let renamed = "A_2 { global: used; unused; data; local: *; };";
    lab.versioned("renamed/liba.so.1", source, renamed);
    assert_eq!(diff("renamed/liba.so.1", "old/liba.so.1").1, 12);

    // Without a version it may be any library's that is loaded.
    lab.library("spare/libb.so", "int plain(void) { return 3; }", "");
    assert_eq!(diff("spare/libb.so", "old/libb.so").1, 4);
    lab.library("plain/libb.so", "int spare(void) { return 3; }", "");
    assert_eq!(diff("plain/libb.so", "old/libb.so").1, 12);

    // A library that nothing needs may go.
    lab.library("more/libc1.so", "int c;", "");
    lab.library("more/libd1.so", "int d;", "");
    lab.library("less/libd1.so", "int d;", "");
    let (whole, noticed, said) = diff("less", "more");
    assert_eq!((whole, noticed), (12, 4), "{said}");
}

#[test]
fn lists_that_cannot_be_read_are_a_problem() {
    let lab = lab();
    lab.write("bad.json", "{\"libraries\": {}}");
    for (file, code) in [("bad.json", "SB0603"), ("none.json", "SB0101")] {
        let output = run(
            &lab,
            &format!("diff --imports {file} old/libb.so old/libb.so"),
        );
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(code), "{output:?}");
    }
    assert_eq!(run(&lab, "imports").status.code(), Some(2));
    assert!(text(&run(&lab, "imports none").stderr).contains("SB0101"));
}
