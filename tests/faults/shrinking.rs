//! Files that become shorter while they are read.

use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use stub_builder::commands::files::{Files, map_loadable};
use stub_builder::commands::stubs::gather::{Options, gather, globs};
use stub_builder::commands::stubs::select::select;
use stub_builder::package::judge::Wishes;
use stub_builder::package::prefixes::Prefixes;

use crate::lab::{Lab, PROGRAM, messages, real_library};

fn cut(path: &std::path::Path, length: u64) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(length).unwrap();
}

#[test]
fn pages_that_are_gone_read_as_zeros_and_are_told() {
    let lab = Lab::new();
    let bytes = real_library();
    let kept = lab.add("lib/kept.so", &bytes);
    let path = lab.add("lib/cut.so", &bytes);
    let files = Files::default();
    let mapped = files.map(&path).unwrap();
    assert_eq!(files.map(&kept).unwrap(), bytes);
    assert!(files.shortened().is_empty());
    let loadable = map_loadable(&path).unwrap().unwrap();
    assert!(loadable.intact().is_ok());

    // All threads that read it, and pages far apart.
    cut(&path, 100);
    assert_eq!(mapped[..100], bytes[..100]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(mapped[100..].iter().all(|byte| *byte == 0)));
        }
    });
    let shortened = files.shortened();
    assert_eq!(shortened.len(), 1);
    assert_eq!(shortened[0].0, path);
    let cause = format!("it had {} bytes at first and has 100 now", bytes.len());
    assert_eq!(shortened[0].1.to_string(), cause);
    assert_eq!(loadable.bytes()[bytes.len() - 1], 0);
    assert!(loadable.intact().is_err());

    // Even if it has its length again.
    cut(&path, bytes.len() as u64);
    assert_eq!(files.shortened().len(), 1);
}

#[test]
fn a_library_that_is_emptied_after_it_was_listed_is_told() {
    let lab = Lab::new();
    let path = lab.add("lib/libx.so.1", real_library());
    let none = globs(&[]).unwrap();
    let gathered = gather(&Options {
        sources: &[lab.package()],
        exclude: &none,
        include: &none,
        store_dir: "/nix/store",
        follow: &[],
    });
    cut(&path, 0);
    let own = Prefixes::default();
    let mut problems = Vec::new();
    let files = Files::default();
    select(
        &gathered,
        &files,
        &own,
        &none,
        Wishes::default(),
        &mut problems,
    );
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].fault.code(), "SB0101");
    assert_eq!(problems[0].path, "lib/libx.so.1");
}

/// Cut at many moments of a run, it is always a problem with a code, or it was
/// too late to matter.
#[test]
fn no_moment_is_a_bad_one() {
    let lab = Lab::new();
    let bytes = real_library();
    let names: Vec<_> = (0..4).map(|index| format!("lib/lib{index}.so.1")).collect();
    for name in &names {
        lab.add(name, &bytes);
    }
    let started = Instant::now();
    let whole = lab.stubs(&[]);
    let length = started.elapsed();
    assert_eq!(whole.status.code(), Some(0), "{}", messages(&whole));
    let mut told = 0;
    for round in 0..40u32 {
        let _ = fs::remove_dir_all(lab.out());
        for name in &names {
            lab.add(name, &bytes);
        }
        let run = Command::new(PROGRAM)
            .arg("stubs")
            .arg(lab.package())
            .arg("--out")
            .arg(lab.out())
            .env_remove("NIX_BUILD_TOP")
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(length * round / 40);
        for name in &names {
            cut(&lab.package().join(name), u64::from(round % 3 + 1) * 1000);
        }
        let output = run.wait_with_output().unwrap();
        let text = messages(&output);
        match output.status.code() {
            Some(0) => assert_eq!(output.stdout, whole.stdout),
            Some(1) => {
                told += usize::from(text.contains("bytes at first and has"));
                assert!(text.contains("error: SB0"), "{text}");
                assert!(!lab.out().exists());
            }
            other => panic!("round {round}: {other:?}: {text}"),
        }
        assert!(lab.litter().is_empty());
    }
    assert!(told > 0);
    assert!(started.elapsed() < Duration::from_secs(120));
}
