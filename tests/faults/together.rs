//! Several at once, with one output.

use std::fs;
use std::process::{Child, Command, Stdio};

use crate::lab::{Lab, PROGRAM, messages, real_library};

const PROCESSES: usize = 6;

fn all_at_once(lab: &Lab, words: &[&str]) -> Vec<std::process::Output> {
    let start = |_| -> Child {
        let mut command = Command::new(PROGRAM);
        let command = command
            .args(words)
            .arg("package")
            .current_dir(lab.directory.path())
            .env_remove("NIX_BUILD_TOP")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let started: Vec<Child> = (0..PROCESSES).map(start).collect();
    let ended = started.into_iter().map(Child::wait_with_output);
    ended.map(Result::unwrap).collect()
}

#[test]
fn one_of_several_makes_the_tree() {
    let lab = Lab::new();
    lab.add("lib/libx.so.1", real_library());
    for index in 0..100 {
        lab.add(&format!("include/{index}.h"), "");
    }
    let right = lab.stubs(&[]).stdout;
    for _ in 0..5 {
        fs::remove_dir_all(lab.out()).unwrap();
        let ended = all_at_once(&lab, &["stubs", "--out", "out"]);
        let good = ended.iter().filter(|output| output.status.success());
        assert_eq!(good.count(), 1);
        for output in &ended {
            let text = messages(output);
            match output.status.code() {
                Some(0) => assert_eq!(output.stdout, right),
                Some(1) => assert!(text.contains("error: SB0101: out: "), "{text}"),
                other => panic!("{other:?}: {text}"),
            }
        }
        let hash = stub_builder::nar::hash(&lab.out()).unwrap();
        assert_eq!(hash, String::from_utf8_lossy(&right).trim());
        assert!(lab.litter().is_empty());
    }
}

#[test]
fn the_last_of_several_makes_the_file() {
    let lab = Lab::new();
    lab.add("lib/libx.so.1", real_library());
    for output in all_at_once(&lab, &["interface", "-o", "out.ifs"]) {
        assert!(output.status.success(), "{}", messages(&output));
    }
    let text = fs::read_to_string(lab.path("out.ifs")).unwrap();
    assert!(text.ends_with("\n...\n") && text.matches("--- !ifs-v1").count() == 1);
    assert!(lab.litter().is_empty());
}
