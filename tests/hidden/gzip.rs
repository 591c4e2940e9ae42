//! gzip files.

use super::*;

#[test]
fn contents_are_replaced_and_headers_kept() {
    for length in [0, 300, 262_000, 270_000, 700_000] {
        let directory = TempDir::new().unwrap();
        let mut text = text(length);
        text.extend(stand_in().bytes());
        write(directory.path(), "x.txt", &text);
        run("gzip", &["-9", "x.txt"], directory.path());
        let path = directory.path().join("x.txt.gz");
        let before = fs::read(&path).unwrap();
        let count = Relink::new().mended(&path);
        assert_eq!(count, Relink::new().patches(&text).len());
        let after = fs::read(&path).unwrap();
        assert_eq!(before[..16], after[..16], "time, system and name");
        let inflated = run("gzip", &["-dc", "x.txt.gz"], directory.path());
        assert!(inflated == Relink::new().replaced(&text), "{length}");
        // The same again gives the same.
        let again = write(directory.path(), "again.gz", &before);
        Relink::new().mended(&again);
        assert!(fs::read(again).unwrap() == after);
    }
}

#[test]
fn members_stay_members_and_what_follows_stays() {
    let directory = TempDir::new().unwrap();
    let text = text(600_000);
    // The border of two members is within a path.
    let cut = 3 + text.windows(11).rposition(|w| w == b"/nix/store/").unwrap();
    let mut file = Vec::new();
    for (index, part) in [&text[..7], &[], &text[7..cut], &text[cut..], &[]]
        .iter()
        .enumerate()
    {
        write(directory.path(), "part", part);
        let level = format!("-{}", index + 1);
        file.extend(run("gzip", &["-c", &level, "part"], directory.path()));
    }
    file.extend([0; 512]);
    let path = write(directory.path(), "x.gz", &file);
    Relink::new().mended(&path);
    let script = "import gzip,sys; sys.stdout.buffer.write(gzip.open('x.gz').read())";
    let inflated = run("python3", &["-c", script], directory.path());
    assert!(inflated == Relink::new().replaced(&text));
    let file = fs::read(&path).unwrap();
    assert!(file.ends_with(&[0; 512]));
    let headers = file.windows(4).filter(|w| w == b"\x1f\x8b\x08\x08");
    assert_eq!(headers.count(), 5);
}

#[test]
fn there_and_back_is_where_it_was() {
    let directory = TempDir::new().unwrap();
    let text = String::from_utf8(text(600_000)).unwrap();
    let text = text.replace(&stand_in(), FINAL).replace(FINAL, COMPILE);
    write(directory.path(), "x", text.as_bytes());
    run("gzip", &["x"], directory.path());
    let path = directory.path().join("x.gz");
    let there = Relink::new().mended(&path);
    assert_ne!(
        run("gzip", &["-dc", "x.gz"], directory.path()),
        text.as_bytes()
    );
    assert_eq!(Relink::back().mended(&path), there);
    assert!(run("gzip", &["-dc", "x.gz"], directory.path()) == text.as_bytes());
}

/// What is stored is plain to see, and yet under the checksum.
#[test]
fn stored_blocks_are_not_replaced_as_text() {
    let directory = TempDir::new().unwrap();
    let text = text(3000);
    write(directory.path(), "x", &text);
    let script = "import gzip; gzip.open('x.gz','wb',0).write(open('x','rb').read())";
    run("python3", &["-c", script], directory.path());
    let path = directory.path().join("x.gz");
    let plain = fs::read(&path).unwrap();
    assert!(!Relink::new().patches(&plain).is_empty());
    Relink::new().mended(&path);
    let inflated = run("gzip", &["-dc", "x.gz"], directory.path());
    assert!(inflated == Relink::new().replaced(&text));
}

#[test]
fn tar_archives_are_mended_unless_a_header_is_hit() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    fs::create_dir(folder.join("d")).unwrap();
    write(&folder.join("d"), "a", &text(400_000));
    write(&folder.join("d"), "b", &text(100));
    run("tar", &["czf", "x.tar.gz", "d"], folder);
    Relink::new().mended(&folder.join("x.tar.gz"));
    fs::create_dir(folder.join("out")).unwrap();
    run("tar", &["xzf", "x.tar.gz", "-C", "out"], folder);
    for name in ["a", "b"] {
        let before = fs::read(folder.join("d").join(name)).unwrap();
        let after = fs::read(folder.join("out/d").join(name)).unwrap();
        assert!(after == Relink::new().replaced(&before));
    }

    std::os::unix::fs::symlink(COMPILE, folder.join("d/link")).unwrap();
    run("tar", &["czf", "x.tar.gz", "d"], folder);
    let before = fs::read(folder.join("x.tar.gz")).unwrap();
    let faults = Relink::new().mend(&folder.join("x.tar.gz")).unwrap_err();
    let expected = ("gzip-compressed data", name(COMPILE));
    assert_eq!(places(&faults), [expected]);
    assert!(fs::read(folder.join("x.tar.gz")).unwrap() == before);

    run("tar", &["cf", "x.tar", "d"], folder);
    let faults = Relink::new().mend(&folder.join("x.tar")).unwrap_err();
    let expected = ("header of the tar archive", name(COMPILE));
    assert_eq!(places(&faults), [expected]);
}

#[test]
fn blocks_with_an_index_are_told() {
    let directory = TempDir::new().unwrap();
    write(directory.path(), "x", &text(1000));
    let mut file = run("gzip", &["-nc", "x"], directory.path());
    file[3] = 1 << 2;
    file.splice(10..10, *b"\x06\0BC\x02\0\x12\x34");
    let path = write(directory.path(), "x.gz", &file);
    let faults = Relink::new().mend(&path).unwrap_err();
    let expected = ("gzip-compressed data", name(COMPILE));
    assert_eq!(places(&faults)[0], expected);
}

#[test]
fn a_path_in_a_header_is_told() {
    let directory = TempDir::new().unwrap();
    write(directory.path(), name(COMPILE), b"x");
    run("gzip", &["-r", "."], directory.path());
    let path = directory.path().join(format!("{}.gz", name(COMPILE)));
    let faults = Relink::new().mend(&path).unwrap_err();
    let expected = ("gzip-compressed data", name(COMPILE));
    assert_eq!(places(&faults), [expected]);
}

#[test]
fn what_a_library_does_not_have_is_told_as_elsewhere() {
    let directory = TempDir::new().unwrap();
    let text = format!("{}/missing", stand_in());
    write(directory.path(), "x", text.as_bytes());
    run("gzip", &["x"], directory.path());
    let faults = Relink::new().mend(&directory.path().join("x.gz"));
    let faults = faults.unwrap_err();
    assert!(
        matches!(&faults[..], [Fault::NotProvided { .. }]),
        "{faults:?}"
    );
}
