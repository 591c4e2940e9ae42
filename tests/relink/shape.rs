//! The tree around the references.

use std::fs::{self, FileTimes, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use crate::lab::{Lab, mode, succeed};

#[test]
fn links_modes_times_and_empty_directories_stay() {
    let lab = Lab::new();
    let at = |path: &str| format!("{}/{path}", lab.compile);
    lab.compiled("a/script", format!("#!/bin/sh\n# {}/lib\n", lab.tree));
    lab.compiled("a/plain", "x");
    fs::create_dir_all(at("empty")).unwrap();
    fs::hard_link(at("a/script"), at("again")).unwrap();
    symlink("a/plain", at("relative")).unwrap();
    symlink("/nowhere", at("broken")).unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    let file = fs::File::options()
        .write(true)
        .open(at("a/script"))
        .unwrap();
    file.set_times(FileTimes::new().set_modified(old)).unwrap();
    for (path, mode) in [
        ("a/script", 0o555),
        ("a/plain", 0o600),
        ("a", 0o555),
        ("empty", 0o700),
    ] {
        fs::set_permissions(at(path), Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(&lab.compile, Permissions::from_mode(0o555)).unwrap();
    lab.relink();

    let to = |path: &str| format!("{}/{path}", lab.r#final);
    for (path, expected) in [
        ("a/script", 0o555),
        ("a/plain", 0o600),
        ("a", 0o555),
        ("empty", 0o700),
    ] {
        assert_eq!(mode(&to(path)), expected, "{path}");
    }
    assert_eq!(mode(&lab.r#final), 0o555);
    let script = fs::metadata(to("a/script")).unwrap();
    assert_eq!(script.modified().unwrap(), old);
    assert_eq!(script.ino(), fs::metadata(to("again")).unwrap().ino());
    assert_eq!(script.nlink(), 2);
    assert_eq!(
        fs::read_link(to("relative")).unwrap().to_str(),
        Some("a/plain")
    );
    assert_eq!(
        fs::read_link(to("broken")).unwrap().to_str(),
        Some("/nowhere")
    );
    assert_eq!(fs::read_dir(to("empty")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(&lab.r#final).unwrap().count(), 5);
}

#[test]
fn an_output_can_be_a_file_or_a_link() {
    let lab = Lab::new();
    fs::remove_dir(&lab.compile).unwrap();
    fs::write(&lab.compile, format!("{}/lib\n", lab.tree)).unwrap();
    lab.relink();
    let text = fs::read_to_string(&lab.r#final).unwrap();
    assert!(text.starts_with(&lab.out), "{text}");
    fs::remove_file(&lab.r#final).unwrap();

    fs::remove_file(&lab.compile).unwrap();
    symlink(format!("{}/lib", lab.tree), &lab.compile).unwrap();
    lab.relink();
    let target = fs::read_link(&lab.r#final).unwrap();
    assert_eq!(target.to_str().unwrap(), format!("{}/lib", lab.out));
}

#[test]
fn masking_leaves_modes_and_own_paths() {
    let lab = Lab::new();
    let file = format!("{}/script", lab.compile);
    lab.compiled(
        "script",
        format!("{}/lib {}/lib {}", lab.tree, lab.compile, lab.out),
    );
    fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
    symlink(format!("{}/lib", lab.tree), format!("{}/link", lab.compile)).unwrap();
    let done = lab.stub_builder(&["mask", &lab.compile, "--keep", &lab.out]);
    succeed(&done);
    let masked = lab.masked(&lab.tree);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(
        text,
        format!("{masked}/lib {}/lib {}", lab.compile, lab.out)
    );
    assert_eq!(mode(&file), 0o444);
    let link = fs::read_link(format!("{}/link", lab.compile)).unwrap();
    assert_eq!(link.to_str().unwrap(), format!("{masked}/lib"));
    assert_eq!(
        String::from_utf8_lossy(&done.stderr),
        "stub-builder: 2 references masked\n"
    );
}

/// What a build saw and what relinking knows need not be the same path.
#[test]
fn masking_can_put_a_path_of_the_same_name_in_the_place_of_another() {
    let lab = Lab::new();
    let seen = lab.tree.replace("k9x", "l9x");
    assert_ne!(seen, lab.tree);
    lab.compiled("text", format!("{seen}/lib {seen} {}", lab.out));
    symlink(format!("{seen}/lib"), format!("{}/link", lab.compile)).unwrap();
    let instead = format!("{seen}={}", lab.tree);
    succeed(&lab.stub_builder(&["mask", &lab.compile, "--instead", &instead]));
    let (tree, out) = (lab.masked(&lab.tree), lab.masked(&lab.out));
    let text = fs::read_to_string(format!("{}/text", lab.compile)).unwrap();
    assert_eq!(text, format!("{tree}/lib {tree} {out}"));
    let link = fs::read_link(format!("{}/link", lab.compile)).unwrap();
    assert_eq!(link.to_str().unwrap(), format!("{tree}/lib"));

    let instead = format!("{seen}={}-longer", lab.tree);
    let done = lab.stub_builder(&["mask", &lab.compile, "--instead", &instead]);
    assert_eq!(done.status.code(), Some(2));
}

#[test]
fn references_in_large_files_are_found_wherever_they_stand() {
    let lab = Lab::new();
    // Over the edges of what is read or mapped at a time, and the file's own.
    let reference = format!("{}/lib", lab.tree);
    let length: usize = (9 << 20) + 17;
    let mut offsets = vec![0, length - reference.len()];
    for edge in [256 << 10, (256 << 10) + (5 << 10), 4 << 20, 8 << 20] {
        offsets.extend((0..=4).map(|quarter| edge - reference.len() * quarter / 4));
        offsets.push(edge - 300);
    }
    offsets.sort_unstable();
    let mut bytes = vec![b'\n'; length];
    for &offset in &offsets {
        bytes[offset..offset + reference.len()].copy_from_slice(reference.as_bytes());
    }
    // What overlaps was overwritten: count what is whole.
    let whole = memchr::memmem::find_iter(&bytes, reference.as_bytes()).count();
    let parts = offsets.len() - whole;
    lab.compiled("large", &bytes);
    if parts > 0 {
        offsets.dedup();
    }
    lab.relink();
    let result = lab.result("large");
    assert_eq!(result.len(), length);
    assert_eq!(
        memchr::memmem::find_iter(&result, lab.out.as_bytes()).count(),
        whole
    );
    assert_eq!(memchr::memmem::find(&result, lab.tree.as_bytes()), None);
}

#[test]
fn a_builder_writes_to_its_output_or_leaves_nothing() {
    let lab = Lab::new();
    let manifest = format!(
        r#"{{"outputs": {{"out": {{"compile": "{}", "final": "{}"}}}}, "standIns": [{{"path": "{}", "real": {{"out": "{}"}}}}]}}"#,
        lab.compile, lab.r#final, lab.tree, lab.out
    );
    lab.compiled("a/x", format!("{}/lib", lab.tree));
    lab.compiled("a/y", format!("{}/gone", lab.tree));
    let read_only = Permissions::from_mode(0o555);
    fs::set_permissions(format!("{}/a", lab.compile), read_only).unwrap();
    let done = lab.build(&manifest);
    assert!(!done.status.success());
    assert!(String::from_utf8_lossy(&done.stderr).contains("SB0702"));
    assert!(fs::symlink_metadata(&lab.r#final).is_err());

    let writable = Permissions::from_mode(0o755);
    fs::set_permissions(format!("{}/a", lab.compile), writable).unwrap();
    fs::remove_file(format!("{}/a/y", lab.compile)).unwrap();
    succeed(&lab.build(&manifest));
    assert!(lab.result("a/x").starts_with(lab.out.as_bytes()));
}
