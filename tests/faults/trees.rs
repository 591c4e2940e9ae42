//! Packages that mean no good, and large ones.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use bstr::BStr;
use stub_builder::elf;
use stub_builder::interface::{
    Alignment, Definition, Interface, Kind, Object, Placement, Symbol, Version,
};

use crate::generator;
use crate::lab::{Lab, messages};

/// In a library that no package may give away.
const SECRET: &str = "secret_of_another";

fn library(names: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut interface = functions(names);
    interface.soname = Some(BStr::new("libx.so.1"));
    elf::write(&interface).unwrap()
}

/// Functions of these names.
fn functions(names: impl IntoIterator<Item = String>) -> Interface<'static> {
    functions_for("x86_64", names)
}

fn functions_for(machine: &str, names: impl IntoIterator<Item = String>) -> Interface<'static> {
    let mut interface = generator::functions(generator::target(machine));
    let one = interface.symbols[0].clone();
    let symbol = |name: String| Symbol {
        name: BStr::new(String::leak(name)),
        version: None,
        hidden: false,
        ..one.clone()
    };
    interface.symbols = names.into_iter().map(symbol).collect();
    interface.versions = Vec::new();
    interface.requirements = Vec::new();
    interface
}

/// Variables of these names.
fn data_for(machine: &str, names: impl IntoIterator<Item = String>) -> Interface<'static> {
    const ALIGNMENT: Alignment = Alignment::at_most(64);
    let mut interface = functions_for(machine, names);
    let placement = Placement::Data;
    for (object, symbol) in interface.symbols.iter_mut().enumerate() {
        symbol.kind = Kind::Object;
        symbol.size = 4;
        symbol.definition = Definition::Data { object };
    }
    let object = Object {
        placement,
        alignment: ALIGNMENT,
    };
    interface.objects = vec![object; interface.symbols.len()];
    interface.alignments = [(placement, ALIGNMENT)].into();
    interface
}

fn errors(output: &Output) -> Vec<String> {
    let text = messages(output);
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("stub-builder: error: "));
    lines
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Links that would lead outside, in every way there is: each is a problem, and
/// nothing of what is there is looked at.
#[test]
fn no_link_leads_to_what_is_not_the_packages() {
    let lab = Lab::new();
    let outside = lab.path("outside");
    fs::create_dir_all(outside.join("lib")).unwrap();
    let secret = outside.join("lib/libsecret.so");
    fs::write(&secret, library([SECRET.to_owned()])).unwrap();
    fs::write(outside.join("x.h"), format!("int {SECRET};\n")).unwrap();
    lab.add("include/own.h", "");
    let package = lab.package();
    let link = |target: &str, name: &str| symlink(target, package.join(name)).unwrap();
    link(secret.to_str().unwrap(), "lib/liba.so");
    link("../../outside/lib/libsecret.so", "lib/libb.so");
    link("../../outside", "lib/directory");
    link("directory/lib/libsecret.so", "lib/libc.so");
    link("libc.so", "lib/libd.so");
    link(
        "../../../../../../../../../../../../etc/passwd",
        "include/passwd.h",
    );
    link("/proc/self/environ", "include/environ.h");
    link("/proc/self/cwd", "include/here");
    link(
        &format!("{}/../outside/x.h", package.display()),
        "include/up.h",
    );
    link("loop", "include/loop");
    link("b", "include/a");
    link("a", "include/b");
    let output = lab.stubs(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!messages(&output).contains(SECRET));
    let expected = [
        "SB0104 include/a",
        "SB0104 include/b",
        "SB0105 include/environ.h",
        "SB0105 include/here",
        "SB0104 include/loop",
        "SB0105 include/passwd.h",
        "SB0105 include/up.h",
        "SB0105 lib/directory",
        "SB0105 lib/liba.so",
        "SB0105 lib/libb.so",
        "SB0105 lib/libc.so",
        "SB0105 lib/libd.so",
    ];
    assert_eq!(errors(&output), expected, "{}", messages(&output));
    assert!(!lab.out().exists() && lab.litter().is_empty());
}

/// A linker script, a `.pc` file and the like may name files anywhere.
#[test]
fn no_text_brings_in_what_is_not_the_packages() {
    let lab = Lab::new();
    let outside = lab.path("libsecret.so");
    fs::write(&outside, library([SECRET.to_owned()])).unwrap();
    let path = outside.display();
    lab.add("lib/liba.so", format!("INPUT({path})\n"));
    lab.add("lib/libb.so", "INPUT(../../libsecret.so)\n");
    lab.add(
        "lib/pkgconfig/x.pc",
        format!("Name: x\nVersion: 1\nDescription: x\nLibs: {path}\n"),
    );
    let output = lab.stubs(&[]);
    if output.status.success() {
        let found = Command::new("grep")
            .args(["-r", SECRET])
            .arg(lab.out())
            .output();
        assert!(!found.unwrap().status.success());
        assert_eq!(fs::read_dir(lab.out().join("lib")).unwrap().count(), 3);
    }
}

/// A directory in one source, and in the other a link in its place, through
/// which files would be written elsewhere.
#[test]
fn nothing_is_written_through_a_link() {
    let lab = Lab::new();
    let elsewhere = lab.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    lab.add("include/x.h", "");
    let second = lab.path("second");
    fs::create_dir(&second).unwrap();
    symlink(&elsewhere, second.join("include")).unwrap();
    for follow in [false, true] {
        let mut command = Command::new(crate::lab::PROGRAM);
        command.arg("stubs").arg(lab.package()).arg(&second);
        command
            .arg("--out")
            .arg(lab.out())
            .env_remove("NIX_BUILD_TOP");
        if follow {
            command.arg("--follow").arg(&elsewhere);
        }
        let output = command.output().unwrap();
        assert!(
            output.status.code().is_some_and(|code| code < 2),
            "{}",
            messages(&output)
        );
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
        let _ = fs::remove_dir_all(lab.out());
    }
}

#[test]
fn names_may_be_anything_or_are_problems() {
    let lab = Lab::new();
    lab.add("include/two\nlines.h", "");
    lab.add("include/\u{1b}[31m.h", "");
    lab.add("include/Foo.h", "upper");
    lab.add("include/foo.h", "lower");
    let output = lab.stubs(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
    for (name, text) in [("Foo.h", "upper"), ("foo.h", "lower"), ("two\nlines.h", "")] {
        let path = lab.out().join("include").join(name);
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
    fs::remove_dir_all(lab.out()).unwrap();

    // Nothing of a name can be mistaken for a message.
    lab.add("lib/x\nstub-builder: error: SB9999: y.so", "\x7fELF\x07");
    fs::write(lab.package().join(OsStr::from_bytes(b"include/\xff.h")), "").unwrap();
    let _socket = UnixListener::bind(lab.package().join("socket")).unwrap();
    let output = lab.stubs(&[]);
    assert_eq!(output.status.code(), Some(1));
    let expected = [
        "SB0102 include/\u{fffd}.h",
        r"SB0202 lib/x\nstub-builder",
        "SB0107 socket",
    ];
    assert_eq!(errors(&output), expected, "{}", messages(&output));
}

#[test]
fn ten_thousand_libraries_in_two_hundred_thousand_files() {
    let lab = Lab::new();
    let (libraries, files) = match std::env::var_os("SOAK") {
        Some(_) => (10_000, 200_000),
        None => (500, 10_000),
    };
    let library = lab.add("lib/first.so", library(["x".to_owned()]));
    for index in 0..libraries {
        let name = format!("lib/lib{index}.so");
        fs::hard_link(&library, lab.package().join(name)).unwrap();
    }
    // A file of its own in each directory: ext4 lets a file have 65,000 names.
    for directory in 0..files / 1000 {
        let first = lab.add(&format!("include/{directory}/first.h"), "");
        for index in 1..1000 {
            let name = format!("include/{directory}/{index}.h");
            fs::hard_link(&first, lab.package().join(name)).unwrap();
        }
    }
    let output = lab.stubs(&["timeout", "600"]);
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
    let start = format!("stub-builder: {} stubs", libraries + 1);
    assert!(messages(&output).contains(&start), "{}", messages(&output));
}

/// Within the second and the memory that a file of this size may take.
#[test]
fn a_million_symbols() {
    let count = match std::env::var_os("SOAK") {
        Some(_) => 1_000_000,
        None => 100_000,
    };
    let long = || (0..count).map(|index| format!("one_of_very_many_{index:07}"));
    // In files with little in them but symbols, of either size.
    let short = || (0..count).map(|index| format!("{index:05x}"));
    for interface in [
        functions(long()),
        data_for("x86_64", long()),
        data_for("x86_64", short()),
        data_for("i386", short()),
    ] {
        let lab = Lab::new();
        let bytes = elf::write(&interface).unwrap();
        let length = bytes.len();
        lab.add("lib/libx.so.1", bytes);
        let started = Instant::now();
        let limit = format!("--data={}", (64 << 20) + 4 * length);
        let output = lab.stubs(&["prlimit", &limit, "--"]);
        let took = started.elapsed();
        assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
        // Without optimization it takes its time.
        let factor = if cfg!(debug_assertions) { 10.0 } else { 1.0 };
        assert!(
            took < Duration::from_secs_f64(factor * length as f64 / 1e6),
            "{took:?}"
        );
    }
}

#[test]
fn as_many_versions_as_there_can_be() {
    let lab = Lab::new();
    let with = |count: usize| {
        let mut interface = functions((0..count).map(|index| format!("f{index}")));
        interface.soname = Some(BStr::new("libx.so.1"));
        let name = |index: usize| BStr::new(String::leak(format!("V_{index:05}")).as_bytes());
        let version = |index: usize| Version {
            name: name(index),
            base: false,
            weak: false,
            parents: Vec::new(),
        };
        interface.versions = (0..count).map(version).collect();
        for (index, symbol) in interface.symbols.iter_mut().enumerate() {
            symbol.version = Some(name(index));
        }
        interface
    };
    lab.add("lib/libx.so.1", elf::write(&with(0x7ffd)).unwrap());
    let output = lab.stubs(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
    // Numbers have 15 bits.
    let fault = elf::write(&with(0x10000)).unwrap_err();
    assert_eq!(fault.code(), "SB0204");
    // Parents are counted in 16, with the version itself.
    let mut interface = with(2);
    for (parents, code) in [(0xfffe, None), (0xffff, Some("SB0204"))] {
        interface.versions[1].parents = vec![interface.versions[0].name; parents];
        let written = elf::write(&interface);
        assert_eq!(written.err().map(|fault| fault.code()), code, "{parents}");
    }
}
