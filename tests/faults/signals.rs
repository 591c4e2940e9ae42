//! Ended at any moment, by those who ask and those who don't.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::lab::{Lab, PROGRAM, messages, real_library};

const ROUNDS: u32 = 100;

/// Starts what `start` says, which takes about `length`, a hundred times, ends it
/// at moments all over that and a bit beyond, and has `look` at what is left.
pub fn end_at_any_moment(
    length: Duration,
    mut start: impl FnMut() -> Command,
    mut look: impl FnMut(),
) {
    for round in 0..ROUNDS {
        let mut run = start()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(length * (round + 1) * 12 / (ROUNDS * 10));
        let signal = if round % 2 == 0 { "-TERM" } else { "-KILL" };
        let pid = run.id().to_string();
        let _ = Command::new("kill").args([signal, &pid]).output().unwrap();
        let _ = run.wait().unwrap();
        look();
    }
}

/// The tree's hash as `stubs` prints it, which reads what is on disk.
fn start(lab: &Lab) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .arg("stubs")
        .arg(lab.package())
        .arg("--out")
        .arg(lab.out())
        .env_remove("NIX_BUILD_TOP");
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
    let clear = || {
        let _ = fs::remove_dir_all(lab.out());
    };
    clear();
    end_at_any_moment(
        length,
        || start(&lab),
        || {
            match lab.out().exists() {
                true => {
                    there += 1;
                    assert_eq!(stub_builder::nar::hash(&lab.out()).unwrap(), right);
                }
                false => absent += 1,
            }
            clear();
        },
    );
    assert!(absent > 0, "always too late: {there}");
    let again = start(&lab).output().unwrap();
    assert_eq!(again.stdout, whole.stdout, "{}", messages(&again));
}
