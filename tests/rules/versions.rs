//! Rule 1.

use std::collections::BTreeSet;

use stub_builder::elf;

use crate::lab::{LINKERS, Lab, canonical};

fn versioned(linker: &str) -> Lab {
    let lab = Lab::new();
    // lld knows one parent at most.
    let map = if linker == "ld.bfd" {
        "parents.map"
    } else {
        "versions.map"
    };
    lab.library(
        "libx.so",
        &format!(
            "clang-19 --ld-path={linker} -shared -fPIC -O1 $S/versions.c \
             -Wl,-soname,libx.so -Wl,--version-script,$S/{map} \
             -Wl,--undefined-version"
        ),
    );
    lab
}

/// What `readelf -V` says of definitions, in any order: name, flags, parents.
fn definitions(lab: &Lab, side: &str) -> BTreeSet<String> {
    let text = lab.run(side, "readelf -W -V libx.so");
    let mut definitions: Vec<String> = Vec::new();
    let mut within = false;
    for line in text.lines() {
        if line.starts_with("Version") {
            within = line.contains("definition");
        } else if within && let Some((head, name)) = line.split_once("Name: ") {
            let flags = head.split("Flags: ").nth(1).unwrap();
            let flags = flags.split("Index").next().unwrap().trim();
            definitions.push(format!("{name} [{flags}]"));
        } else if within && let Some((_, parent)) = line.split_once("Parent ") {
            let (_, name) = parent.split_once(": ").unwrap();
            *definitions.last_mut().unwrap() += &format!(" < {name}");
        }
    }
    definitions.into_iter().collect()
}

#[test]
fn rule_01_versions_are_complete() {
    for linker in ["ld.bfd", "ld.lld-19"] {
        let lab = versioned(linker);
        let real = definitions(&lab, "real");
        assert_eq!(definitions(&lab, "stub"), real, "{linker}");
        // What the library was made to have.
        let names: Vec<&str> = real.iter().map(|line| line.as_str()).collect();
        assert!(names.contains(&"libx.so [BASE]"), "{names:?}");
        let unused = names
            .iter()
            .find(|line| line.starts_with("UNUSED"))
            .unwrap();
        if linker == "ld.bfd" {
            assert_eq!(*unused, "UNUSED [WEAK] < NEW");
            assert!(
                names.contains(&"TWO_PARENTS [none] < NEW < OLD"),
                "{names:?}"
            );
        }
    }
}

#[test]
fn rule_01_versions_default_and_hidden() {
    let lab = versioned("ld.bfd");
    for side in ["real", "stub"] {
        let nm = lab.run(side, "nm -D libx.so");
        for symbol in [
            "both@@NEW",
            "both@OLD",
            "gone@OLD",
            "table@OLD",
            "table@@NEW",
            "plain@@NEW",
        ] {
            let ends = |line: &str| line.ends_with(&format!(" {symbol}"));
            assert!(nm.lines().any(ends), "{side}: {symbol} in\n{nm}");
        }
    }
    // The versions of a name are symbols of their own.
    let stub = lab.read("stub/libx.so");
    let interface = elf::read(&stub).unwrap();
    let tables = interface
        .symbols
        .iter()
        .filter(|symbol| *symbol.name == "table");
    assert_eq!(
        tables.map(|symbol| symbol.size).collect::<Vec<_>>(),
        [16, 8]
    );
}

#[test]
fn rule_01_versions_bind_as_with_the_library() {
    let lab = versioned("ld.bfd");
    for (compile, link) in [("-fPIE", "-pie"), ("-fno-pic", "-no-pie")] {
        lab.same_links(
            &format!("{compile} -O1 $S/versions_user.c"),
            &format!("{link} libx.so"),
        );
        for linker in LINKERS {
            assert_eq!(lab.run_really("stub", linker), "2 1 3 4 6 16\n", "{linker}");
        }
    }
}

#[test]
fn rule_01_versions_base_comes_first_and_the_others_sorted() {
    let lab = versioned("ld.bfd");
    let real = lab.read("real/libx.so");
    let interface = canonical(&real);
    let names: Vec<String> = interface
        .versions
        .iter()
        .map(|v| v.name.to_string())
        .collect();
    assert_eq!(names, ["libx.so", "NEW", "OLD", "TWO_PARENTS", "UNUSED"]);
    assert!(interface.versions[0].base);
}

#[test]
fn rule_01_versions_beside_a_symbol_without_one() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -shared -fPIC -O1 $S/unversioned.c -Wl,-soname,libx.so \
         -Wl,--version-script,$S/unversioned.map",
    );
    lab.same_links("-fPIE -O1 $S/unversioned_user.c", "-pie libx.so");
    // gold takes definitions of one object with the same address for one, and
    // would import `called` without a version.
    let symbols = lab.run("stub", "nm -D out-ld.gold");
    assert!(symbols.contains("called@NEW"), "{symbols}");
    for linker in LINKERS {
        assert_eq!(lab.run_really("stub", linker), "3\n", "{linker}");
    }
}
