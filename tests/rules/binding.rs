//! Data of a stub that something is bound to leaves a line, and nothing else
//! does: docs/format.md, "When its data is bound".

use std::os::unix::process::ExitStatusExt;

use crate::lab::{LINKERS, Lab};

const CALLED: &str = "stub-builder: called into a stub: libloaded.so.1 (it is for linking only)\n";

/// How a program may refer to what is in a library: by copy relocations, through
/// the global offset table, with thread-local data in each way there is.
const MODELS: [&str; 3] = [
    "-fno-pic -no-pie",
    "-fPIE -pie",
    "-fPIC -pie -ftls-model=global-dynamic",
];

fn compilers() -> Vec<String> {
    let linkers = LINKERS.map(|linker| format!("clang-19 --ld-path={linker}"));
    let others = ["gcc", "gcc -mno-direct-extern-access", "musl-gcc"];
    linkers
        .into_iter()
        .chain(others.map(str::to_owned))
        .collect()
}

fn line(symbol: &str) -> String {
    format!("stub-builder: bound to data of a stub: libloaded.so.1 ({symbol})\n")
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.library(
        "libloaded.so.1",
        "gcc -shared -fPIC -O1 $S/loaded.c -Wl,-soname,libloaded.so.1",
    );
    lab
}

/// Links something of bound.c, so that the stub is loaded with it.
fn link(lab: &Lab, command: &str) {
    let (compiler, rest) = command.split_once(" -").unwrap();
    lab.run(
        "stub",
        &format!(
            "{compiler} -O1 -Wl,--no-as-needed $S/bound.c -{rest} libloaded.so.1 -Wl,-rpath,$L/stub"
        ),
    );
}

/// What a program leaves in the log; it has to succeed, and to be silent.
fn log_of(lab: &Lab, program: &str) -> String {
    lab.write("log", "");
    let command = format!("env STUB_BUILDER_LOG=$L/log {program}");
    let output = lab.output("stub", &command);
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {}", output.status);
    assert_eq!(messages, "", "{program}");
    String::from_utf8(lab.read("log")).unwrap()
}

#[test]
fn binding_to_data_leaves_a_line() {
    let lab = lab();
    for compiler in compilers() {
        for model in MODELS {
            for (what, symbol) in [
                ("VALUE", "value"),
                ("CONSTANT", "constant"),
                ("THREAD", "thread"),
            ] {
                let command = format!("{compiler} {model} -D{what} -o program");
                link(&lab, &command);
                assert_eq!(log_of(&lab, "./program"), line(symbol), "{command}");
            }
        }
    }
}

#[test]
fn binding_by_descriptors_leaves_a_line() {
    let lab = lab();
    // bfd has these among the relocations of the procedure linkage table.
    let library = "gcc -shared -fPIC -mtls-dialect=gnu2 -DLIBRARY -DTHREAD -o libuser.so";
    link(&lab, library);
    let relocations = lab.run("stub", "readelf -W -r libuser.so");
    let (_, plt) = relocations.split_once("'.rela.plt'").unwrap();
    assert!(plt.contains("R_X86_64_TLSDESC"), "{relocations}");
    link(&lab, "gcc -DTHROUGH_LIBRARY libuser.so -o program");
    assert_eq!(log_of(&lab, "./program"), line("thread"));
}

#[test]
fn binding_to_functions_leaves_nothing() {
    let lab = lab();
    for compiler in compilers() {
        for model in MODELS {
            for what in ["NOTHING", "FUNCTION", "OWN"] {
                let command = format!("{compiler} {model} -D{what} -o program");
                link(&lab, &command);
                assert_eq!(log_of(&lab, "./program"), "", "{command}");
            }
        }
        link(&lab, &format!("{compiler} -DCALL -o program"));
        lab.write("log", "");
        let output = lab.output("stub", "env STUB_BUILDER_LOG=$L/log ./program");
        assert!(output.status.signal().is_some(), "{compiler}");
        assert_eq!(lab.read("log"), CALLED.as_bytes(), "{compiler}");
    }
}

#[test]
fn binding_of_a_library_counts_wherever_it_comes_from() {
    let lab = lab();
    for compiler in ["gcc", "musl-gcc"] {
        for (what, expected) in [
            ("VALUE", line("value")),
            ("THREAD", line("thread")),
            ("FUNCTION", String::new()),
        ] {
            let library = format!("{compiler} -shared -fPIC -DLIBRARY -D{what} -o libuser.so");
            link(&lab, &library);
            for program in ["THROUGH_LIBRARY", "THROUGH_DLOPEN"] {
                // The stub is loaded for the library alone.
                let user = match program {
                    "THROUGH_LIBRARY" => "libuser.so",
                    _ => "-ldl",
                };
                lab.run(
                    "stub",
                    &format!(
                        "{compiler} -D{program} $S/bound.c -o program {user} \
                     -Wl,-rpath,$L/stub -Wl,-rpath-link,$L/stub -Wl,--allow-shlib-undefined"
                    ),
                );
                assert_eq!(log_of(&lab, "./program"), expected, "{library}, {program}");
            }
        }
    }
}

#[test]
fn binding_to_somebody_elses_data_leaves_nothing() {
    let lab = lab();
    for compiler in ["gcc", "musl-gcc"] {
        // The library wants `value`, and gets the program's.
        link(
            &lab,
            &format!("{compiler} -shared -fPIC -DLIBRARY -DVALUE -Dread_it=unused -o libuser.so"),
        );
        link(&lab, &format!("{compiler} -DOWN libuser.so -o program"));
        assert_eq!(log_of(&lab, "./program"), "", "{compiler}");
    }
}

#[test]
fn binding_to_two_stubs_is_told_of_each_once() {
    let lab = lab();
    lab.library(
        "libmore.so.2",
        "gcc -shared -fPIC -O1 -Dvalue=more -Dconstant=much -Dthread=most -Dcall=most_of_all \
         $S/loaded.c -Wl,-soname,libmore.so.2",
    );
    link(&lab, "gcc -shared -fPIC -DLIBRARY -DTHREAD -o libuser.so");
    link(
        &lab,
        "gcc -shared -fPIC -DLIBRARY -DVALUE -Dvalue=more libmore.so.2 -o libother.so",
    );
    link(&lab, "gcc -DVALUE libuser.so libother.so -o program");
    let log = log_of(&lab, "./program");
    let mut lines: Vec<&str> = log.lines().collect();
    lines.sort_unstable();
    // The program comes first, so `value`, and not the library's `thread`.
    let [first, second] = [
        line("value"),
        line("more").replace("loaded.so.1", "more.so.2"),
    ];
    assert_eq!(lines, [first.trim_end(), second.trim_end()]);
}

#[test]
fn binding_without_a_log_leaves_nothing() {
    let lab = lab();
    for compiler in ["gcc", "musl-gcc"] {
        link(&lab, &format!("{compiler} -DVALUE -o program"));
        for variable in [
            "XSTUB_BUILDER_LOG=$L/log",
            "STUB_BUILDER_LOG=",
            "STUB_BUILDER_LOG=/nowhere/log",
            &format!("STUB_BUILDER_LOG={}", "long".repeat(2000)),
        ] {
            let output = lab.output("stub", &format!("env {variable} ./program"));
            assert!(output.status.success(), "{variable}: {}", output.status);
            assert!(!lab.path("log").exists(), "{variable}");
        }
    }
}

#[test]
fn binding_is_seen_after_other_tools_have_been_at_the_stub() {
    for command in [
        "patchelf --set-rpath /some/where/quite/far/away/from/here libloaded.so.1",
        "patchelf --add-needed libc.so.6 libloaded.so.1",
        "strip libloaded.so.1",
        "llvm-strip-19 libloaded.so.1",
        "llvm-strip-19 --strip-sections libloaded.so.1",
    ] {
        let lab = lab();
        link(&lab, "gcc -DVALUE -o program");
        link(&lab, "gcc -DFUNCTION -o other");
        lab.run("stub", command);
        assert_eq!(log_of(&lab, "./program"), line("value"), "{command}");
        assert_eq!(log_of(&lab, "./other"), "", "{command}");
    }
}

#[test]
fn binding_is_looked_for_by_stubs_with_data_alone() {
    let constructor = |source: &str| {
        let lab = Lab::new();
        lab.write("source.c", source);
        lab.library("libx.so", "gcc -shared -fPIC ../source.c");
        lab.run("stub", "readelf -d libx.so").contains("INIT_ARRAY")
    };
    assert!(constructor("int x = 1;"));
    assert!(constructor("const int x = 1;"));
    assert!(constructor("_Thread_local int x;"));
    assert!(!constructor("int x(void) { return 1; }"));
    assert!(!constructor(
        "extern char x; __asm__(\".globl x\\n.set x, 5\");"
    ));
}
