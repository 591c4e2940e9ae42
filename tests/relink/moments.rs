//! Processes that are ended on the way.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::lab::{Lab, STUB_BUILDER};

const LINKS: usize = 400;

#[test]
fn masking_loses_no_link_at_any_moment() {
    let lab = Lab::new();
    let target = format!("{}/lib", lab.tree);
    let make = || {
        let _ = fs::remove_dir_all(&lab.compile);
        fs::create_dir(&lab.compile).unwrap();
        for index in 0..LINKS {
            symlink(&target, format!("{}/{index}", lab.compile)).unwrap();
        }
    };
    let mask = || {
        let mut command = Command::new(STUB_BUILDER);
        command.arg("mask").arg(&lab.compile);
        command.env("NIX_STORE", &lab.store).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    make();
    let started = Instant::now();
    assert!(mask().wait().unwrap().success());
    let length = started.elapsed();
    let masked = format!("{}/lib", lab.masked(&lab.tree));
    let mut between = 0;
    for round in 0..12u32 {
        make();
        let mut process = mask();
        std::thread::sleep(length * round / 12 + Duration::from_micros(100));
        process.kill().unwrap();
        process.wait().unwrap();
        let mut done = 0;
        for index in 0..LINKS {
            let link = fs::read_link(format!("{}/{index}", lab.compile)).unwrap();
            let link = link.to_str().unwrap();
            assert!(link == target || link == masked, "{link}");
            done += usize::from(link == masked);
        }
        between += u32::from(0 < done && done < LINKS);
    }
    assert!(between > 0);
}
