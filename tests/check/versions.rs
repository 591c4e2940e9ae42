//! Symbol versions: which definition is good enough for which import.

use crate::lab::Lab;

const MAIN: &str = "int f(void); int main(void) { return f() != 1; }";
const F: &str = "int f(void) { return 1; }";

/// Programs that were linked to one library, and what the next one has.
#[track_caller]
fn agrees(lab: &Lab, codes: &[&str], texts: &[&str]) {
    lab.check("tree --against real").finds(codes, texts);
    let (starts, messages) = lab.start("tree/main");
    assert_eq!(starts, codes.is_empty(), "{messages}");
}

fn linked(source: &str, script: &str) -> Lab {
    let lab = Lab::new();
    if script.is_empty() {
        lab.library("real/liba.so.1", source, "");
    } else {
        lab.versioned("real/liba.so.1", source, script);
    }
    lab.program("tree/main", MAIN, "real/liba.so.1");
    agrees(&lab, &[], &[]);
    lab
}

#[test]
fn a_lost_version_is_an_error_though_the_name_is_there() {
    let lab = linked(F, "V1 { }; V2 { global: f; local: *; };");
    let other = "int g(void) { return 1; } __asm__(\".symver g, f@V1\"); int h;";
    lab.versioned(
        "real/liba.so.1",
        other,
        "V1 { }; V2 { global: h; local: *; };",
    );
    let texts = ["imports f@V2: not in liba.so.1 (real/liba.so.1)"];
    agrees(&lab, &["error SB0801"], &texts);

    // The version is gone as well, which is told once.
    lab.versioned("real/liba.so.1", F, "V1 { global: f; local: *; };");
    agrees(&lab, &["error SB0801"], &texts);
}

#[test]
fn a_lost_version_node_is_an_error_though_the_symbol_is_there() {
    let lab = linked(F, "V1 { global: f; local: *; };");
    // f has no version, which is good for all; but V1 is not defined.
    let source = "int f(void) { return 1; } int g;";
    lab.write("versions", "V2 { g; };");
    lab.library("real/liba.so.1", source, "-Wl,--version-script,versions");
    assert!(!lab.run("nm -D real/liba.so.1").contains("f@"));
    let texts = ["tree/main: asks for V1, which liba.so.1 (real/liba.so.1) does not define"];
    agrees(&lab, &["error SB0802"], &texts);
}

#[test]
fn hidden_versions_serve_those_who_ask_for_them() {
    let lab = linked(F, "V1 { global: f; local: *; };");
    let source =
        "int old(void) { return 1; } int f(void) { return 2; } __asm__(\".symver old, f@V1\");";
    lab.versioned(
        "real/liba.so.1",
        source,
        "V1 { }; V2 { global: f; local: *; };",
    );
    agrees(&lab, &[], &[]);
}

#[test]
fn imports_without_version_take_the_default_or_the_oldest() {
    let lab = linked(F, "");
    // The default.
    lab.versioned("real/liba.so.1", F, "V1 { }; V2 { global: f; local: *; };");
    agrees(&lab, &[], &[]);
    // Index 2, though it is hidden.
    let hidden =
        |version: &str| format!("int g(void) {{ return 1; }} __asm__(\".symver g, f@{version}\");");
    let script = "V1 { }; V2 { local: *; };";
    lab.versioned("real/liba.so.1", &hidden("V1"), script);
    agrees(&lab, &[], &[]);
    // Index 3.
    lab.versioned("real/liba.so.1", &hidden("V2"), script);
    agrees(&lab, &["error SB0801"], &["imports f: not in any of the "]);
}

#[test]
fn a_library_without_versions_serves_all_unless_it_has_none_at_all() {
    let lab = linked(F, "V1 { global: f; local: *; };");
    // It imports versions (of libc), so it has a table of them.
    lab.library(
        "real/liba.so.1",
        "int puts(char *); int f(void) { return 1; } void g(void) { puts(\"\"); }",
        "",
    );
    agrees(&lab, &[], &[]);
    assert!(
        lab.start("tree/main")
            .1
            .contains("no version information available")
    );
    // "Inconsistency detected by ld.so": check_match asserts.
    lab.library("real/liba.so.1", F, "-nostdlib");
    agrees(
        &lab,
        &["error SB0801"],
        &["imports f@V1: not in liba.so.1 (real/liba.so.1)"],
    );
}

#[test]
fn weak_version_requirements_stop_nobody() {
    let lab = linked(F, "V1 { global: f; local: *; };");
    lab.versioned("real/liba.so.1", F, "V2 { global: f; local: *; };");
    agrees(&lab, &["error SB0801"], &["f@V1"]);
    // VER_FLG_WEAK, and the only symbol weak.
    let weak = "__attribute__((weak)) int f(void); int main(void) { return 0 && f(); } int (*p)(void) = f;";
    lab.versioned("real/liba.so.1", F, "V1 { global: f; local: *; };");
    lab.program("tree/main", weak, "-Wl,--no-as-needed real/liba.so.1");
    // Linkers hardly write it: of Vernaux, vna_hash ("V1") and vna_flags.
    let mut bytes = std::fs::read(lab.path("tree/main")).unwrap();
    let record = [0x91, 5, 0, 0, 0, 0];
    let found = bytes.windows(6).position(|window| window == record);
    bytes[found.unwrap() + 4] = 2;
    std::fs::write(lab.path("tree/main"), bytes).unwrap();
    assert!(lab.run("readelf -V tree/main").contains("WEAK"));
    lab.versioned("real/liba.so.1", F, "V2 { global: f; local: *; };");
    agrees(&lab, &[], &[]);
}
