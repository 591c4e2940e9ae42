//! Rules 5 and 6: functions, and what GNU adds to symbols.

use stub_builder::interface::{Binding, Kind};

use crate::lab::{LINKERS, Lab, canonical, symbol};

#[test]
fn rule_05_sizes_of_functions_are_zero() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -shared -fPIC -O1 $S/functions.c -Wl,-soname,libx.so",
    );
    let sizes = |side| {
        let table = lab.run(side, "readelf -W --dyn-syms libx.so");
        let of = |name: &str| {
            let line = table
                .lines()
                .find(|line| line.ends_with(&format!(" {name}")));
            let words: Vec<&str> = line.unwrap().split_whitespace().collect();
            (words[2].parse::<u64>().unwrap(), words[3].to_owned())
        };
        ["chosen", "longer", "table", "thread"].map(of)
    };
    let real = sizes("real");
    assert!(real[0].0 > 0 && real[1].0 > 0, "{real:?}");
    assert_eq!((real[0].1.as_str(), real[1].1.as_str()), ("IFUNC", "FUNC"));
    let expected = [(0, "FUNC"), (0, "FUNC"), (12, "OBJECT"), (20, "TLS")];
    assert_eq!(
        sizes("stub").map(|(n, kind)| (n, kind)),
        expected.map(|(n, k)| (n, k.to_owned()))
    );
}

#[test]
fn rule_05_ifunc_is_a_function_to_those_who_import_it() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -shared -fPIC -O1 $S/functions.c -Wl,-soname,libx.so",
    );
    // IFUNC makes linkers write the GNU OSABI; nothing else here does.
    assert!(lab.run("real", "readelf -h libx.so").contains("UNIX - GNU"));
    assert!(
        lab.run("stub", "readelf -h libx.so")
            .contains("UNIX - System V")
    );
    for (compile, link) in [("-fPIE", "-pie"), ("-fno-pic", "-no-pie")] {
        lab.same_links(
            &format!("{compile} -O1 $S/functions_user.c"),
            &format!("{link} libx.so"),
        );
        for linker in LINKERS {
            assert_eq!(lab.run_really("stub", linker), "42 42 46 3 0\n", "{linker}");
        }
    }
    let real = lab.read("real/libx.so");
    assert_eq!(symbol(&canonical(&real), "chosen").kind, Kind::Function);
}

fn unique() -> Lab {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "clang-19 --ld-path=ld.bfd -shared $S/unique.s -Wl,-soname,libx.so",
    );
    lab
}

#[test]
fn rule_06_unique_symbols_stay() {
    let lab = unique();
    let real = lab.read("real/libx.so");
    let stub = canonical(&real);
    assert_eq!(symbol(&stub, "singleton").binding, Binding::Unique);
    assert_eq!(symbol(&stub, "ordinary").binding, Binding::Global);
    assert!(lab.run("stub", "readelf -h libx.so").contains("UNIX - GNU"));
    let table = lab.run("stub", "readelf -W --dyn-syms libx.so");
    let unique = table.lines().filter(|line| line.contains("UNIQUE"));
    assert_eq!(unique.count(), 1, "{table}");
}

#[test]
fn rule_06_warnings_stay() {
    let lab = unique();
    lab.same_links("-O1 -fno-pic $S/unique_user.c", "-no-pie libx.so");
    for linker in LINKERS {
        assert_eq!(lab.run_really("stub", linker), "11 12 13\n", "{linker}");
    }
    // bfd and gold are those that print them.
    for linker in ["ld.bfd", "ld.gold"] {
        let command = format!("clang-19 --ld-path={linker} -no-pie ../user.o libx.so -o out");
        let output = lab.output("stub", &command);
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(messages.contains("risky is risky"), "{linker}: {messages}");
    }
}
