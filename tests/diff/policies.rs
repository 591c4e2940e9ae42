//! What policies leave out, and that nobody forgets them.

use std::fs;
use std::process::Command;

use bumpalo::Bump;
use stub_builder::interface::{Policy, text};

use crate::lab::{Lab, PROGRAM, interface_text};

#[test]
fn policy_drops_private_nodes() {
    let lab = Lab::new();
    let library = |name: &str, private: &str| {
        lab.write(
            "a.map",
            "A_PRIVATE { global: p*; }; A_1 { global: f; local: *; } A_PRIVATE;",
        );
        let source = format!("int f(void) {{ return 1; }} {private}");
        let map = format!("-Wl,--version-script={}", lab.path("a.map").display());
        lab.library(name, "gcc", &source, &[&map, "-Wl,-soname,a.so"]);
    };
    library("old.so", "int p; int p1;");
    library("new.so", "long p; int p2;");
    let (status, text) = lab.diff(&[], "old.so", "new.so");
    assert_eq!(status, 12);
    assert!(text.contains("private version node (A_PRIVATE)"), "{text}");
    assert_eq!(
        lab.diff(&["--drop-private", "*PRIVATE*"], "old.so", "new.so")
            .0,
        0
    );
    assert_eq!(
        lab.diff(&["--drop-private", "*private*"], "old.so", "new.so")
            .0,
        12
    );
    // A text that was made so knows it: the library is seen in the same way.
    let text = lab.path("old.ifs");
    let arguments = [
        "interface",
        "--drop-private",
        "A_*E",
        "-o",
        text.to_str().unwrap(),
    ];
    assert!(lab.output(&arguments, &["old.so"]).status.success());
    assert_eq!(lab.diff(&[], "old.ifs", "new.so").0, 0);
    assert_eq!(lab.diff(&[], "new.so", "old.ifs").0, 0);
    let text = fs::read_to_string(text).unwrap();
    assert!(
        !text.contains("PRIVATE") || text.matches("PRIVATE").count() == 0,
        "{text}"
    );
    assert!(
        text.contains("Policy:          { DropPrivate: [ \"A_*E\" ] }\n"),
        "{text}"
    );
}

const TEMPLATES: &str = r#"
namespace std {
    template <class T> struct vector { void push(T); static T one; T *at; };
    template <class T> void vector<T>::push(T t) { at = &one; *at = t; }
    template <class T> T vector<T>::one;
}
namespace own {
    template <class T> struct list { void push(T); };
    template <class T> void list<T>::push(T) { }
    inline void inlined() { }
    void strong() { std::vector<int> v; v.push(1); list<int> l; l.push(2); inlined(); }
}
template <class T> void global(T) { }
struct Class { Class() { } void inlined() { } };
void use() { global(1); Class().inlined(); }
"#;

#[test]
fn policy_drops_foreign_templates() {
    let lab = Lab::new();
    let inlined = "static int keep;\nnamespace own {\n    template <class T> struct list { void push(T); };\n    template <class T> void list<T>::push(T) { }\n    inline void inlined() { }\n    void strong() { list<int> l; l.push(2); inlined(); }\n}\ntemplate <class T> void global(T) { }\nstruct Class { Class() { } void inlined() { } };\nvoid use() { global(1); Class().inlined(); }\n";
    lab.library("old.so", "g++", TEMPLATES, &["-O0"]);
    lab.library("new.so", "g++", inlined, &["-O0"]);
    let (status, text) = lab.diff(&[], "old.so", "new.so");
    assert_eq!(status, 12);
    let removed = text.lines().filter(|line| line.starts_with("  ! "));
    assert_eq!(removed.clone().count(), 2, "{text}");
    for line in removed {
        assert!(line.contains("foreign namespace (std::)"), "{line}");
    }
    assert_eq!(
        lab.diff(&["--drop-foreign-templates"], "old.so", "new.so")
            .0,
        0
    );
    let output = lab.output(&["interface", "--drop-foreign-templates"], &["old.so"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  - { Name: ")?.split(',').next())
        .collect();
    assert_eq!(
        names,
        [
            "_Z3usev",
            "_Z6globalIiEvT_",
            "_ZN3own4listIiE4pushEi",
            "_ZN3own6strongEv",
            "_ZN3own7inlinedEv",
            // Nothing of a class that is in no namespace is foreign.
            "_ZN5Class7inlinedEv",
            "_ZN5ClassC1Ev",
            "_ZN5ClassC2Ev",
        ]
    );
    // A library that is std itself keeps all of it.
    let std = format!("{TEMPLATES}\nnamespace std {{ void own() {{ }} }}");
    lab.library("std.so", "g++", &std, &["-O0"]);
    assert_eq!(
        lab.diff(&["--drop-foreign-templates"], "std.so", "old.so")
            .0,
        12
    );
    let output = lab.output(&["interface", "--drop-foreign-templates"], &["std.so"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("_ZNSt6vectorIiE4pushEi"), "{text}");
}

#[test]
fn policy_keeps_undefined_symbols() {
    let lab = Lab::new();
    lab.library(
        "libdep.so",
        "gcc",
        "int dep(void) { return 1; }",
        &["-Wl,-soname,libdep.so"],
    );
    let dep = lab.path("libdep.so");
    let dep = dep.to_str().unwrap();
    let source = |body: &str| format!("int dep(void); int f(void) {{ return {body}; }}");
    lab.library(
        "old.so",
        "gcc",
        &source("dep()"),
        &["-Wl,--no-as-needed", dep],
    );
    lab.library("new.so", "gcc", &source("1"), &["-Wl,--no-as-needed", dep]);
    let here = lab.path("");
    let path = ["--library-path", here.to_str().unwrap()];
    assert_eq!(lab.diff(&path, "old.so", "new.so").0, 0);
    let keep = [&path[..], &["--keep-undefined"]].concat();
    let (status, text) = lab.diff(&keep, "old.so", "new.so");
    assert_eq!(status, 4, "{text}");
    assert!(text.contains("+ dep: no longer wanted"), "{text}");
    let (status, text) = lab.diff(&keep, "new.so", "old.so");
    assert_eq!(status, 4, "{text}");
    // Not found: they are not compared, and that is said.
    let output = lab.output(&["diff"], &["old.so", "new.so"]);
    assert_eq!(output.status.code(), Some(0));
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(
        messages.contains("needs libdep.so, not found"),
        "{messages}"
    );
}

#[test]
fn policies_are_attributes_of_the_builder_too() {
    let lab = Lab::new();
    lab.write("a.map", "A_PRIVATE { global: p; }; A_1 { global: *; };");
    let map = format!("-Wl,--version-script={}", lab.path("a.map").display());
    lab.library("a/liba.so", "g++", TEMPLATES, &["-O0", &map]);
    let stub = |out: &str, attributes: &[(&str, &str)], flags: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.arg("stubs").args(flags);
        if flags.is_empty() {
            command.env("NIX_BUILD_TOP", lab.0.path());
            command.env("src", lab.path("a")).env("out", lab.path(out));
            command.envs(attributes.iter().copied());
        } else {
            command.env_remove("NIX_BUILD_TOP");
            command.arg(lab.path("a")).arg("--out").arg(lab.path(out));
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        fs::read(lab.path(out).join("liba.so")).unwrap()
    };
    let flags = [
        "--drop-private",
        "*PRIVATE*",
        "--drop-foreign-templates",
        "--keep-undefined",
    ];
    let attributes = [
        ("dropPrivate", "*PRIVATE*"),
        ("dropForeignTemplates", "1"),
        ("keepUndefined", "1"),
    ];
    let by_flags = stub("by-flags", &[], &flags);
    assert!(stub("by-attributes", &attributes, &[]) == by_flags);
    assert!(stub("without", &[], &[]) != by_flags);
}

#[test]
fn policy_keeps_what_undefined_symbols_need() {
    let text = interface_text(
        "NeededLibs: [ b.so, a.so ]\n\
         VersionRequirements:\n\
        \x20 - { File: b.so, Names: [ V_2, V_1, UNUSED ] }\n\
        \x20 - { File: unused.so, Names: [ V ] }\n\
        \x20 - { File: a.so, Names: [ V ] }\n\
         Symbols:\n\
        \x20 - { Name: y, Version: V_2, File: b.so, Type: Func, Undefined: true }\n\
        \x20 - { Name: x, Version: V_1, File: b.so, Type: Func, Undefined: true }\n\
        \x20 - { Name: w, Version: V, File: a.so, Type: Func, Undefined: true }\n\
        \x20 - { Name: v, Type: Func, Undefined: true }",
    );
    let arena = Bump::new();
    let interface = text::parse(text.as_bytes(), &arena).unwrap().interface;
    let keep = Policy {
        keep_undefined: true,
        ..Policy::default()
    };
    let kept = keep.canonical(interface.clone(), |_| true).unwrap();
    let names: Vec<String> = kept.symbols.iter().map(|s| s.name.to_string()).collect();
    assert_eq!(names, ["v", "w", "x", "y"]);
    assert_eq!(kept.needed, interface.needed);
    let requirements: Vec<String> = kept
        .requirements
        .iter()
        .flat_map(|r| {
            r.versions
                .iter()
                .map(move |v| format!("{} {}", r.file, v.name))
        })
        .collect();
    assert_eq!(requirements, ["a.so V", "b.so V_1", "b.so V_2"]);
    assert_eq!(keep.canonical(kept.clone(), |_| true).unwrap(), kept);
    let dropped = Policy::default().canonical(interface, |_| true).unwrap();
    assert!(dropped.symbols.is_empty() && dropped.needed.is_empty());
}

#[test]
fn policies_add_up() {
    let one = Policy {
        drop_private: vec!["b".into(), "a".into()],
        ..Policy::default()
    };
    let other = Policy {
        drop_private: vec!["a".into()],
        keep_undefined: true,
        ..Policy::default()
    };
    let both = Policy {
        drop_private: vec!["a".into(), "b".into()],
        drop_foreign_templates: false,
        keep_undefined: true,
    };
    assert_eq!(one.union(&other), both);
    assert_eq!(other.union(&one), both);
}
