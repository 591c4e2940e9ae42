//! What is not plain to see: put right, or named.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use crate::lab::{Lab, run, succeed};

pub fn tool(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    output.stdout
}

/// gzip data that are not compressed.
fn stored(text: &[u8]) -> Vec<u8> {
    let script = "import sys, zlib; c = zlib.compressobj(0, zlib.DEFLATED, 31); sys.stdout.buffer.write(c.compress(sys.stdin.buffer.read()) + c.flush())";
    tool("python3", &["-c", script], text)
}

#[test]
fn gzip_files_are_written_anew() {
    let lab = Lab::new();
    let text = format!("see {}/share/x\n", lab.tree);
    lab.compiled("share/man/x.1.gz", tool("gzip", &["-9n"], text.as_bytes()));
    lab.relink();
    let result = tool("gzip", &["-dc"], &lab.result("share/man/x.1.gz"));
    let result = String::from_utf8(result).unwrap();
    assert_eq!(result.len(), text.len());
    assert!(result.starts_with(&format!("see {}/", lab.out)), "{result}");
}

#[test]
fn what_is_stored_under_a_checksum_is_no_text() {
    let lab = Lab::new();
    // A path that is plain to see, and one that repeats it by reference to it.
    let text = format!("{}/share/x {}/share/x\n", lab.tree, lab.tree);
    let stored = stored(text.as_bytes());
    assert!(memchr::memmem::find(&stored, lab.tree.as_bytes()).is_some());
    lab.compiled("x.gz", stored);
    lab.relink();
    let result = tool("gzip", &["-dc"], &lab.result("x.gz"));
    let result = String::from_utf8(result).unwrap();
    assert_eq!(result.matches(&lab.out).count(), 2, "{result}");
}

#[test]
fn compressed_debug_information_is_written_anew() {
    let lab = Lab::new();
    for format in ["zlib", "zlib-gnu"] {
        let program = lab.program("bin/hello", "", &["-g", &format!("-gz={format}")]);
        let before = fs::read(format!("{}/bin/hello", lab.compile)).unwrap();
        // Only the search path is plain to see.
        assert_eq!(
            memchr::memmem::find_iter(&before, lab.tree.as_bytes()).count(),
            1
        );
        lab.relink();
        assert_eq!(run(&program, &[]), "hello\n");
        let path = program.to_str().unwrap();
        let lines = tool("readelf", &["--debug-dump=info,line", "--wide", path], b"");
        let lines = String::from_utf8_lossy(&lines).into_owned();
        assert!(lines.contains(&lab.dev), "{lines}");
        assert!(!lines.contains(&lab.tree), "{lines}");
        lab.clear();
    }
}

#[test]
fn zip_archives_and_wide_text_are_named() {
    let lab = Lab::new();
    lab.compiled("x.txt", format!("{}/lib", lab.tree));
    let directory = lab.compile.clone();
    let archive = format!("{directory}/x.jar");
    let script = "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED).write(sys.argv[2], 'in/x')";
    tool(
        "python3",
        &["-c", script, &archive, &format!("{directory}/x.txt")],
        b"",
    );
    let text = lab.refuses("SB0709", &[]);
    assert!(text.contains("in/x"), "{text}");
    fs::remove_file(archive).unwrap();
    let wide: Vec<u8> = lab.tree.encode_utf16().flat_map(u16::to_le_bytes).collect();
    lab.compiled("wide", wide);
    let text = lab.refuses("SB0709", &[]);
    assert!(text.contains("UTF-16"), "{text}");
}

/// What a build was shown in place of the interface tree, which relinking
/// doesn't know of.
fn seen(lab: &Lab) -> String {
    let seen = lab.tree.replace("k9x", "l9x");
    assert_ne!(seen, lab.tree);
    seen
}

/// Masks, with the tree in place of what was seen.
fn mask(lab: &Lab) -> Output {
    let instead = format!("{}={}", seen(lab), lab.tree);
    lab.stub_builder(&["mask", &lab.compile, "--instead", &instead])
}

#[test]
fn masking_exchanges_paths_in_compressed_debug_information() {
    for format in ["zlib", "zlib-gnu"] {
        let mut lab = Lab::new();
        let (seen, tree) = (seen(&lab), lab.tree.clone());
        fs::rename(&tree, &seen).unwrap();
        lab.tree = seen.clone();
        let program = lab.program("bin/hello", "", &["-g", &format!("-gz={format}")]);
        lab.tree = tree;
        let compiled = format!("{}/bin/hello", lab.compile);
        let dump = |path: &str| {
            let lines = tool("readelf", &["--debug-dump=info,line", "--wide", path], b"");
            String::from_utf8_lossy(&lines).into_owned()
        };
        assert!(dump(&compiled).contains(&seen));
        succeed(&mask(&lab));
        let masked = dump(&compiled);
        assert!(!masked.contains(&seen), "{masked}");
        assert!(masked.contains(&lab.masked(&lab.tree)), "{masked}");
        lab.relink();
        assert_eq!(run(&program, &[]), "hello\n");
        let lines = dump(program.to_str().unwrap());
        assert!(lines.contains(&lab.dev), "{lines}");
        assert!(!lines.contains(&seen[lab.store.len() + 2..]), "{lines}");
    }
}

#[test]
fn masking_exchanges_paths_in_gzip_files() {
    let lab = Lab::new();
    let text = format!("see {}/share/x of {}\n", seen(&lab), lab.dev);
    lab.compiled("x.gz", tool("gzip", &["-9n"], text.as_bytes()));
    lab.compiled("two.gz", tool("gzip", &["-9n"], text.as_bytes()));
    // Two names of one file, which is written anew once.
    let name = |name: &str| format!("{}/{name}", lab.compile);
    fs::hard_link(name("two.gz"), name("again.gz")).unwrap();
    fs::set_permissions(name("x.gz"), Permissions::from_mode(0o444)).unwrap();
    let done = mask(&lab);
    succeed(&done);
    let expected = format!("see {}/share/x of {}\n", lab.masked(&lab.tree), lab.dev);
    for file in ["x.gz", "two.gz", "again.gz"] {
        let result = tool("gzip", &["-dc", &name(file)], b"");
        assert_eq!(String::from_utf8(result).unwrap(), expected);
    }
    let mode = fs::metadata(name("x.gz")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o444);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(said, "stub-builder: 2 references masked\n");
}

/// A compressor may leave text as it is.
#[test]
fn masking_keeps_checksums_right() {
    let lab = Lab::new();
    let text = format!("{}/share/x {}/share/x\n", lab.tree, lab.dev);
    lab.compiled("x.gz", stored(text.as_bytes()));
    let file = format!("{}/x.gz", lab.compile);
    succeed(&lab.stub_builder(&["mask", &lab.compile]));
    let result = tool("gzip", &["-dc", &file], b"");
    let expected = format!(
        "{}/share/x {}/share/x\n",
        lab.masked(&lab.tree),
        lab.masked(&lab.dev)
    );
    assert_eq!(String::from_utf8(result).unwrap(), expected);
}

#[test]
fn masking_names_what_it_cannot_exchange() {
    let lab = Lab::new();
    let seen = seen(&lab);
    let text = format!("{seen}/lib\n");
    let wide: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    lab.compiled("x.xz", tool("xz", &["-c"], text.as_bytes()));
    lab.compiled("x.zst", tool("zstd", &["-c"], text.as_bytes()));
    lab.compiled("wide", wide);
    let zip = "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w', int(sys.argv[2])).writestr('in/x', sys.argv[3])";
    let name = |name: &str| format!("{}/{name}", lab.compile);
    tool("python3", &["-c", zip, &name("x.jar"), "8", &text], b"");
    // Members that aren't compressed have a checksum, too.
    tool(
        "python3",
        &["-c", zip, &name("stored.jar"), "0", &text],
        b"",
    );
    let done = mask(&lab);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{said}");
    for (file, place) in [
        ("x.xz", "xz-compressed data"),
        ("x.zst", "zstd-compressed data"),
        ("wide", "UTF-16 text"),
        ("x.jar", "member in/x of the zip archive"),
        ("stored.jar", "member in/x of the zip archive"),
    ] {
        let line = format!("error: SB0709: {}: {place}", name(file));
        assert!(said.contains(&line), "no {line} in {said}");
    }
    assert_eq!(said.matches("error: ").count(), 5, "{said}");
}
