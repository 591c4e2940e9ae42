//! What is not plain to see: put right, or named.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::lab::{Lab, run};

fn tool(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
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
    let script = "import sys, zlib; c = zlib.compressobj(0, zlib.DEFLATED, 31); sys.stdout.buffer.write(c.compress(sys.stdin.buffer.read()) + c.flush())";
    let stored = tool("python3", &["-c", script], text.as_bytes());
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

#[test]
fn programs_are_told_the_new_checksum_of_their_debug_file() {
    let lab = Lab::new();
    let program = lab.program("bin/hello", "", &["-g"]);
    let compiled = format!("{}/bin/hello", lab.compile);
    let debug = format!("{}/lib/debug/hello.debug", lab.compile);
    fs::create_dir_all(format!("{}/lib/debug", lab.compile)).unwrap();
    tool("objcopy", &["--only-keep-debug", &compiled, &debug], b"");
    tool(
        "objcopy",
        &[
            "--strip-debug",
            &format!("--add-gnu-debuglink={debug}"),
            &compiled,
        ],
        b"",
    );
    lab.relink();
    assert_eq!(run(&program, &[]), "hello\n");
    let path = program.to_str().unwrap();
    let told = tool("readelf", &["--string-dump=.gnu_debuglink", path], b"");
    assert!(String::from_utf8_lossy(&told).contains("hello.debug"));
    let script = "import sys, zlib; print('%08x' % zlib.crc32(open(sys.argv[1], 'rb').read()))";
    let result = format!("{}/lib/debug/hello.debug", lab.r#final);
    let crc = String::from_utf8(tool("python3", &["-c", script, &result], b"")).unwrap();
    let dump = tool("readelf", &["--hex-dump=.gnu_debuglink", path], b"");
    let dump = String::from_utf8(dump).unwrap();
    // The last word, in the machine's byte order.
    let crc = u32::from_str_radix(crc.trim(), 16).unwrap().to_le_bytes();
    let crc: String = crc.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(dump.contains(&crc), "{crc} is not in {dump}");
}
