//! `stub-builder interface`, and `stubs` on what it prints.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::{generator, library, printed, run, with_parsed};

const PROGRAM: &str = env!("CARGO_BIN_EXE_stub-builder");

fn stub_builder(arguments: &[&str], paths: &[&Path]) -> Output {
    run(Command::new(PROGRAM).args(arguments).args(paths))
}

/// The files below a directory by their relative paths; of links the target.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(root).unwrap();
        let contents = match fs::read_link(entry.path()) {
            Ok(target) => target.into_os_string().into_encoded_bytes(),
            Err(_) if entry.file_type().is_dir() => continue,
            Err(_) => fs::read(entry.path()).unwrap(),
        };
        found.insert(path.to_str().unwrap().to_owned(), contents);
    }
    found
}

#[test]
fn command_makes_the_same_stub_of_text_and_library() {
    let directory = tempfile::tempdir().unwrap();
    let package = directory.path().join("package");
    fs::create_dir_all(package.join("lib")).unwrap();
    let versioned = library(directory.path(), "libz.so.1.2", &["-Wl,-soname,libz.so.1"]);
    fs::copy(&versioned, package.join("lib/libz.so.1.2")).unwrap();
    let plain = library(directory.path(), "libplain.so", &[]);
    fs::copy(&plain, package.join("lib/libplain.so")).unwrap();
    for (number, arguments) in [
        &[][..],
        &["--drop-private", "*PRIVATE*"],
        &["--keep-undefined"],
        &["--drop-foreign-templates", "--drop-private", "V_1"],
    ]
    .iter()
    .enumerate()
    {
        let out = |name: &str| directory.path().join(format!("{name}{number}"));
        let stubs = |arguments: &[&str], from: &Path, to: &Path| {
            stub_builder(
                &[&["stubs"], arguments].concat(),
                &[from, "--out".as_ref(), to],
            );
        };
        let interface = [&["interface"], *arguments].concat();
        let texts = out("texts");
        stub_builder(&interface, &[&package, "--out".as_ref(), &texts]);
        stubs(arguments, &package, &out("of-package"));
        // The policy is in the text.
        stubs(&[], &texts, &out("of-texts"));
        let (of_package, of_texts) = (files(&out("of-package")), files(&out("of-texts")));
        assert!(of_package == of_texts, "{arguments:?}");
        assert_eq!(of_package.len(), 2);

        // One alone: under its SONAME, or the name of the text.
        for (name, place) in [("libz.so.1.2", "libz.so.1"), ("libplain.so", "libplain.so")] {
            let text = directory.path().join(format!("{name}.ifs"));
            let from = package.join("lib").join(name);
            stub_builder(&interface, &[&from, "-o".as_ref(), &text]);
            let alone = out(&format!("alone-{name}-"));
            stubs(&[], &text, &alone);
            let expected = &of_package[&format!("lib/{name}")];
            assert_eq!(
                files(&alone),
                BTreeMap::from([(place.into(), expected.clone())])
            );
        }
    }
    // And none of the policies does nothing.
    let stub = |number| files(&directory.path().join(format!("of-package{number}")));
    for (a, b) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3)] {
        assert!(stub(a) != stub(b), "{a} {b}");
    }
}

#[test]
fn texts_in_a_tree_lose_their_extension() {
    let directory = TempDir::new().unwrap();
    let package = directory.path().join("package");
    let lib = package.join("lib");
    fs::create_dir_all(&lib).unwrap();
    let text = printed(&generator::functions(generator::target("x86_64")));
    fs::write(lib.join("libfunctions.so.1.ifs"), &text).unwrap();
    fs::write(lib.join("libbare.so"), &text).unwrap();
    std::os::unix::fs::symlink("libfunctions.so.1.ifs", lib.join("libfunctions.so")).unwrap();
    let out = directory.path().join("out");
    stub_builder(&["stubs"], &[&package, "--out".as_ref(), &out]);
    let found = files(&out);
    let names: Vec<&String> = found.keys().collect();
    assert_eq!(
        names,
        [
            "lib/libbare.so",
            "lib/libfunctions.so",
            "lib/libfunctions.so.1"
        ]
    );
    assert_eq!(found["lib/libfunctions.so"], b"libfunctions.so.1");
    assert!(found["lib/libbare.so"].starts_with(b"\x7fELF"));

    // The text of a library that is there too.
    fs::copy(lib.join("libbare.so"), lib.join("libbare.so.ifs")).unwrap();
    let output = Command::new(PROGRAM)
        .args(["stubs", "--out"])
        .arg(directory.path().join("again"))
        .arg(&package)
        .output()
        .unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(messages.contains("SB0106: lib/libbare.so:"), "{messages}");
}

#[test]
fn command_prints_one_document_for_each_library() {
    let directory = TempDir::new().unwrap();
    let package = directory.path().join("package");
    fs::create_dir_all(package.join("lib")).unwrap();
    fs::write(package.join("lib/libbroken.h"), "text").unwrap();
    std::os::unix::fs::symlink("/nowhere", package.join("lib/libnowhere.so")).unwrap();
    for name in ["liba.so", "libb.so"] {
        let library = library(directory.path(), name, &[]);
        fs::rename(library, package.join("lib").join(name)).unwrap();
    }
    let output = stub_builder(&["interface"], &[&package]);
    let text = String::from_utf8(output.stdout).unwrap();
    let documents: Vec<&str> = text.split_inclusive("...\n").collect();
    assert_eq!(documents.len(), 2);
    for (document, path) in documents.iter().zip(["lib/liba.so", "lib/libb.so"]) {
        assert!(
            document.starts_with(&format!("--- !ifs-v1\n# {path}\n")),
            "{document}"
        );
        with_parsed(document, |document| {
            assert!(!document.interface.symbols.is_empty())
        });
    }
    assert!(!text.contains("Undefined") || text.contains("wanted"));

    let exact = stub_builder(&["interface", "--profile", "exact"], &[&package]);
    let exact = String::from_utf8(exact.stdout).unwrap();
    let size = |text: &str| text.lines().filter(|l| l.contains("Func, Size")).count();
    assert_eq!((size(&text), size(&exact)), (0, 4));

    let none = directory.path().join("none");
    fs::create_dir(&none).unwrap();
    let output = Command::new(PROGRAM)
        .arg("interface")
        .arg(&none)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("SB0602"));
}
