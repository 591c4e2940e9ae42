//! Libraries in another order, and nothing else is: each symbol is bound where
//! it was, and constructors run as they did.

use std::collections::BTreeSet;
use std::process::Command;

use crate::bindings::Bindings;
use crate::lab::{COUNT, Lab, Libc, run, succeed};

/// So many that it pays to have their library in front.
const MANY: usize = 6_000;

/// The libraries that need no other.
const ALONE: [usize; 7] = [2, 4, 6, 8, 9, 10, 11];

/// A lab whose last library has what the second one wants, and other libraries
/// have things in common.
fn lab() -> Lab {
    let lab = Lab::new(Libc::Glibc);
    let mut many = String::new();
    let mut table = String::new();
    for index in 0..MANY {
        many += &format!("void many{index}(void) {{}}\n");
        table += &format!("void many{index}(void);\n");
    }
    table += "void (*table[])(void) = {\n";
    (0..MANY).for_each(|index| table += &format!("many{index},\n"));
    table += "};\n";
    let said = |name: &str| {
        format!(
            "#include <stdio.h>\n__attribute__((constructor)) static void made(void) {{ puts(\"{name}\"); fflush(stdout); }}\n__attribute__((destructor)) static void gone(void) {{ puts(\"{name} gone\"); fflush(stdout); }}\n"
        )
    };
    // 4 and 10 define one name, 6 and 11 another; 8 asks for what is behind it.
    for (index, more) in [
        (2, table),
        (4, said("4") + "int common(void) { return 4; }\n"),
        (
            6,
            said("6") + "__attribute__((weak)) int other(void) { return 6; }\n",
        ),
        (
            8,
            said("8")
                + "#define _GNU_SOURCE\n#include <dlfcn.h>\nint common(void), other(void);\nint next(void) { int (*next)(void) = dlsym(RTLD_NEXT, \"behind\"); return (next ? next() : 0) + common() + other(); }\n",
        ),
        (9, said("9") + "int behind(void) { return 900; }\n"),
        (
            10,
            said("10") + "int common(void) { return 10; } int behind(void) { return 1000; }\n",
        ),
        (
            11,
            said("11")
                + &many
                + "int other(void) { return 11; } int behind(void) { return 1100; }\n",
        ),
    ] {
        assert!(ALONE.contains(&index));
        lab.alone(index, &more);
    }
    lab
}

#[test]
fn every_symbol_is_bound_where_it_was() {
    let lab = lab();
    let head = "int next(void);";
    let body = "printf(\"%d\\n\", next());";
    lab.build("none", head, body, &[]);
    let report = lab.build("list", head, body, &[]);
    let started = &report["startup"][0];
    assert_eq!(started["ordered"], true, "{report}");
    let [before, after] = ["none", "list"].map(|way| lab.program(way));
    // Loaded otherwise, for sure.
    let order = |program| {
        let ldd = succeed(Command::new("ldd").arg(program));
        let at = |library: &str| ldd.find(library).unwrap();
        at("libl11.so.1") < at("libl3.so.1")
    };
    assert!(!order(&before) && order(&after));
    let [old, new] = [&before, &after].map(|program| Bindings::of(program, &[]));
    assert!(old.symbols.len() > MANY && old.constructors.len() > COUNT);
    assert_eq!(old, new, "{}", old.difference(&new));
    let text = run(&before);
    assert!(text.contains("\n910\n"), "{text}");
    assert_eq!(run(&after), text);
}

/// As glibc sorted constructors until 2.34: those of libraries that don't need
/// each other may change places, and nothing else.
#[test]
fn older_loaders_bind_the_same() {
    let lab = lab();
    let head = "int next(void);";
    for way in ["none", "list"] {
        lab.build(way, head, "printf(\"%d\\n\", next());", &[]);
    }
    let [old, new] = ["none", "list"].map(|way| {
        let tunables = "glibc.rtld.dynamic_sort=1";
        Bindings::with(&lab.program(way), &[], tunables)
    });
    assert_eq!(old.symbols, new.symbols, "{}", old.difference(&new));
    let sorted = |bindings: &Bindings| -> BTreeSet<String> {
        bindings.constructors.iter().cloned().collect()
    };
    assert_eq!(sorted(&old), sorted(&new));
    let at = |index: usize| {
        let name = format!("/libl{index}.so.1");
        let mut constructors = new.constructors.iter();
        constructors
            .position(|library| library.ends_with(&name))
            .unwrap()
    };
    for index in (0..COUNT - 1).filter(|index| !ALONE.contains(index)) {
        assert!(at(index + 1) < at(index), "{:?}", new.constructors);
    }
}
