//! The command, and the function behind it.

use std::path::PathBuf;

use globset::GlobSet;
use serde_json::Value;
use stub_builder::commands::check::{File, InterfaceTree, Request, check};
use stub_builder::commands::loader::Defaults;
use stub_builder::elf;

use crate::lab::Lab;

const MAIN: &str = "int f(void); int main(void) { return f() != 1; }";
const F: &str = "int f(void) { return 1; }";

/// A program that lost its function, and a plug-in that never had its own.
fn wanting() -> Lab {
    let lab = Lab::new();
    lab.library("real/liba.so.1", F, "");
    lab.program("tree/bin/main", MAIN, "real/liba.so.1");
    lab.library(
        "tree/lib/plugin.so",
        "int host(void); int g(void) { return host(); }",
        "",
    );
    lab.write("tree/share/text", "text");
    lab.library("real/liba.so.1", "int g(void) { return 1; }", "");
    lab
}

#[test]
fn globs_exempt_files() {
    let lab = wanting();
    let both = ["error SB0801", "warning SB0801"];
    let mut sorted = lab.check("tree --against real").codes();
    sorted.sort();
    assert_eq!(sorted, both);
    lab.check("tree --against real --exempt plugin.so")
        .finds(&both[..1], &[]);
    let checked = lab.check("tree --against real --exempt bin/*");
    checked.finds(&both[1..], &[]);
    assert!(
        checked
            .stdout
            .contains(", 1 exempt, 1 warning, 0 problems\n"),
        "{}",
        checked.stdout
    );
    lab.check("tree --against real --exempt /lib/* --exempt **/main --strict")
        .finds(&[], &[]);
    let checked = lab.check("tree --against real --exempt [a");
    checked.finds(&["error SB0108"], &[]);
}

#[test]
fn the_report_is_there_as_json() {
    let lab = wanting();
    let checked = lab.check("tree --against real --json");
    assert_eq!(checked.status, 1);
    let report: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(report["files"], 2);
    assert!(report["imports"].as_u64().unwrap() > 4);
    assert_eq!(report["warnings"][0]["path"], "tree/lib/plugin.so");
    assert_eq!(report["problems"][0]["code"], "SB0801");
    assert_eq!(report["problems"].as_array().unwrap().len(), 1);
}

#[test]
fn wrong_arguments_are_another_exit_status() {
    let lab = wanting();
    for arguments in ["", "tree", "--against real", "tree --against real --jobs 0"] {
        let checked = lab.check(arguments);
        assert_eq!(checked.status, 2, "{arguments}");
        assert!(checked.stdout.is_empty(), "{arguments}");
    }
    lab.check("nowhere --against real")
        .finds(&["error SB0101"], &["nowhere"]);
    lab.check("tree --against real --interface nowhere")
        .finds(&["error SB0101"], &["nowhere"]);
}

#[test]
fn one_thread_says_what_many_say() {
    let lab = wanting();
    let [one, many] = ["1", "4"].map(|jobs| {
        let checked = lab.check(&format!("tree --against real --jobs {jobs}"));
        (checked.stdout, checked.stderr)
    });
    assert_eq!(one, many);
}

#[test]
fn damaged_files_are_a_warning() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", F, "");
    lab.program("tree/main", MAIN, "real/liba.so.1");
    let whole = std::fs::read(lab.path("tree/main")).unwrap();
    lab.write("tree/cut", &whole[..whole.len() / 2]);
    lab.check("tree --against real")
        .finds(&["warning SB0201"], &["tree/cut"]);
    lab.check("tree --against real --strict")
        .finds(&["error SB0201"], &["tree/cut"]);
}

#[test]
fn damage_is_no_panic() {
    let lab = Lab::new();
    lab.versioned("liba.so.1", F, "V1 { f; };");
    lab.program(
        "main",
        "#include <stdio.h>\nint f(void); int main(void) { fputs(\"x\", stderr); return f(); }",
        "-no-pie -fno-pie liba.so.1",
    );
    let library = std::fs::read(lab.path("liba.so.1")).unwrap();
    let program = std::fs::read(lab.path("main")).unwrap();
    let imports = elf::imports(&program).unwrap();
    assert!(imports.symbols.iter().any(|import| import.copy.is_some()));
    let look = |library: &[u8], program: &[u8]| {
        let (Ok(imports), Ok(definitions)) =
            (elf::imports(program), elf::Definitions::new(library))
        else {
            return;
        };
        for import in &imports.symbols {
            if let Some(defined) = definitions.find(&elf::Wanted::new(import), true) {
                let _ = definitions.alignment(&defined);
            }
        }
    };
    look(&library, &program);
    for (whole, is_program) in [(&library, false), (&program, true)] {
        for at in 0..whole.len() {
            // All that headers, tables and strings are made of, and a sample
            // of the rest.
            if at > 0x1000 && at % 7 != 0 {
                continue;
            }
            for value in [0, 0x7f, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = value;
                match is_program {
                    true => look(&library, &damaged),
                    false => look(&damaged, &program),
                }
            }
        }
        for length in (0..whole.len()).step_by(61) {
            match is_program {
                true => look(&library, &whole[..length]),
                false => look(&whole[..length], &program),
            }
        }
    }
}

/// As relink has it: the tree is not where its own paths say.
#[test]
fn trees_may_lie_elsewhere_than_they_are_installed() {
    let lab = Lab::new();
    lab.library(
        "staged/lib/libown.so.1.0",
        "int own(void) { return 1; }",
        "-Wl,-soname,libown.so.1",
    );
    lab.library("real/liba.so.1", F, "");
    let main = "int f(void); int own(void); int main(void) { return f() != own(); }";
    let flags =
        "staged/lib/libown.so.1.0 real/liba.so.1 -Wl,-rpath,/final/place/lib64:/final/real/lib";
    lab.program("staged/bin/main", main, flags);
    lab.run("ln -s lib staged/lib64");
    lab.run("ln -s /final/place/lib/libown.so.1.0 staged/lib/libown.so.1");
    let name = "bin/main";
    let files = [File {
        path: PathBuf::from("/final/place").join(name),
        name: name.into(),
    }];
    let moved = [
        (PathBuf::from("/final/place"), lab.path("staged")),
        (PathBuf::from("/final/real/lib"), lab.path("real")),
    ];
    let exempt = GlobSet::empty();
    let request = |moved| Request {
        files: &files,
        moved,
        directories: Defaults::default(),
        interfaces: &[],
        exempt: &exempt,
        strict: false,
    };
    let (report, problems) = check(&request(&moved));
    assert_eq!(problems, []);
    // Both, libc and the interpreter.
    assert_eq!((report.files, report.libraries), (1, 4));
    let (_, problems) = check(&request(&moved[..1]));
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let start = "SB0803: /final/place/bin/main: needs liba.so.1, which is not found, nor are f\n";
    assert!(problems[0].starts_with(start), "{problems:?}");
    // The final place exists not at all.
    let (_, problems) = check(&request(&[]));
    assert_eq!(problems[0].fault.code(), "SB0101");
    // A stand-in for real outputs is found by the same paths.
    lab.stubs("real", "stubs", "");
    let interfaces = [InterfaceTree {
        tree: lab.path("stubs"),
        real: vec![lab.path("real")],
        imports_suffice: false,
    }];
    lab.library("real/liba.so.1", "int g(void) { return 1; }", "");
    let (report, problems) = check(&Request {
        interfaces: &interfaces,
        ..request(&moved)
    });
    let codes: Vec<&str> = problems
        .iter()
        .map(|problem| problem.fault.code())
        .collect();
    assert_eq!((codes, report.interfaces), (vec!["SB0801", "SB0807"], 1));
}
