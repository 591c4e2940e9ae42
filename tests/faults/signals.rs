//! Ended at any moment, by those who ask and those who don't.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::lab::{Lab, PROGRAM, messages, real_library};

const ROUNDS: u32 = 100;

/// The tree's hash as `stubs` prints it, which reads what is on disk.
fn start(lab: &Lab) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .arg("stubs")
        .arg(lab.package())
        .arg("--out")
        .arg(lab.out())
        .env_remove("NIX_BUILD_TOP")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn ended_at_any_moment_it_leaves_all_or_nothing() {
    let lab = Lab::new();
    lab.add("lib/libx.so.1", real_library());
    for index in 0..200 {
        lab.add(&format!("include/{index}.h"), "int x;\n".repeat(index));
    }
    let started = Instant::now();
    let whole = start(&lab).output().unwrap();
    let length = started.elapsed();
    assert_eq!(whole.status.code(), Some(0), "{}", messages(&whole));
    let right = stub_builder::nar::hash(&lab.out()).unwrap();
    let (mut absent, mut there) = (0, 0);
    for round in 0..ROUNDS {
        let _ = fs::remove_dir_all(lab.out());
        let mut run = start(&lab).spawn().unwrap();
        std::thread::sleep(length * (round + 1) * 12 / (ROUNDS * 10));
        let signal = if round % 2 == 0 { "-TERM" } else { "-KILL" };
        let pid = run.id().to_string();
        let _ = Command::new("kill").args([signal, &pid]).output().unwrap();
        let _ = run.wait().unwrap();
        if lab.out().exists() {
            there += 1;
            assert_eq!(stub_builder::nar::hash(&lab.out()).unwrap(), right);
        } else {
            absent += 1;
        }
    }
    assert!(absent > 0, "always too late: {there}");
    let _ = fs::remove_dir_all(lab.out());
    let again = start(&lab).output().unwrap();
    assert_eq!(again.stdout, whole.stdout, "{}", messages(&again));
}
