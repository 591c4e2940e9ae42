//! Disks that are full or read-only.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::lab::{Lab, PROGRAM, as_user, messages, open_to_all, real_library};

const LIBRARIES: usize = 4;

fn lab() -> Lab {
    let lab = Lab::new();
    for index in 0..LIBRARIES {
        lab.add(&format!("lib/lib{index}.so.1"), real_library());
    }
    fs::create_dir(lab.path("disk")).unwrap();
    lab
}

/// Runs the program where `lab`'s `disk` is a file system of `size` bytes of
/// its own, and then says on standard output what is there.
fn on_disk(lab: &Lab, size: usize, arguments: &str) -> Output {
    let script = format!(
        "mount -t tmpfs -o size={size} tmpfs disk && {{ {PROGRAM} {arguments} >printed; \
         status=$?; find disk -mindepth 1 | sort; exit $status; }}"
    );
    Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(lab.directory.path())
        .env_remove("NIX_BUILD_TOP")
        .output()
        .unwrap()
}

#[test]
fn a_full_disk_holds_nothing_or_all() {
    let lab = lab();
    for arguments in [
        "stubs package --out disk/out",
        "interface package --out disk/out",
        "interface package -o disk/out.ifs",
    ] {
        let mut said = 0;
        let mut fits = 0;
        for kilobytes in [4, 64, 300, 900, 1700, 64 << 10] {
            let output = on_disk(&lab, kilobytes << 10, arguments);
            let there = String::from_utf8_lossy(&output.stdout).into_owned();
            let text = messages(&output);
            match output.status.code() {
                Some(0) => {
                    fits += 1;
                    assert!(there.contains("disk/out"), "{there}");
                }
                Some(1) => {
                    said += usize::from(text.contains("No space left on device"));
                    assert!(text.contains("error: SB0101: "), "{text}");
                    assert_eq!(there, "", "{arguments}, {kilobytes} KiB: {text}");
                }
                other => panic!("{arguments}, {kilobytes} KiB: {other:?}: {text}"),
            }
        }
        assert!(said > 0 && fits > 0, "{arguments}: {said} and {fits}");
    }
}

#[test]
fn a_file_that_was_there_stays_if_the_new_one_does_not_fit() {
    let lab = lab();
    let script = format!(
        "mount -t tmpfs -o size=64k tmpfs disk && echo old >disk/out.ifs && \
         {PROGRAM} interface package -o disk/out.ifs; echo $?; find disk -type f; cat disk/out.ifs"
    );
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(lab.directory.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text, "1\ndisk/out.ifs\nold\n", "{}", messages(&output));
}

#[test]
fn what_cannot_be_printed_is_an_error() {
    let lab = lab();
    let full = || {
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for words in [&["interface"][..], &["stubs", "--json", "--out", "out"]] {
        let output = Command::new(PROGRAM)
            .args(words)
            .arg("package")
            .current_dir(lab.directory.path())
            .env_remove("NIX_BUILD_TOP")
            .stdout(full())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(messages(&output).contains("No space left on device"));
    }
}

#[test]
fn a_directory_that_nobody_may_write_to() {
    let lab = lab();
    open_to_all(lab.directory.path());
    let closed = lab.path("closed");
    fs::create_dir(&closed).unwrap();
    let status = Command::new("chmod").arg("555").arg(&closed).status();
    assert!(status.unwrap().success());
    let mut words = as_user();
    words.push(PROGRAM);
    let output = Command::new(words[0])
        .args(&words[1..])
        .arg("stubs")
        .arg(lab.package())
        .arg("--out")
        .arg(closed.join("out"))
        .env_remove("NIX_BUILD_TOP")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = messages(&output);
    assert!(
        text.contains("error: SB0101: ") && text.contains("Permission denied"),
        "{text}"
    );
    assert_eq!(fs::read_dir(&closed).unwrap().count(), 0);
}

/// A directory of the package that may not be looked into.
#[test]
fn a_directory_that_nobody_may_read() {
    let lab = Lab::new();
    lab.add("lib/private/x.h", "");
    open_to_all(lab.directory.path());
    let closed = lab.package().join("lib/private");
    let mode = |mode: &str, path: &Path| {
        let status = Command::new("chmod").arg(mode).arg(path).status();
        assert!(status.unwrap().success());
    };
    mode("000", &closed);
    let output = lab.stubs(&as_user());
    mode("755", &closed);
    assert_eq!(output.status.code(), Some(1));
    let text = messages(&output);
    assert!(text.contains("error: SB0101: lib/private: "), "{text}");
    assert!(!lab.out().exists());
}
