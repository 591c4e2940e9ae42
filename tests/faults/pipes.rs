//! A pipe where a file is expected: nobody writes to it, and nobody waits.

use std::path::Path;
use std::process::Command;

use crate::lab::{HANGS, Lab, messages, real_library, run};

fn pipe(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_needed_library_that_is_a_pipe_is_one_that_is_missing() {
    let lab = Lab::new();
    lab.add("lib/libstdc++.so.6", real_library());
    let directory = lab.path("others");
    std::fs::create_dir(&directory).unwrap();
    pipe(&directory.join("libm.so.6"));
    pipe(&directory.join("libc.so.6"));
    let paths: [&Path; 5] = [
        &lab.package(),
        Path::new("--out"),
        &lab.out(),
        Path::new("--library-path"),
        &directory,
    ];
    let output = run(&[], &["stubs"], &paths);
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
}

#[test]
fn a_pipe_in_a_package_is_a_special_file() {
    let lab = Lab::new();
    pipe(&lab.package().join("lib/libx.so"));
    let output = lab.stubs(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", messages(&output));
    assert!(messages(&output).contains("error: SB0107: lib/libx.so: "));
    assert!(!lab.out().exists());
}

#[test]
fn no_command_waits_for_a_pipe() {
    let lab = Lab::new();
    pipe(&lab.package().join("lib/libx.so"));
    let alone = lab.path("pipe");
    pipe(&alone);
    for source in [lab.package(), alone] {
        for words in [
            &["interface"][..],
            &["check", "--against", "/usr/lib"],
            &["mask"],
            &["diff", "/usr/lib/os-release"],
        ] {
            let output = run(&[], words, &[&source]);
            let code = output.status.code();
            assert!(
                code.is_some_and(|code| code != HANGS),
                "{words:?} {source:?}"
            );
        }
    }
}
