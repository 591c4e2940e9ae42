//! What is left as it was, and why.

use std::fs;

use crate::lab::{Lab, Libc, run};

fn reason(lab: &Lab, way: &str, linking: &[&str]) -> String {
    let report = lab.build(way, "", "", linking);
    run(&lab.program(way));
    let nothing = format!("{}/nix-support", lab.output(way));
    assert!(!fs::exists(nothing).unwrap());
    report["startup"][0]["left"].as_str().unwrap().to_owned()
}

#[test]
fn directories_of_the_machine_come_first() {
    let lab = Lab::new(Libc::Glibc);
    let reason = reason(&lab, "list", &["-Wl,-rpath,/run/driver/lib"]);
    assert!(reason.contains("/run/driver/lib"), "{reason}");
}

#[test]
fn processors_choose_between_variants() {
    for way in ["list", "links"] {
        let lab = Lab::new(Libc::Glibc);
        let variants = format!("{}/lib/glibc-hwcaps/x86-64-v3", lab.real(0));
        fs::create_dir_all(variants).unwrap();
        let reason = reason(&lab, way, &[]);
        assert!(reason.contains("variants"), "{way}: {reason}");
    }
}

#[test]
fn names_are_not_sonames() {
    let lab = Lab::new(Libc::Glibc);
    let library = format!("{}/lib/libodd.so", lab.real(0));
    // With a version, so that the program asks for it by the library's name.
    let script = lab.scratch("odd.map");
    fs::write(&script, "ODD_1 { global: odd; };").unwrap();
    let version = format!("-Wl,--version-script={script}");
    lab.gcc(
        "int odd(void) { return 0; }",
        &["-shared", &version, "-o", &library],
    );
    let library_flag = format!("-L{}/lib", lab.real(0));
    let report = lab.build(
        "list",
        "int odd(void);",
        "odd();",
        &["-Wl,--no-as-needed", &library_flag, "-lodd"],
    );
    run(&lab.program("list"));
    let left = report["startup"][0]["left"].as_str().unwrap();
    assert!(left.contains("SONAME"), "{left}");
}
