//! What holds of each way.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::lab::{COUNT, Lab, Libc, loads, run, succeed, tries};

const WAYS: [&str; 2] = ["list", "links"];

fn sum() -> String {
    format!("{}\n", COUNT * (COUNT - 1) / 2)
}

#[test]
fn the_same_is_loaded_at_the_first_attempt() {
    let lab = Lab::new(Libc::Glibc);
    lab.build("none", "", "", &[]);
    let before = lab.program("none");
    assert!(
        tries(&lab, &before) > COUNT * COUNT / 2,
        "{}",
        tries(&lab, &before)
    );
    for way in WAYS {
        let report = lab.build(way, "", "", &[]);
        let after = lab.program(way);
        assert_eq!(run(&after), sum(), "{way}");
        assert_eq!(loads(&after), loads(&before), "{way}");
        // What has a path is not tried.
        assert_eq!(
            tries(&lab, &after),
            if way == "list" { 0 } else { COUNT },
            "{way}"
        );
        let started = &report["startup"][0];
        // The C library is in none of the directories; no link leads to it.
        let own = COUNT * (COUNT - 1) / 2;
        let saved = if way == "list" { own + COUNT } else { own };
        assert_eq!(started["failing_opens"], saved, "{way}");
        assert_eq!(started.get("left"), None, "{way}");
        let size = |path: &Path| fs::metadata(path).unwrap().len();
        assert_eq!(size(&after), size(&before), "{way}");
    }
}

#[test]
fn plug_ins_are_found_where_they_were() {
    let lab = Lab::new(Libc::Glibc);
    // Beside a library, and needed by nobody; and one by its other name.
    let plugin = format!("{}/lib/plugin.so", lab.real(7));
    lab.gcc(
        "int plugin(void) { return 1; }",
        &["-shared", "-o", &plugin],
    );
    std::os::unix::fs::symlink("libl3.so.1", format!("{}/lib/libl3.so", lab.real(3))).unwrap();
    for way in WAYS {
        let names = ["plugin.so", "libl3.so", "libl3.so.1"];
        let calls = names.map(|name| format!("printf(\"%d\\n\", dlopen(\"{name}\", 2) != 0);"));
        let same = "printf(\"%d\\n\", dlopen(\"libl3.so\", 2) == dlopen(\"libl3.so.1\", 2));";
        let body = format!("{}{same}", calls.concat());
        lab.build(way, "#include <dlfcn.h>", &body, &[]);
        assert_eq!(run(&lab.program(way)), sum() + "1\n1\n1\n1\n", "{way}");
    }
}

#[test]
fn the_environment_counts_as_documented() {
    let lab = Lab::new(Libc::Glibc);
    let other = lab.scratch("other");
    fs::create_dir(&other).unwrap();
    let file = format!("{other}/libl3.so.1");
    let arguments = ["-shared", "-Wl,-soname,libl3.so.1", "-o", &file];
    lab.gcc("int l3(void) { return 1003; }", &arguments);
    let changed = format!("{}\n", COUNT * (COUNT - 1) / 2 + 1000);
    for (way, by_path) in [("list", sum()), ("links", changed.clone())] {
        lab.build(way, "", "", &[]);
        let program = lab.program(way);
        let preloaded = succeed(Command::new(&program).env("LD_PRELOAD", &file));
        assert_eq!(preloaded, changed, "{way}");
        let found = succeed(Command::new(&program).env("LD_LIBRARY_PATH", &other));
        assert_eq!(found, by_path, "{way}");
    }
}

#[test]
fn libraries_know_where_they_are() {
    const WHERE: &str = "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <stdio.h>\nvoid where(void) { Dl_info info; dladdr(where, &info); puts(info.dli_fname); }";
    let lab = Lab::new(Libc::Glibc);
    lab.library(5, WHERE);
    for way in WAYS {
        lab.build(way, "void where(void);", "fflush(stdout); where();", &[]);
        let expected = format!("{}{}/lib/libl5.so.1\n", sum(), lab.real(5));
        assert_eq!(run(&lab.program(way)), expected, "{way}");
    }
}

#[test]
fn musl_loads_the_same() {
    let lab = Lab::new(Libc::Musl);
    for way in WAYS {
        let body = "printf(\"%d\\n\", dlopen(\"libl3.so.1\", 2) != 0);";
        lab.build(way, "#include <dlfcn.h>", body, &[]);
        let program = lab.program(way);
        assert_eq!(run(&program), sum() + "1\n", "{way}");
    }
}

#[test]
fn other_machines_load_the_same() {
    let lab = Lab::new(Libc::AArch64);
    lab.build("none", "", "", &[]);
    let report = lab.build("list", "", "", &[]);
    assert_eq!(report["startup"][0].get("left"), None, "{report}");
    let [before, after] = ["none", "list"].map(|way| lab.program(way));
    assert_eq!(lab.run(&before), sum());
    assert_eq!(lab.run(&after), sum());
    assert!(tries(&lab, &before) > COUNT * COUNT / 2);
    assert_eq!(tries(&lab, &after), 0);
}

/// A preloaded library from elsewhere gets the program's C library, not the one
/// that its own search path leads to.
#[test]
fn there_is_one_c_library() {
    let lab = Lab::new(Libc::AArch64);
    for way in ["none", "list"] {
        lab.build(way, "", "", &[]);
        let other = lab.scratch(way);
        fs::create_dir(&other).unwrap();
        let library = format!("{other}/libc.so.6");
        fs::copy(lab.c_library(), &library).unwrap();
        let preloaded = format!("{other}/preloaded.so");
        let search = format!("-Wl,-rpath,{other}");
        let source = "int puts(const char *); void said(void) { puts(\"\"); }";
        lab.gcc(source, &["-shared", &library, &search, "-o", &preloaded]);
        let mut command = lab.command(&lab.program(way));
        let variables = format!("LD_DEBUG=files,LD_PRELOAD={preloaded}");
        let output = command.env("QEMU_SET_ENV", variables).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("preloaded.so"), "{text}");
        let started = text.lines().filter(|line| line.contains("calling init: "));
        let libraries = started.filter(|line| line.ends_with("/libc.so.6"));
        assert_eq!(libraries.count(), 1, "{way}: {text}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), sum(), "{way}");
    }
}

/// The C library's paths may be too long to stand behind the list's: then the
/// program needs the list alone.
#[test]
fn the_list_alone_may_fit() {
    for (version, expected) in [("2.36".to_owned(), 6), ("2".repeat(200), 1)] {
        let mut lab = Lab::new(Libc::AArch64);
        lab.parts = &["libm.so.6", "libdl.so.2", "librt.so.1", "libutil.so.1"];
        lab.version = version;
        let report = lab.build("list", "", "", &[]);
        let started = &report["startup"][0];
        assert_eq!(started.get("left"), None, "{report}");
        let program = lab.program("list");
        assert_eq!(lab.run(&program), sum());
        assert_eq!(tries(&lab, &program), 0);
        let needed = succeed(Command::new("patchelf").arg("--print-needed").arg(&program));
        assert_eq!(needed.lines().count(), expected, "{needed}");
    }
}

#[test]
fn tools_work_on_the_result() {
    let lab = Lab::new(Libc::Glibc);
    for way in WAYS {
        lab.build(way, "", "", &[]);
        let program = lab.program(way);
        let copy = lab.scratch("copy");
        let list = lab.output(way) + "/nix-support/startup-program.so";
        let mut files = vec![program];
        files.extend((way == "list").then_some(list.into()));
        for file in files {
            fs::copy(&file, &copy).unwrap();
            let patchelf =
                |arguments: &[&str]| succeed(Command::new("patchelf").args(arguments).arg(&copy));
            let needed = patchelf(&["--print-needed"]);
            assert!(!needed.is_empty(), "{way}");
            let path = patchelf(&["--print-rpath"]);
            patchelf(&["--set-rpath", &format!("{}:/nowhere", path.trim())]);
            assert_eq!(patchelf(&["--print-needed"]), needed, "{way}");
            succeed(Command::new("strip").arg(&copy));
            if file.starts_with(lab.output(way) + "/bin") {
                assert_eq!(run(Path::new(&copy)), sum(), "{way}");
            }
            succeed(Command::new("readelf").args(["--all", "--wide", &copy]));
        }
    }
}
