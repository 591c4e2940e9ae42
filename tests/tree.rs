//! Writing trees to disk.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use stub_builder::commands::placement::Placement;
use stub_builder::commands::stubs::emit::emit;
use stub_builder::tree::{Contents, Node, Tree};

const NOTHING: [&str; 0] = [];

fn file(bytes: &[u8], executable: bool) -> Node {
    let contents = Contents::Bytes(bytes.to_vec());
    Node::File {
        contents,
        executable,
    }
}

fn copy(path: &Path, size: u64) -> Node {
    let path = path.to_owned();
    let contents = Contents::CopyOf { path, size };
    Node::File {
        contents,
        executable: false,
    }
}

fn tree(entries: impl IntoIterator<Item = (&'static str, Node)>) -> Tree {
    let entries = entries
        .into_iter()
        .map(|(path, node)| (path.to_owned(), node));
    Tree {
        entries: entries.collect(),
    }
}

const BOTH: [Placement; 2] = [Placement::Atomic, Placement::Direct];

#[test]
fn trees_are_written_whatever_the_umask() {
    // A process has one umask, and tests share theirs: run this one anew.
    const CHILD: &str = "STUB_BUILDER_TEST_UMASK";
    if std::env::var_os(CHILD).is_none() {
        for umask in ["000", "022", "077", "177"] {
            let output = Command::new("sh")
                .args(["-c", "umask \"$1\" && exec \"$0\" --exact \"$2\""])
                .arg(std::env::current_exe().unwrap())
                .args([umask, "trees_are_written_whatever_the_umask"])
                .env(CHILD, umask)
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && text.contains("1 passed"),
                "{umask}: {text}"
            );
        }
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    fs::write(&source, vec![b'x'; 100_000]).unwrap();
    fs::set_permissions(&source, fs::Permissions::from_mode(0o600)).unwrap();
    let tree = tree([
        ("", Node::Directory),
        ("bin/tool", file(b"#!/bin/sh\n", true)),
        ("empty", Node::Directory),
        ("lib/copy", copy(&source, 100_000)),
        ("lib/link", Node::Symlink("copy".to_owned())),
        ("lib/none", file(b"", false)),
    ]);
    for placement in BOTH {
        let out = dir.path().join(format!("{placement:?}"));
        emit(&tree, &out, placement).unwrap();
        let mode = |path: &str| out.join(path).symlink_metadata().unwrap().mode() & 0o7777;
        assert_eq!(["", "bin", "empty", "lib"].map(mode), [0o755; 4]);
        assert_eq!(
            ["bin/tool", "lib/copy", "lib/none"].map(mode),
            [0o755, 0o644, 0o644]
        );
        assert_eq!(fs::read(out.join("lib/copy")).unwrap(), vec![b'x'; 100_000]);
        assert_eq!(
            fs::read_link(out.join("lib/link")).unwrap(),
            Path::new("copy")
        );
        assert_eq!(fs::read(out.join("bin/tool")).unwrap(), b"#!/bin/sh\n");
    }
    assert_eq!(names(dir.path()), ["Atomic", "Direct", "source"]);
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_there_already_stays() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for placement in BOTH {
        for make in [
            (|out| fs::create_dir(out)) as fn(&Path) -> std::io::Result<()>,
            |out| fs::write(out, "mine"),
            |out| symlink("nowhere", out),
        ] {
            make(&out).unwrap();
            let before = out.symlink_metadata().unwrap().ino();
            let problems = emit(&tree([("x", file(b"", false))]), &out, placement).unwrap_err();
            assert!(
                problems[0].to_string().contains("there already"),
                "{}",
                problems[0]
            );
            assert_eq!(out.symlink_metadata().unwrap().ino(), before);
            assert_eq!(names(dir.path()), ["out"]);
            fs::remove_file(&out)
                .or_else(|_| fs::remove_dir(&out))
                .unwrap();
        }
    }
}

#[test]
fn after_a_problem_nothing_is_left_and_all_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    fs::File::create(&source)
        .unwrap()
        .write_all(b"12345")
        .unwrap();
    let tree = tree([
        ("a", file(b"fine", false)),
        ("b/gone", copy(&dir.path().join("gone"), 1)),
        ("c/shrunk", copy(&source, 6)),
        ("c/grown", copy(&source, 4)),
    ]);
    for placement in BOTH {
        let problems = emit(&tree, &dir.path().join("out"), placement).unwrap_err();
        let paths: Vec<_> = problems
            .iter()
            .map(|problem| problem.path.as_str())
            .collect();
        assert_eq!(paths, ["b/gone", "c/grown", "c/shrunk"]);
        let text = problems[2].to_string();
        assert!(text.contains("6 bytes") && text.contains("5 now"), "{text}");
        assert_eq!(names(dir.path()), ["source"]);
    }
    let nowhere = dir.path().join("no/parent/out");
    for placement in BOTH {
        assert_eq!(emit(&tree, &nowhere, placement).unwrap_err().len(), 1);
    }
}

#[test]
fn nothing_is_written_outside_the_tree() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["../evil", "/tmp/evil", "a//b", "a/./b", "a/"] {
        let tree = tree([("fine", Node::Directory), (path, file(b"", false))]);
        let problems = emit(&tree, &dir.path().join("out"), Placement::Atomic).unwrap_err();
        assert_eq!(problems[0].path, path);
        assert_eq!(names(dir.path()), NOTHING);
    }
    // A path through a link of the tree is a contradiction, not a way out.
    let through = tree([
        ("l", Node::Symlink("/tmp".to_owned())),
        ("l/evil", file(b"", false)),
    ]);
    let problems = emit(&through, &dir.path().join("out"), Placement::Atomic).unwrap_err();
    assert_eq!(problems[0].path, "l");
    assert_eq!(names(dir.path()), NOTHING);
}

#[test]
fn a_relative_place_is_below_the_working_directory() {
    // The tests' working directory is the crate's.
    let name = format!("target-test-{}", std::process::id());
    emit(
        &tree([("x", file(b"", false))]),
        Path::new(&name),
        Placement::Atomic,
    )
    .unwrap();
    assert_eq!(names(Path::new(&name)), ["x"]);
    fs::remove_dir_all(name).unwrap();
}
