//! `stub-builder diff` on libraries, texts and trees.

use serde_json::Value;

use crate::lab::{Lab, last};

#[test]
fn command_compares_libraries_and_texts_in_any_mix() {
    let lab = Lab::new();
    let soname = &["-Wl,-soname,liba.so.1"];
    lab.library(
        "old/lib/liba.so.1.1",
        "gcc",
        "int f(void) { return 1; } int d;",
        soname,
    );
    lab.library(
        "new/lib/liba.so.1.2",
        "gcc",
        "int f(void) { return 2; } int d; int g;",
        soname,
    );
    lab.library(
        "bad/liba.so.1",
        "gcc",
        "int f(void) { return 2; } long d;",
        soname,
    );
    for side in ["old", "new"] {
        let out = lab.path(&format!("{side}-texts"));
        let out = out.to_str().unwrap();
        assert!(
            lab.output(&["interface", "--out", out], &[side])
                .status
                .success()
        );
    }
    let stubs = lab.path("old-stubs");
    let arguments = ["stubs", "--out", stubs.to_str().unwrap()];
    assert!(lab.output(&arguments, &["old"]).status.success());
    let old = [
        "old-stubs",
        "old-stubs/lib/liba.so.1.1",
        "old/lib/liba.so.1.1",
        "old-texts/lib/liba.so.1.1.ifs",
        "old",
        "old-texts",
    ];
    let new = [
        "new/lib/liba.so.1.2",
        "new-texts/lib/liba.so.1.2.ifs",
        "new",
        "new-texts",
    ];
    for a in old {
        for b in old {
            assert_eq!(lab.diff(&[], a, b).0, 0, "{a} {b}");
        }
        for b in new {
            let (status, text) = lab.diff(&[], a, b);
            assert_eq!((status, last(&text)), (4, "compatible"), "{a} {b}: {text}");
            assert!(
                text.starts_with("liba.so.1: compatible\n  + g: data added"),
                "{text}"
            );
        }
        let (status, text) = lab.diff(&[], a, "bad/liba.so.1");
        assert_eq!((status, last(&text)), (12, "incompatible"));
        assert!(text.contains("! d: data grew from 4 to 8 bytes"), "{text}");
        assert_eq!(lab.diff(&[], "bad", a).0, 12);
    }
    // A library that lies elsewhere: nothing else is said of it.
    let (_, text) = lab.diff(&[], "old", "new");
    assert!(
        text.contains("+ lib/liba.so.1.1: moved: it is lib/liba.so.1.2 now"),
        "{text}"
    );
}

#[test]
fn command_tells_in_json() {
    let lab = Lab::new();
    lab.library(
        "old.so",
        "g++",
        "namespace n { int f(int) { return 1; } int d; }",
        &[],
    );
    lab.library(
        "new.so",
        "g++",
        "namespace n { int f(int) { return 1; } long d; }",
        &[],
    );
    let (status, text) = lab.diff(&["--json"], "old.so", "new.so");
    assert_eq!(status, 12);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["verdict"], "incompatible");
    assert_eq!(report["library_verdict"], "incompatible");
    let change = &report["libraries"][0]["changes"][0];
    assert_eq!(change["subject"], "_ZN1n1dE");
    assert_eq!(change["demangled"], "n::d");
    assert_eq!(change["kind"], "size");
    assert_eq!((&change["old"], &change["new"]), (&"4".into(), &"8".into()));
    assert!(change["why"].as_str().unwrap().contains("copy relocation"));
}

#[test]
fn command_compares_what_else_is_in_a_tree() {
    let lab = Lab::new();
    for side in ["old", "new"] {
        let path = format!("{side}/lib/liba.so");
        lab.library(&path, "gcc", "int f;", &["-Wl,-soname,liba.so"]);
        lab.write(&format!("{side}/include/a.h"), "extern int f;\n");
        lab.write(&format!("{side}/share/doc/a"), side);
        let link = lab.path(&format!("{side}/lib/liba-link.so"));
        std::os::unix::fs::symlink("liba.so", link).unwrap();
    }
    assert_eq!(
        lab.diff(&[], "old", "new"),
        (0, "liba.so: identical\nidentical\n".into())
    );

    lab.write("new/include/b.h", "");
    let (status, text) = lab.diff(&[], "old", "new");
    assert_eq!((status, last(&text)), (4, "compatible"));
    assert!(text.contains("+ include/b.h: added"), "{text}");
    assert!(text.contains("headers added: 1\n"), "{text}");
    assert_eq!(lab.diff(&[], "new", "old").0, 12);

    lab.write("new/include/a.h", "extern long f;\n");
    let (status, text) = lab.diff(&[], "old", "new");
    assert_eq!((status, last(&text)), (12, "incompatible"));
    assert!(text.contains("liba.so: identical\n"), "{text}");
    assert!(
        text.contains(
            "! include/a.h: changed: more than comments and additions: structures, inline"
        ),
        "{text}"
    );
    assert!(
        text.contains("libraries: 1 identical; headers added: 1; headers changed: 1\n"),
        "{text}"
    );
    assert_eq!(lab.diff(&["--only-libraries"], "old", "new").0, 0);
    assert_eq!(lab.diff(&["--exclude", "include"], "old", "new").0, 0);

    // Libraries on one side only.
    lab.library("new/lib/libb.so", "gcc", "int g;", &["-Wl,-soname,libb.so"]);
    let (status, text) = lab.diff(&["--only-libraries"], "old", "new");
    assert_eq!(status, 4);
    assert!(
        text.contains("libb.so: compatible: a new library\n"),
        "{text}"
    );
    let (status, text) = lab.diff(&["--only-libraries"], "new", "old");
    assert_eq!(status, 12);
    assert!(
        text.contains("libb.so: incompatible: the library is gone"),
        "{text}"
    );
}

#[test]
fn command_fails_where_there_is_nothing_to_compare() {
    let lab = Lab::new();
    lab.library("a/liba.so", "gcc", "int f;", &["-Wl,-soname,liba.so"]);
    lab.library("b/libb.so", "gcc", "int f;", &["-Wl,-soname,libb.so"]);
    lab.write("empty/share/doc/x", "x");
    lab.write("bad.ifs", "--- !ifs-v1\nIfsVersion: 3.0\n");
    for (old, new, code) in [
        ("a", "nowhere", "SB0101"),
        ("a", "empty", "SB0602"),
        ("a/liba.so", "b", "SB0602"),
        ("a", "bad.ifs", "SB0601"),
        ("a/liba.so", "empty/share/doc/x", "SB0602"),
    ] {
        for (old, new) in [(old, new), (new, old)] {
            let output = lab.output(&["diff"], &[old, new]);
            assert_eq!(output.status.code(), Some(1), "{old} {new}");
            let messages = String::from_utf8(output.stderr).unwrap();
            assert!(messages.contains(code), "{old} {new}: {messages}");
        }
    }
    assert_eq!(lab.output(&["diff"], &["a"]).status.code(), Some(2));
    let output = lab.output(&["diff", "--drop-private", "[a"], &["a", "a"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("SB0108"));
}
