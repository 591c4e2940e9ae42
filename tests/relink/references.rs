//! What becomes of each kind of reference.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::lab::{Lab, run, succeed};

/// `path` as relink writes it in `length` bytes, followed by `below`.
fn padded(path: &str, length: usize, below: &str) -> String {
    format!("{path:/<length$}{below}")
}

fn search_path(lab: &Lab, file: &str) -> String {
    let file = format!("{}/{file}", lab.r#final);
    let output = Command::new("patchelf")
        .args(["--print-rpath", &file])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_program_runs_on_the_real_library() {
    let lab = Lab::new();
    let program = lab.program("bin/hello", "", &[]);
    lab.relink();
    assert_eq!(run(&program, &[]), "hello\n");
    assert_eq!(
        search_path(&lab, "bin/hello"),
        padded(&lab.out, lab.tree.len(), "/lib")
    );
}

#[test]
fn masked_or_not_the_result_is_the_same() {
    let lab = Lab::new();
    lab.program("bin/hello", "", &["-g"]);
    lab.compiled(
        "lib/x.pc",
        format!("-I{}/include -L{}/lib\n", lab.tree, lab.compile),
    );
    lab.relink();
    let plain = (lab.result("bin/hello"), lab.result("lib/x.pc"));
    lab.clear();
    assert!(lab.stub_builder(&["mask", &lab.compile]).status.success());
    let text = fs::read_to_string(format!("{}/lib/x.pc", lab.compile)).unwrap();
    let masked = lab.masked(&lab.tree);
    assert_eq!(text, format!("-I{masked}/include -L{}/lib\n", lab.compile));
    lab.relink();
    assert!(plain == (lab.result("bin/hello"), lab.result("lib/x.pc")));
}

/// A path that stood for itself has no room to spare.
#[test]
fn a_text_takes_the_length_that_it_needs() {
    let lab = Lab::new();
    let (tool, newer, instead) = lab.outgrown();
    let text = |sed: &str, greet: &str, own: &str| {
        format!("#!{sed}/bin/sed\n{greet}/include {own}\n{sed}\n")
    };
    lab.compiled("bin/x", text(&tool, &lab.tree, &lab.compile));
    succeed(&lab.relink_with(&["--stand-in", &instead]));
    let result = String::from_utf8(lab.result("bin/x")).unwrap();
    assert_eq!(result, text(&newer, &lab.dev, &lab.r#final));
}

/// In Python's caches the length of a string stands in front of it, and what
/// follows goes on like a path.
#[test]
fn strings_of_python_end_where_their_length_says() {
    let lab = Lab::new();
    let cache = |out: &str, dev: &str| {
        let mut bytes = b"\xa7\x0d\r\n\0\0\0\0".to_vec();
        for (flags, path, next) in [
            (&b"\xda"[..], format!("{out}/lib/libgreet.so.1"), &b"z"[..]),
            (b"Z", format!("-L{out}/lib"), b"\xe9"),
            (b"\xe1", format!(" -Izz{dev}/include -O2"), b"a"),
            (b"u", format!("{dev}/include"), b"\xc3\xa4"),
        ] {
            let length = (path.len() as u32).to_le_bytes();
            let short = flags[0] & 0x7f | 0x20 == b'z';
            bytes.extend([flags, &length[..if short { 1 } else { 4 }]].concat());
            bytes.extend([path.as_bytes(), next].concat());
        }
        bytes
    };
    lab.compiled("x.pyc", cache(&lab.tree, &lab.tree));
    lab.relink();
    let padded = |path: &str| padded(path, lab.tree.len(), "");
    let expected = cache(&padded(&lab.out), &padded(&lab.dev));
    assert_eq!(lab.result("x.pyc"), expected);

    // What isn't there is a problem all the same.
    let lab = Lab::new();
    let path = format!("{}/lib/libgreet.so.2", lab.tree);
    let bytes = [
        b"\xa7\x0d\r\nz",
        &[path.len() as u8][..],
        path.as_bytes(),
        b"z",
    ]
    .concat();
    lab.compiled("x.pyc", bytes);
    lab.refuses("SB0702", &[]);
}

/// A shell of the set that is one of the programs of its stdenv finds itself
/// under the stand-in's name while it is built.
#[test]
fn what_stands_for_the_package_itself_becomes_its_own_path() {
    let lab = Lab::new();
    let stand_in = lab.tree.replace("k9x", "l9x");
    let body = format!("if (argc > 1) {{ puts(\"{stand_in}/bin/hello\"); return 0; }}");
    let program = lab.program("bin/hello", &body, &[]);
    lab.compiled("share/x", format!("{stand_in}/bin/hello\n"));
    let own = format!("{stand_in}:out={}", lab.r#final);
    succeed(&lab.relink_with(&["--stand-in", &own]));
    let padded = padded(&lab.r#final, stand_in.len(), "/bin/hello\n");
    assert_eq!(run(&program, &["x"]), padded);
    assert_eq!(lab.result("share/x"), padded.as_bytes());
    assert_eq!(run(&program, &[]), "hello\n");

    // What it doesn't have it can't name.
    let lab = Lab::new();
    let stand_in = lab.tree.replace("k9x", "l9x");
    lab.compiled("share/x", format!("{stand_in}/bin/other\n"));
    let own = format!("{stand_in}:out={}", lab.r#final);
    lab.refuses("SB0702", &["--stand-in", &own]);
}

#[test]
fn what_stands_for_itself_is_unmasked_and_stays() {
    let lab = Lab::new();
    // Whatever follows, be it there or not.
    let text = format!("{0}/lib {0}/none/such {0}\n", lab.dev);
    lab.compiled("x", &text);
    lab.compiled("nix-support/x", &text);
    symlink(format!("{}/none", lab.dev), format!("{}/link", lab.compile)).unwrap();
    assert!(lab.stub_builder(&["mask", &lab.compile]).status.success());
    assert_ne!(
        fs::read_to_string(format!("{}/x", lab.compile)).unwrap(),
        text
    );
    let itself = format!("{0}:out={0}", lab.dev);
    assert!(lab.relink_with(&["--stand-in", &itself]).status.success());
    for file in ["x", "nix-support/x"] {
        assert_eq!(String::from_utf8(lab.result(file)).unwrap(), text);
    }
    let link = fs::read_link(format!("{}/link", lab.r#final)).unwrap();
    assert_eq!(link.to_str().unwrap(), format!("{}/none", lab.dev));
}

#[test]
fn texts_name_the_output_that_has_what_they_name() {
    let lab = Lab::new();
    let (tree, length) = (&lab.tree, lab.tree.len());
    lab.compiled(
        "lib/x.la",
        format!("{tree}/include:{tree}/lib/libgreet.so.1 '{tree}/lib/pkgconfig/greet.pc' {tree}/lib {tree}/share/x\n"),
    );
    lab.relink();
    let to = |path: &str, below: &str| padded(path, length, below);
    let expected = format!(
        "{}:{} '{}' {} {}\n",
        to(&lab.dev, "/include"),
        to(&lab.out, "/lib/libgreet.so.1"),
        to(&lab.dev, "/lib/pkgconfig/greet.pc"),
        to(&lab.out, "/lib"),
        to(&lab.out, "/share/x"),
    );
    assert_eq!(String::from_utf8(lab.result("lib/x.la")).unwrap(), expected);
}

#[test]
fn dots_are_resolved_where_the_way_does_not_exist() {
    let lab = Lab::new();
    let text = format!("{}/share/../include {}/lib/../include", lab.tree, lab.tree);
    lab.compiled("x", &text);
    lab.relink();
    let result = String::from_utf8(lab.result("x")).unwrap();
    assert_eq!(result.len(), text.len());
    // There is no `share` in the output with the headers.
    let first = padded(&lab.dev, lab.tree.len() + "/share/..".len(), "/include");
    let second = padded(&lab.dev, lab.tree.len(), "/lib/../include");
    assert_eq!(result, format!("{first} {second}"));
}

#[test]
fn own_paths_become_the_final_ones() {
    let lab = Lab::new();
    let hash = &lab.compile[lab.store.len() + 1..][..32];
    lab.compiled("x", format!("{}/lib {hash} \0{}", lab.compile, lab.compile));
    symlink(format!("{}/x", lab.compile), format!("{}/y", lab.compile)).unwrap();
    lab.relink();
    let hash = &lab.r#final[lab.store.len() + 1..][..32];
    let expected = format!("{}/lib {hash} \0{}", lab.r#final, lab.r#final);
    assert_eq!(lab.result("x"), expected.as_bytes());
    assert_eq!(lab.result("y"), expected.as_bytes());
}

#[test]
fn setup_hooks_find_paths_without_slashes_to_spare() {
    let lab = Lab::new();
    let two = format!("{} {}\n", lab.tree, lab.masked(&lab.tree));
    lab.compiled("nix-support/propagated-build-inputs", &two);
    lab.compiled("nix-support/setup-hook", format!("x={}/lib\n", lab.tree));
    symlink(
        format!("{}/lib/libgreet.so.1", lab.tree),
        format!("{}/l", lab.compile),
    )
    .unwrap();
    lab.relink();
    let inputs = format!("{} {}\n", lab.dev, lab.dev);
    assert_eq!(
        lab.result("nix-support/propagated-build-inputs"),
        inputs.as_bytes()
    );
    let hook = format!("x={}/lib\n", lab.out);
    assert_eq!(lab.result("nix-support/setup-hook"), hook.as_bytes());
    let link = fs::read_link(format!("{}/l", lab.r#final)).unwrap();
    assert_eq!(
        link.to_str().unwrap(),
        format!("{}/lib/libgreet.so.1", lab.out)
    );
}

#[test]
fn literals_that_share_the_end_of_a_stand_in_stay_as_they_are() {
    let lab = Lab::new();
    let tree = &lab.tree;
    // bfd puts the one-byte literal into the last byte of the long one.
    let body = format!(
        "const char *volatile dot = \".\", *volatile tree = \"{tree}\";\
         printf(\"%s %s %d\\n\", dot, tree, dot == tree + strlen(tree) - 1);"
    );
    // Else gcc keeps long literals apart from short ones.
    let program = lab.program("bin/hello", &body, &["-Os"]);
    lab.relink();
    let printed = run(&program, &[]);
    let words: Vec<&str> = printed.split_whitespace().collect();
    let (first, second) = (words[0], words[1]);
    assert_eq!(
        words[2], "1",
        "the linker shares no ends: this shows nothing"
    );
    assert_eq!(first, ".");
    assert_eq!(
        fs::canonicalize(second).unwrap(),
        fs::canonicalize(&lab.out).unwrap()
    );
}

#[test]
fn a_search_path_leads_to_what_the_file_needs() {
    let lab = Lab::new();
    // The library in an output of its own, which no stand-in was made for.
    let other = lab.masked(&lab.dev).replace("-dev", "-lib");
    let other = other.replace("/store/e", "/store/z");
    fs::create_dir_all(format!("{other}/lib")).unwrap();
    let library = "lib/libgreet.so.1";
    fs::rename(
        format!("{}/{library}", lab.out),
        format!("{other}/{library}"),
    )
    .unwrap();
    fs::write(format!("{}/lib/libother.so", lab.out), "").unwrap();
    let program = lab.program("bin/hello", "", &[]);
    let stand_in = format!("{}:out={}:dev={}:lib={other}", lab.tree, lab.out, lab.dev);
    let output = format!("out={}:{}", lab.compile, lab.r#final);
    let done = lab.stub_builder(&["relink", "--output", &output, "--stand-in", &stand_in]);
    crate::lab::succeed(&done);
    assert_eq!(
        search_path(&lab, "bin/hello"),
        padded(&other, lab.tree.len(), "/lib")
    );
    assert_eq!(run(&program, &[]), "hello\n");
}

#[test]
fn a_directory_that_came_twice_is_there_once() {
    let lab = Lab::new();
    let twice = format!("-Wl,-rpath,$ORIGIN/../lib:{}/lib/.", lab.tree);
    let program = lab.program("bin/hello", "", &[&twice]);
    lab.relink();
    assert_eq!(run(&program, &[]), "hello\n");
    let path = search_path(&lab, "bin/hello");
    assert_eq!(path.matches(&lab.out).count(), 1, "{path}");
    assert!(path.ends_with(":$ORIGIN/../lib"), "{path}");
}
