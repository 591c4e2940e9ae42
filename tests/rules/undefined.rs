//! Rules 9 and 10: what a library wants of others.

use std::fs;

use stub_builder::elf;

use crate::lab::{LINKERS, Lab, names};

/// `libtop.so` needs `libmid.so`, which needs `libdep.so`; each in a directory
/// of its own, `top/`, `mid/`, `dep/`. It uses all of them and `callback`,
/// which is nowhere.
fn chain(top: &str, flags: &str) -> Lab {
    let lab = Lab::new();
    for name in ["dep", "mid", "top"] {
        fs::create_dir(lab.path(name)).unwrap();
    }
    let library = "clang-19 --ld-path=ld.lld-19 -shared -fPIC -O1";
    lab.run(
        "dep",
        &format!("{library} $S/dep.c -Wl,-soname,libdep.so -o libdep.so"),
    );
    lab.run(
        "mid",
        &format!("{library} $S/mid.c -Wl,-soname,libmid.so -L../dep -ldep -o libmid.so"),
    );
    lab.run(
        "top",
        &format!(
            "{library} $S/{top}.c -Wl,-soname,libtop.so -L../mid -lmid {flags} \
             -Wl,--allow-shlib-undefined -o libtop.so"
        ),
    );
    lab
}

/// What stays undefined and what is needed in the stub of `libtop.so`, and what
/// the command says of it.
struct Result {
    undefined: Vec<String>,
    needed: Vec<String>,
    messages: String,
    missing: serde_json::Value,
}

fn stubs(lab: &Lab, arguments: &str) -> Result {
    let command = format!("$B stubs --json --out $L/out {arguments}");
    let output = lab.output("top", &command);
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{messages}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let stub = lab.read("out/libtop.so");
    let interface = elf::read(&stub).unwrap();
    fs::remove_dir_all(lab.path("out")).unwrap();
    Result {
        undefined: names(&interface, false),
        needed: interface.needed.iter().map(ToString::to_string).collect(),
        messages,
        missing: summary["missing"].clone(),
    }
}

/// All of the C library is versioned, and what is needed of it is dropped
/// whether or not it is found.
const LIBC: &str = "--library-path /lib/x86_64-linux-gnu";

#[test]
fn rule_09_undefined_what_the_closure_defines_is_dropped() {
    // `dep` is not in what libtop.so needs itself.
    let lab = chain("top", "");
    let found = stubs(
        &lab,
        &format!("libtop.so --library-path ../dep --library-path ../mid {LIBC}"),
    );
    assert_eq!(found.undefined, ["callback", "hook"]);
    assert_eq!(found.missing, serde_json::json!([]));
    assert!(!found.messages.contains("warning"), "{}", found.messages);
}

#[test]
fn rule_09_undefined_the_closure_is_found_through_runpath() {
    for path in ["$L/mid", "$ORIGIN/../mid", "/nowhere:${ORIGIN}/../mid"] {
        let lab = chain("top", &format!("-Wl,-rpath,{path}"));
        // RUNPATH of a library is not that of what it needs.
        let found = stubs(&lab, &format!("libtop.so {LIBC}"));
        assert_eq!(found.undefined, ["callback", "dep", "hook"], "{path}");
        assert_eq!(found.missing[0]["needed"], serde_json::json!(["libdep.so"]));
        lab.run("mid", "patchelf --set-rpath $L/dep libmid.so");
        let found = stubs(&lab, &format!("libtop.so {LIBC}"));
        assert_eq!(found.undefined, ["callback", "hook"], "{path}");
    }
}

#[test]
fn rule_09_undefined_the_closure_is_found_in_other_sources() {
    let lab = chain("top", "");
    let found = stubs(
        &lab,
        &format!("libtop.so ../mid/libmid.so ../dep/libdep.so {LIBC}"),
    );
    assert_eq!(found.undefined, ["callback", "hook"]);
    assert_eq!(found.missing, serde_json::json!([]));
}

#[test]
fn rule_09_undefined_stays_when_a_needed_library_is_missing() {
    let lab = chain("top", "");
    let found = stubs(&lab, &format!("libtop.so --library-path ../mid {LIBC}"));
    assert_eq!(found.undefined, ["callback", "dep", "hook"]);
    assert_eq!(found.needed, ["libmid.so", "libc.so.6"]);
    assert_eq!(
        found.missing,
        serde_json::json!([{ "path": "libtop.so", "needed": ["libdep.so"] }])
    );
    let warning = "stub-builder: warning: libtop.so: needs libdep.so, not found: ";
    assert_eq!(
        found.messages.matches(warning).count(),
        1,
        "{}",
        found.messages
    );
    assert!(
        found.messages.contains("--library-path"),
        "{}",
        found.messages
    );
}

#[test]
fn rule_09_undefined_libraries_of_other_machines_are_passed_over() {
    let lab = chain("top", "");
    fs::create_dir(lab.path("other")).unwrap();
    lab.run(
        "other",
        "clang-19 --target=aarch64-linux-gnu -nostdlib -shared --ld-path=ld.lld-19 $S/dep.c -o libdep.so",
    );
    let both = "--library-path ../mid --library-path ../other";
    let found = stubs(&lab, &format!("libtop.so {both} {LIBC}"));
    assert_eq!(found.undefined, ["callback", "dep", "hook"]);
    let found = stubs(
        &lab,
        &format!("libtop.so {both} --library-path ../dep {LIBC}"),
    );
    assert_eq!(found.undefined, ["callback", "hook"]);
}

/// The chain in `real/`, with the stub of its top in `stub/`.
fn linked(top: &str) -> Lab {
    let lab = chain(top, "");
    for name in ["dep", "mid"] {
        let library = lab.read(&format!("{name}/lib{name}.so"));
        lab.write(&format!("real/lib{name}.so"), &library);
        lab.write(&format!("stub/lib{name}.so"), &library);
    }
    lab.write("real/libtop.so", lab.read("top/libtop.so"));
    lab.run(
        "top",
        &format!(
            "$B stubs libtop.so --out $L/out --library-path ../dep --library-path ../mid {LIBC}"
        ),
    );
    lab.write("stub/libtop.so", lab.read("out/libtop.so"));
    lab
}

#[test]
fn rule_09_undefined_callbacks_are_exported_by_the_program() {
    let lab = linked("top");
    lab.run("real", "clang-19 -c -O1 $S/callback.c -o ../callback.o");
    let link = "-pie ../callback.o libtop.so -Wl,-rpath-link,.";
    lab.same_links("-fPIE -O1 $S/top_user.c", link);
    for linker in LINKERS {
        assert_eq!(lab.run_really("stub", linker), "23\n", "{linker}");
        let exports = lab.run("stub", &format!("nm -D --defined-only out-{linker}"));
        assert!(exports.contains(" T callback"), "{linker}: {exports}");
    }
}

#[test]
fn rule_09_undefined_pulls_members_out_of_archives() {
    let lab = linked("top");
    lab.run("real", "clang-19 -c -O1 $S/callback.c -o ../callback.o");
    lab.run("real", "ar rc ../libcallback.a ../callback.o");
    let link = "-pie libtop.so ../libcallback.a -Wl,-rpath-link,.";
    lab.same_links("-fPIE -O1 $S/top_user.c", link);
    for linker in LINKERS {
        assert_eq!(lab.run_really("stub", linker), "23\n", "{linker}");
    }
}

#[test]
fn rule_09_undefined_that_the_program_defines_is_not_exported() {
    // The documented limit: `dep` is wanted from libdep.so, and the program has
    // its own.
    let lab = linked("closed");
    lab.run("real", "clang-19 -c $S/dep.c -o ../dep.o");
    lab.run("real", "clang-19 -c -fPIE $S/top_user.c -o ../user.o");
    let exports = |side, linker, options: &str| {
        let link = "../dep.o ../user.o libtop.so -Wl,-rpath-link,.";
        let command = format!("clang-19 --ld-path={linker} -pie {link} {options} -o out");
        lab.run(side, &command);
        lab.run(side, "nm -D --defined-only out").contains(" T dep")
    };
    for linker in LINKERS {
        assert!(exports("real", linker, ""), "{linker}");
        assert!(!exports("stub", linker, ""), "{linker}");
        assert!(exports("stub", linker, "-Wl,--export-dynamic"), "{linker}");
    }
    lab.run("top", "$B stubs libtop.so --profile exact --out $L/exact");
    lab.write("stub/libtop.so", lab.read("exact/libtop.so"));
    for linker in LINKERS {
        assert!(exports("stub", linker, ""), "{linker}");
    }
}

#[test]
fn rule_10_needed_stays_with_what_is_undefined() {
    let lab = chain("top", "");
    let path = format!("--library-path ../dep --library-path ../mid {LIBC}");
    let found = stubs(&lab, &format!("libtop.so {path}"));
    assert_eq!(found.undefined, ["callback", "hook"]);
    assert_eq!(found.needed, ["libmid.so", "libc.so.6"]);

    // A weak symbol needs no one.
    let lab = chain("closed", "");
    let found = stubs(&lab, &format!("libtop.so {path}"));
    assert_eq!(found.undefined, ["hook"]);
    assert!(found.needed.is_empty(), "{:?}", found.needed);
}

#[test]
fn rule_10_needed_is_not_searched_when_it_is_gone() {
    let lab = linked("closed");
    for side in ["real", "stub"] {
        for linker in LINKERS {
            lab.run("real", "clang-19 -c -fPIE -O1 $S/top_user.c -o ../user.o");
            let dependencies = if side == "real" {
                "-Wl,-rpath-link,."
            } else {
                ""
            };
            fs::remove_file(lab.path("stub/libmid.so")).ok();
            fs::remove_file(lab.path("stub/libdep.so")).ok();
            lab.run(
                side,
                &format!(
                    "clang-19 --ld-path={linker} -pie ../user.o libtop.so {dependencies} -o out-{linker}"
                ),
            );
            assert_eq!(lab.run_really(side, linker), "5\n", "{side} {linker}");
        }
    }
}

#[test]
fn rule_10_needed_search_paths_are_dropped() {
    let lab = chain("top", "-Wl,-rpath,/somewhere");
    assert!(
        lab.run("top", "readelf -d libtop.so")
            .contains("/somewhere")
    );
    lab.run("top", "$B stubs libtop.so --out $L/out");
    assert!(!lab.run("out", "readelf -d libtop.so").contains("PATH"));
}
