//! Libraries in another order, and nothing else is: each symbol is bound where
//! it was, and constructors run as they did.

use std::process::Command;

use crate::bindings::Bindings;
use crate::lab::{COUNT, Lab, Libc, run, succeed};

/// So many that it pays to have their library in front.
const MANY: usize = 6_000;

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
