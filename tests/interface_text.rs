//! Interfaces as text: what they look like, that nothing is lost on the way
//! there and back, and what `llvm-ifs` and the command make of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bumpalo::Bump;
use stub_builder::elf::{self, FileKind};
use stub_builder::interface::{
    Alignment, Definition, Interface, Kind, Placement, Policy, Version, Warning, normalize, text,
};

#[path = "interface_text/command.rs"]
mod command;
#[path = "interface_text/faults.rs"]
mod faults;
#[path = "golden/generator.rs"]
#[allow(dead_code)]
mod generator;
#[path = "interface_text/llvm.rs"]
mod llvm;

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
    interface
        .alignments
        .insert(Placement::ReadOnly, Alignment::at_most(128));
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
