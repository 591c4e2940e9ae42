//! Functions that are missing, from programs and from libraries.

use crate::lab::Lab;

const MAIN: &str = "int f(void); int g(void); int main(void) { return f() - g(); }";
const BOTH: &str = "int f(void) { return 1; } int g(void) { return 1; }";
const ONE: &str = "int f(void) { return 1; }";

#[test]
fn a_program_that_lost_a_function_is_an_error() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", BOTH, "");
    lab.program("tree/bin/main", MAIN, "real/liba.so.1");
    let checked = lab.check("tree --against real");
    checked.finds(&[], &[]);
    assert!(lab.start("tree/bin/main").0);
    assert!(
        checked.stdout.contains("1 ELF file, ") && checked.stdout.ends_with("0 problems\n"),
        "{}",
        checked.stdout
    );

    lab.library("real/liba.so.1", ONE, "");
    let texts = ["error: SB0801: tree/bin/main: imports g: not in any of the "];
    lab.check("tree --against real")
        .finds(&["error SB0801"], &texts);
    assert!(!lab.start("tree/bin/main").0);
}

#[test]
fn a_library_that_lost_a_function_is_an_error_if_the_interface_had_it() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", BOTH, "");
    lab.stubs("real", "stubs", "");
    let user = "int f(void); int g(void); int h(void) { return f() + g(); }";
    lab.library("tree/lib/libuser.so", user, "stubs/liba.so.1");
    lab.check("tree --against real --interface stubs")
        .finds(&[], &[]);

    lab.library("real/liba.so.1", ONE, "");
    lab.check("tree --against real")
        .finds(&["warning SB0801"], &["tree/lib/libuser.so: imports g: "]);
    let checked = lab.check("tree --against real --interface stubs");
    let texts = [
        "imports g: not in liba.so.1 (real/liba.so.1), although the interface that it was linked against has it",
        "hint: make the interface anew from this library",
        "SB0807: stubs/liba.so.1: real/liba.so.1 no longer provides this interface: g: function removed",
    ];
    checked.finds(&["error SB0807", "error SB0801"], &texts);
}

#[test]
fn what_no_interface_had_is_a_warning() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", ONE, "-nostdlib");
    lab.stubs("real", "stubs", "");
    let plugin = "int f(void); int host(void); int h(void) { return f() + host(); }";
    lab.library("tree/plugin.so", plugin, "-nostdlib real/liba.so.1");
    let texts = ["tree/plugin.so: imports host: not in the only library it loads (real/liba.so.1)"];
    for interface in ["", "--interface stubs"] {
        let arguments = format!("tree --against real {interface}");
        lab.check(&arguments).finds(&["warning SB0801"], &texts);
        let strict = lab.check(&format!("{arguments} --strict"));
        strict.finds(&["error SB0801"], &texts);
    }

    // Nor has a program it if all that it loads had interfaces.
    let unlinked = "int f(void); int host(void); void _start(void) { f(); host(); }";
    lab.library(
        "host/libhost.so",
        "int host(void) { return 1; }",
        "-nostdlib",
    );
    let flags = "-nostdlib real/liba.so.1 host/libhost.so";
    lab.program("tree/plugin.so", unlinked, flags);
    lab.run("patchelf --remove-needed libhost.so tree/plugin.so");
    lab.check("tree --against real")
        .finds(&["error SB0801"], &["imports host"]);
    let checked = lab.check("tree --against real --interface stubs");
    // The interpreter is not an interface, and might have had it.
    checked.finds(&["error SB0801"], &["imports host"]);
    lab.run("mkdir loader");
    lab.run("cp /lib64/ld-linux-x86-64.so.2 loader/ld-linux-x86-64.so.2");
    lab.stubs("loader", "stubs/loader", "");
    let checked = lab.check("tree --against real --against loader --interface stubs");
    checked.finds(&["warning SB0801"], &["imports host"]);
}

#[test]
fn own_libraries_are_no_interfaces() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", ONE, "-nostdlib");
    lab.stubs("real", "stubs", "");
    lab.library(
        "tree/lib/libown.so",
        "int own(void) { return 1; }",
        "-nostdlib",
    );
    let user =
        "int f(void); int own(void); int host(void); int h(void) { return f() + own() + host(); }";
    let flags = "-nostdlib real/liba.so.1 tree/lib/libown.so -Wl,-rpath,$ORIGIN/../lib";
    lab.library("tree/plug/in.so", user, flags);
    lab.library(
        "tree/lib/libown.so",
        "int other(void) { return 1; }",
        "-nostdlib",
    );
    let checked = lab.check("tree --against real --interface stubs");
    checked.finds(
        &["warning SB0801"],
        &["imports host, own: not in any of the 2"],
    );
}

#[test]
fn weak_imports_may_stay_undefined() {
    let lab = Lab::new();
    let weak = "__attribute__((weak)) int f(void); int main(void) { return f ? 1 : 0; }";
    lab.program("tree/main", weak, "-no-pie");
    assert!(lab.run("nm -D tree/main").contains(" w f"));
    lab.check("tree --against real-is-not-needed")
        .finds(&["error SB0101"], &[]);
    lab.run("mkdir real");
    lab.check("tree --against real --strict").finds(&[], &[]);
    assert!(lab.start("tree/main").0);
}

#[test]
fn many_symbols_are_some_and_a_number() {
    let lab = Lab::new();
    let functions = |body: &str| {
        (0..8)
            .map(|n| format!("int f{n}(void){body}"))
            .collect::<String>()
    };
    lab.library("real/liba.so.1", &functions(" { return 0; }"), "");
    let calls: String = (0..8).map(|n| format!(" + f{n}()")).collect();
    let main = format!("{} int main(void) {{ return 0 {calls}; }}", functions(";"));
    lab.program("tree/main", &main, "real/liba.so.1");
    lab.library("real/liba.so.1", "int other;", "");
    lab.check("tree --against real")
        .finds(&["error SB0801"], &[" and 3 more: not in "]);
}

#[test]
fn files_without_section_headers_are_read_by_what_the_loader_reads() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", BOTH, "");
    // Nothing is in its hash table.
    let main = "int f(void); int g(void); void _start(void) { f(); g(); }";
    let flags = "-nostdlib real/liba.so.1 -Wl,--hash-style=gnu";
    lab.program("tree/main", main, flags);
    lab.run("llvm-objcopy-19 --strip-sections tree/main");
    lab.check("tree --against real").finds(&[], &[]);
    lab.library("real/liba.so.1", ONE, "");
    lab.check("tree --against real")
        .finds(&["error SB0801"], &["imports g: "]);
    lab.run("llvm-objcopy-19 --strip-sections real/liba.so.1");
    lab.check("tree --against real")
        .finds(&["error SB0801"], &["imports g: "]);
}

#[test]
fn hidden_definitions_are_none() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", BOTH, "-Wl,--hash-style=sysv");
    lab.program("tree/main", MAIN, "real/liba.so.1");
    lab.check("tree --against real").finds(&[], &[]);
    // st_other of g: hidden, as no linker would leave it.
    let symbols = lab.run("readelf --wide --section-headers real/liba.so.1");
    let line = symbols
        .lines()
        .find(|line| line.contains(".dynsym"))
        .unwrap();
    let offset: Vec<&str> = line
        .split("DYNSYM")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .collect();
    let offset = usize::from_str_radix(offset[1], 16).unwrap();
    let names = lab.run("readelf --wide --dyn-syms real/liba.so.1");
    let line = names.lines().find(|line| line.ends_with(" g")).unwrap();
    let index: usize = line.trim().split(':').next().unwrap().parse().unwrap();
    let mut bytes = std::fs::read(lab.path("real/liba.so.1")).unwrap();
    bytes[offset + index * 24 + 5] = 2;
    lab.write("real/liba.so.1", bytes);
    lab.check("tree --against real")
        .finds(&["error SB0801"], &["imports g: "]);
    assert!(!lab.start("tree/main").0);
}
