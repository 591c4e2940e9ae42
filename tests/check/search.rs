//! Where libraries are found.

use crate::lab::Lab;

const MAIN: &str = "int f(void); int main(void) { return f() != 1; }";
const OUTER: &str = "int g(void); int f(void) { return g(); }";
const INNER: &str = "int g(void) { return 1; }";

/// A program that needs libouter.so, which needs libinner.so in another directory.
fn chain(program_flags: &str, outer_flags: &str) -> Lab {
    let lab = Lab::new();
    lab.run("mkdir real");
    lab.library("inner/libinner.so", INNER, "");
    lab.library(
        "outer/libouter.so",
        OUTER,
        &format!("inner/libinner.so {outer_flags}"),
    );
    let flags = format!("outer/libouter.so -Wl,-rpath-link,inner {program_flags}");
    lab.program("tree/main", MAIN, &flags);
    lab
}

#[track_caller]
fn agrees(lab: &Lab, codes: &[&str], texts: &[&str]) {
    lab.check("tree --against real").finds(codes, texts);
    assert_eq!(lab.starts_alone("tree/main"), codes.is_empty());
}

#[test]
fn rpath_is_inherited() {
    let paths = "-Wl,-rpath,$ORIGIN/../outer:$ORIGIN/../inner";
    let lab = chain(&format!("-Wl,--disable-new-dtags {paths}"), "");
    agrees(&lab, &[], &[]);
    // RUNPATH is not.
    let lab = chain(&format!("-Wl,--enable-new-dtags {paths}"), "");
    let texts =
        ["tree/main: needs libinner.so, which is not found, by way of tree/../outer/libouter.so"];
    agrees(&lab, &["error SB0803"], &texts);
    // A library does not answer for those that it needs.
    let user = "int f(void); int e(void) { return f(); }";
    lab.library("tree/main", user, &format!("outer/libouter.so {paths}"));
    lab.check("tree --against real").finds(&[], &[]);
    // And shuts out the RPATH of others.
    let old = format!("-Wl,--disable-new-dtags {paths}");
    let lab = chain(&old, "-Wl,--enable-new-dtags,-rpath,/nowhere");
    agrees(&lab, &["error SB0803"], &["libinner.so"]);
    let lab = chain(
        &format!("-Wl,--enable-new-dtags {paths}"),
        "-Wl,--enable-new-dtags,-rpath,/nowhere",
    );
    agrees(&lab, &["error SB0803"], &["libinner.so"]);
    let lab = chain(&old, "-Wl,--disable-new-dtags,-rpath,/nowhere");
    agrees(&lab, &[], &[]);
}

#[test]
fn origin_is_the_directory_of_who_needs_it() {
    let lab = chain(
        "-Wl,-rpath,$ORIGIN/../outer",
        "-Wl,-rpath,${ORIGIN}/../inner",
    );
    agrees(&lab, &[], &[]);
    // That of the link, if it was found through one.
    lab.run("mkdir -p elsewhere/deep");
    lab.run("mv outer/libouter.so elsewhere/deep/libouter.so");
    lab.run("ln -s ../elsewhere/deep/libouter.so outer/libouter.so");
    agrees(&lab, &[], &[]);
}

#[test]
fn what_is_loaded_already_is_not_looked_for() {
    let lab = chain(
        "-Wl,--no-as-needed inner/libinner.so -Wl,-rpath,$ORIGIN/../outer:$ORIGIN/../inner",
        "",
    );
    let needed = lab.run("readelf -d tree/main");
    assert!(needed.contains("libinner.so"), "{needed}");
    agrees(&lab, &[], &[]);
}

#[test]
fn paths_in_needed_are_opened_as_they_are() {
    let lab = Lab::new();
    lab.run("mkdir real");
    lab.library("lib/libf.so", "int f(void) { return 1; }", "");
    lab.program("tree/main", MAIN, "lib/libf.so");
    lab.run("patchelf --replace-needed libf.so $ORIGIN/../lib/libf.so tree/main");
    agrees(&lab, &[], &[]);
    lab.run("rm lib/libf.so");
    agrees(
        &lab,
        &["error SB0803"],
        &["needs $ORIGIN/../lib/libf.so, which is not found, nor are f\n"],
    );
}

#[test]
fn a_library_that_is_not_found_is_told_once_with_what_it_leaves_undefined() {
    let lab = Lab::new();
    lab.versioned(
        "gone/libv.so.1",
        "int f(void) { return 1; }",
        "V1 { global: f; local: *; };",
    );
    lab.run("mkdir real");
    lab.program("tree/main", MAIN, "gone/libv.so.1");
    agrees(
        &lab,
        &["error SB0803"],
        &["needs libv.so.1, which is not found, nor are f@V1\n"],
    );
    lab.library(
        "tree/libuser.so",
        "int f(void); int u(void) { return f(); }",
        "gone/libv.so.1",
    );
    lab.run("rm tree/main");
    lab.check("tree --against real")
        .finds(&["warning SB0803"], &["tree/libuser.so: needs libv.so.1"]);
    lab.stubs("gone", "stubs", "");
    let texts = ["needs libv.so.1, which is not found, nor are f@V1, although the interface"];
    let checked = lab.check("tree --against real --interface stubs");
    checked.finds(&["error SB0808", "error SB0803"], &texts);
}

#[test]
fn libraries_of_other_machines_are_passed_over() {
    let lab = Lab::new();
    lab.library(
        "wrong/libf.so",
        "int f(void) { return 1; }",
        "-m32 -nostdlib",
    );
    lab.library("right/libf.so", "int f(void) { return 1; }", "");
    let flags = "right/libf.so -Wl,-rpath,$ORIGIN/../wrong:$ORIGIN/../right";
    lab.program("tree/main", MAIN, flags);
    lab.run("mkdir real");
    agrees(&lab, &[], &[]);
    lab.run("rm right/libf.so");
    agrees(&lab, &["error SB0803"], &["libf.so"]);
}

#[test]
fn a_damaged_library_is_named() {
    let lab = Lab::new();
    lab.library("real/libf.so", "int f(void) { return 1; }", "");
    lab.program("tree/main", MAIN, "real/libf.so");
    let whole = std::fs::read(lab.path("real/libf.so")).unwrap();
    lab.write("real/libf.so", &whole[..100]);
    let texts = ["needs libf.so, which is not found (real/libf.so: truncated ELF file"];
    lab.check("tree --against real")
        .finds(&["error SB0803"], &texts);
}

#[test]
fn programs_need_their_interpreter() {
    let lab = Lab::new();
    lab.run("mkdir real");
    lab.program(
        "tree/main",
        "int main(void) { return 0; }",
        "-Wl,-dynamic-linker,/nowhere/ld.so",
    );
    // Its directory is one of those that are searched.
    let checked = lab.check("tree --against real");
    checked.finds(
        &["error SB0803", "error SB0803"],
        &["needs /nowhere/ld.so", "needs libc.so.6"],
    );
    lab.check("tree --against /usr/lib/x86_64-linux-gnu")
        .finds(&["error SB0803"], &["needs /nowhere/ld.so"]);
}

#[test]
fn musl_is_its_own_library_and_inherits_every_path() {
    let lab = Lab::new();
    lab.run("mkdir real");
    let musl = |to: &str, source: &str, flags: &str| lab.compile("musl-gcc", to, source, flags);
    musl(
        "inner/libinner.so",
        INNER,
        "-shared -fPIC -Wl,-soname,libinner.so",
    );
    musl(
        "outer/libouter.so",
        OUTER,
        "-shared -fPIC -Wl,-soname,libouter.so inner/libinner.so",
    );
    let paths = "-Wl,-rpath,$ORIGIN/../outer:$ORIGIN/../inner -Wl,--enable-new-dtags";
    let main =
        "int puts(const char *); int f(void); int main(void) { puts(\"\"); return f() != 1; }";
    let flags = format!("outer/libouter.so -Wl,-rpath-link,inner {paths}");
    musl("tree/main", main, &flags);
    // There is no such file.
    lab.run("patchelf --add-needed libpthread.so.0 tree/main");
    assert!(lab.run("readelf -ld tree/main").contains("ld-musl"));
    agrees(&lab, &[], &[]);
    musl(
        "outer/libouter.so",
        "int e(void) { return 1; }",
        "-shared -fPIC -Wl,-soname,libouter.so",
    );
    agrees(&lab, &["error SB0801"], &["tree/main: imports f: "]);
}

const MACHINE: &str = "/usr/lib/x86_64-linux-gnu";

/// A C++ program on this machine's libraries, each in a directory of its own,
/// and on a loader that looks nowhere by itself. Only the program has a search
/// path, to libstdc++ and the C library.
fn cxx() -> Lab {
    let lab = Lab::new();
    lab.run("mkdir real c cxx others stubs");
    for (name, directory) in [
        ("libc.so.6", "c"),
        ("libstdc++.so.6", "cxx"),
        ("libm.so.6", "others"),
        ("libgcc_s.so.1", "others"),
    ] {
        lab.run(&format!("cp {MACHINE}/{name} {directory}/{name}"));
    }
    let loader = std::fs::read(format!("{MACHINE}/ld-linux-x86-64.so.2")).unwrap();
    let mut nowhere = loader.clone();
    for word in [&b"/lib/"[..], b"/etc/ld.so.cache"] {
        for at in memchr::memmem::find_iter(&loader, word) {
            nowhere[at + 1..at + 4].make_ascii_uppercase();
        }
    }
    lab.write("c/ld.so", nowhere);
    lab.run("chmod +x c/ld.so");
    let directory = lab.path("");
    let directory = directory.to_str().unwrap();
    let flags = format!(
        "-Wl,--as-needed,--enable-new-dtags -Wl,-rpath,$ORIGIN/../c:$ORIGIN/../cxx -Wl,-dynamic-linker,{directory}c/ld.so"
    );
    let source = "#include <new>\nint main(void) { ::operator delete(::operator new(1)); }";
    lab.compile("g++", "tree/main", source, &flags);
    let needed = lab.run("readelf -d tree/main");
    assert!(
        needed.contains("libstdc++") && !needed.contains("libm"),
        "{needed}"
    );
    lab
}

#[test]
fn a_program_does_not_start_on_a_library_that_lacks_its_own() {
    let lab = cxx();
    let texts = [
        "needs libm.so.6, which is not found, by way of tree/../cxx/libstdc++.so.6\n",
        "needs libgcc_s.so.1, which is not found, by way of tree/../cxx/libstdc++.so.6\n",
    ];
    let codes = ["error SB0803", "error SB0803"];
    agrees(&lab, &codes, &texts);
    // Interfaces need nothing: it was all there when the program was linked.
    lab.stubs("c", "stubs/c", "");
    lab.stubs("cxx", "stubs/cxx", "");
    let checked = lab.check("tree --against c --against cxx --interface stubs");
    checked.finds(&codes, &texts);
    lab.run("patchelf --set-rpath $ORIGIN/../others cxx/libstdc++.so.6");
    agrees(&lab, &[], &[]);
}

#[test]
fn the_loader_looks_where_it_was_told_to() {
    // Not beside itself.
    let lab = cxx();
    lab.run("mv others/libm.so.6 others/libgcc_s.so.1 c");
    let codes = ["error SB0803", "error SB0803"];
    agrees(&lab, &codes, &["needs libm.so.6, which is not found"]);
}

#[test]
fn a_library_may_ask_for_versions_that_another_of_the_name_lacks() {
    let lab = Lab::new();
    lab.run("mkdir real");
    let source = "int g(void) { return 1; }";
    let script = "V1 { global: g; local: *; };";
    lab.versioned("new/libinner.so", source, script);
    let script = "V0 { global: g; local: *; };";
    lab.versioned("old/libinner.so", source, script);
    let path = "-Wl,-rpath,$ORIGIN/../new";
    lab.library(
        "outer/libouter.so",
        OUTER,
        &format!("new/libinner.so {path}"),
    );
    let flags = "outer/libouter.so -Wl,-rpath,$ORIGIN/../outer -Wl,-rpath-link,new";
    lab.program("tree/main", MAIN, flags);
    agrees(&lab, &[], &[]);
    // The first of the name is loaded, for all.
    let flags = "-Wl,--no-as-needed old/libinner.so outer/libouter.so -Wl,-rpath,$ORIGIN/../old:$ORIGIN/../outer -Wl,--allow-shlib-undefined";
    lab.program("tree/main", MAIN, flags);
    let texts = [
        "tree/main: asks for V1, by way of tree/../outer/libouter.so, which libinner.so (tree/../old/libinner.so) does not define",
    ];
    agrees(&lab, &["error SB0802"], &texts);
}
