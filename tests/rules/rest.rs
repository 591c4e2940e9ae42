//! Rules 8, 11 and 12.

use stub_builder::elf;
use stub_builder::interface::RemarkTag;

use crate::lab::{LINKERS, Lab, canonical, names};

#[test]
fn rule_08_order_of_the_input_does_not_matter() {
    let lab = Lab::new();
    for source in ["order_a", "order_b"] {
        lab.run(
            "real",
            &format!("clang-19 -c -fPIC -O1 $S/{source}.c -o ../{source}.o"),
        );
    }
    let mut of_linkers: Vec<(&str, Vec<u8>)> = Vec::new();
    for linker in LINKERS {
        let mut stubs = Vec::new();
        for objects in ["../order_a.o ../order_b.o", "../order_b.o ../order_a.o"] {
            for hash in ["sysv", "gnu"] {
                lab.library(
                    "libx.so",
                    &format!(
                        "clang-19 --ld-path={linker} -shared {objects} \
                         -Wl,--hash-style={hash} -Wl,-soname,libx.so"
                    ),
                );
                stubs.push(lab.read("stub/libx.so"));
            }
        }
        let same = stubs.iter().all(|stub| *stub == stubs[0]);
        assert!(same, "{linker}: the stub depends on order or hash style");
        of_linkers.push((linker, stubs.remove(0)));
    }
    // gold alone defines a base version for libraries without versions.
    let gold = of_linkers.remove(1).1;
    let mut gold = elf::read(&gold).unwrap();
    assert!(gold.versions.len() == 1 && gold.versions[0].base);
    gold.versions.clear();
    of_linkers.push(("ld.gold", elf::write(&gold).unwrap()));
    let (_, stub) = &of_linkers[0];
    for (linker, other) in &of_linkers {
        assert!(other == stub, "the stub depends on {linker}");
    }
    let order = [
        "apple",
        "apple_data",
        "mango_data",
        "melon_ro",
        "zebra",
        "zero_data",
    ];
    assert_eq!(names(&elf::read(stub).unwrap(), true), order);
}

#[test]
fn rule_11_artefacts_of_linkers_are_dropped() {
    let mut seen = Vec::new();
    for linker in LINKERS {
        for map in ["", "-Wl,--version-script,$S/artefacts.map"] {
            let lab = Lab::new();
            lab.library(
                "libx.so",
                &format!(
                    "clang-19 --ld-path={linker} -nostdlib -shared -fPIC $S/artefacts.c {map} -Wl,-soname,libx.so"
                ),
            );
            let real = lab.read("real/libx.so");
            seen.extend(names(&elf::read(&real).unwrap(), true));
            // A variable that is called `end` is none.
            let stub = lab.read("stub/libx.so");
            let stub = elf::read(&stub).unwrap();
            let kept = ["end", "ends", "function"];
            assert_eq!(names(&stub, true), kept, "{linker} {map}");
        }
    }
    // What the linkers did export.
    for name in [
        "_end",
        "__bss_start",
        "_edata",
        "_etext",
        "_init",
        "_fini",
        "V1",
    ] {
        assert!(
            seen.iter().any(|seen| seen == name),
            "no linker exports {name}"
        );
    }
}

#[test]
fn rule_12_what_else_linkers_read_is_kept() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -fuse-ld=bfd -shared -fPIC -O1 -mno-direct-extern-access $S/placement.c \
         -Wl,-soname,libx.so -Wl,-f,libaux.so -Wl,-F,libfilter.so -Wl,--audit,libaudit.so \
         -Wl,-rpath,/nowhere",
    );
    let real = lab.read("real/libx.so");
    let tags = |interface: &stub_builder::interface::Interface| {
        let tags = interface.remarks.iter().map(|remark| remark.tag);
        let mut tags: Vec<RemarkTag> = tags.collect();
        tags.sort();
        tags
    };
    use RemarkTag::{Audit, Auxiliary, Filter, Runpath};
    assert_eq!(
        tags(&elf::read(&real).unwrap()),
        [Filter, Auxiliary, Audit, Runpath]
    );
    assert_eq!(tags(&canonical(&real)), [Filter, Auxiliary, Audit]);
    for side in ["real", "stub"] {
        let dynamic = lab.run(side, "readelf -W -d libx.so");
        for part in [
            "SONAME",
            "libx.so]",
            "libaux.so",
            "libfilter.so",
            "libaudit.so",
        ] {
            assert!(dynamic.contains(part), "{side}: {part} in\n{dynamic}");
        }
        assert_eq!(dynamic.contains("/nowhere"), side == "real");
        // Its data may not be copied.
        let notes = lab.run(side, "readelf -W -n libx.so");
        assert!(
            notes.contains("1_needed: indirect external access"),
            "{side}: {notes}"
        );
    }
}

#[test]
fn rule_12_branch_protection_is_kept() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "clang-19 --target=aarch64-linux-gnu -mbranch-protection=standard -nostdlib -shared \
         -fPIC -O1 --ld-path=ld.lld-19 $S/machine.c -Wl,-z,force-bti",
    );
    for side in ["real", "stub"] {
        let notes = lab.run(side, "readelf -W -n libx.so");
        assert!(
            notes.contains("AArch64 feature: BTI, PAC"),
            "{side}: {notes}"
        );
    }
}

#[test]
fn exact_stubs_give_identical_links() {
    let sources = [
        ("versions", "-Wl,--version-script,$S/parents.map"),
        ("placement", ""),
        ("aliases", ""),
        ("functions", ""),
        ("protected", ""),
    ];
    for (source, flags) in sources {
        let lab = Lab::new();
        lab.library(
            "libx.so",
            &format!("gcc -shared -fPIC -O1 $S/{source}.c {flags} -Wl,-soname,libx.so"),
        );
        let real = lab.read("real/libx.so");
        let exact = elf::write(&elf::read(&real).unwrap()).unwrap();
        lab.write("stub/libx.so", exact);
        let modes = [
            ("-fPIE", "-pie"),
            ("-fno-pic", "-no-pie"),
            ("-fPIC", "-shared"),
        ];
        for (compile, link) in modes {
            lab.run(
                "real",
                &format!("clang-19 -c -O1 {compile} $S/{source}_user.c -o ../user.o"),
            );
            for linker in LINKERS {
                let command =
                    format!("clang-19 --ld-path={linker} {link} ../user.o libx.so -o out");
                let [real, stub] = ["real", "stub"].map(|side| {
                    let output = lab.output(side, &command);
                    let linked = output
                        .status
                        .success()
                        .then(|| lab.read(&format!("{side}/out")));
                    (output.stderr, linked)
                });
                assert!(real == stub, "{source} {link} {linker}");
            }
        }
    }
}
