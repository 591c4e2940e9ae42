//! Our NAR hash is Nix's.

use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use stub_builder::nar;

fn nix_hash(path: &Path) -> String {
    let output = Command::new("nix")
        .args([
            "--extra-experimental-features",
            "nix-command",
            "hash",
            "path",
        ])
        .arg(path)
        .output()
        .expect("nix must be on PATH (apt-get install nix-bin)");
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "nix hash path: {errors}");
    text
}

fn same(what: &str, fill: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    assert_eq!(
        nar::hash(dir.path()).unwrap(),
        nix_hash(dir.path()),
        "{what}"
    );
}

fn file(path: &Path, size: usize, executable: bool) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let bytes: Vec<u8> = (0..size).map(|i| (i * 7 % 251) as u8).collect();
    fs::write(path, bytes).unwrap();
    let mode = if executable { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn hashes_equal_those_of_nix() {
    same("an empty directory", |_| {});
    same("files of all paddings, executable and not", |dir| {
        for size in 0..17 {
            file(&dir.join(format!("f{size}")), size, size % 2 == 0);
        }
    });
    same("empty directories", |dir| {
        fs::create_dir_all(dir.join("a/b/c")).unwrap();
        fs::create_dir_all(dir.join("a/d")).unwrap();
    });
    same("links, also long and broken ones", |dir| {
        symlink("nowhere", dir.join("broken")).unwrap();
        // Lengths around nix-nar's default buffer, and the longest of Linux.
        for length in [1, 199, 200, 900, 1000, 1023, 1024, 2000, 4095] {
            symlink("x".repeat(length), dir.join(format!("l{length}"))).unwrap();
        }
    });
    same("names in an order of their own", |dir| {
        for name in [
            "a", "A", "a b", "a-b", "a.b", "aa/x", "a\nb", "ä", "Z", "~", " ", "Ab/x",
        ] {
            file(&dir.join(name), 3, false);
        }
    });
    same(
        "the longest names on the longest links, in several buffers",
        |dir| {
            for i in 0..400 {
                symlink("y".repeat(4095), dir.join(format!("{i:0>255}"))).unwrap();
            }
        },
    );
}

#[test]
fn pieces_of_every_size_give_the_same_hash() {
    // Small entries fill the buffer to its brim in different places; big files
    // need several buffers.
    same("files around the buffer's size", |dir| {
        for (i, size) in [262_143, 262_144, 262_145, 245_760, 1_000_003, 0]
            .iter()
            .enumerate()
        {
            file(&dir.join(format!("big{i}")), *size, false);
        }
        for i in 0..3000 {
            file(&dir.join(format!("d{}/f{i}", i % 7)), i % 300, i % 3 == 0);
        }
    });
}

#[test]
fn what_cannot_be_hashed_is_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    let missing = nar::hash(&dir.path().join("missing")).unwrap_err();
    assert_eq!(missing.fault.code(), "SB0101");
    let bad = std::ffi::OsString::from_vec(b"bad\xff".to_vec());
    fs::write(dir.path().join(bad), "").unwrap();
    let problem = nar::hash(dir.path()).unwrap_err();
    assert_eq!(problem.fault.code(), "SB0101", "{problem}");
}

#[test]
fn what_was_written_has_the_hash_of_what_was_meant() {
    use stub_builder::commands::placement::Placement;
    use stub_builder::commands::stubs::emit::emit;
    use stub_builder::tree::{Contents, Node, Tree};
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut tree = Tree::default();
    let script = Node::File {
        contents: Contents::Bytes(b"x\n".to_vec()),
        executable: true,
    };
    tree.entries.insert("bin/x-config".to_owned(), script);
    tree.entries.insert("lib".to_owned(), Node::Directory);
    emit(&tree, &out, Placement::Direct).unwrap();
    let expected = nix_hash(&out);
    assert_eq!(nar::hash(&out).unwrap(), expected);
    // Of the same tree in any release, or it is a new format version.
    assert_eq!(
        expected,
        "sha256-dpxOUP+xDBDU+ZBeZFlfO5ohU0wmov4647jYNc3KPvM="
    );
}
