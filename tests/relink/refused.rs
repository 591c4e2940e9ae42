//! What cannot be relinked is named, and nothing is left.

use std::fs;

use crate::lab::Lab;

#[test]
fn what_no_real_output_has() {
    let lab = Lab::new();
    lab.compiled("x", format!("{}/share/gone\n", lab.tree));
    let text = lab.refuses("SB0702", &[]);
    assert!(text.contains(&format!("{}/share/gone", lab.tree)), "{text}");
    assert!(text.contains(&format!("{}/x:", lab.compile)), "{text}");
}

#[test]
fn all_problems_are_told_at_once() {
    let lab = Lab::new();
    lab.compiled("x", format!("{}/a {}/b\n", lab.tree, lab.tree));
    lab.compiled("y", format!("{}/c\n", lab.tree));
    let text = lab.refuses("SB0702", &[]);
    assert_eq!(text.matches("SB0702").count(), 3, "{text}");
}

#[test]
fn a_mask_that_nobody_knows() {
    let lab = Lab::new();
    let other = lab.masked(&lab.tree).replace("k9x", "l9x");
    lab.compiled("x", other);
    lab.refuses("SB0703", &[]);
}

#[test]
fn a_part_of_a_path() {
    let lab = Lab::new();
    let name = &lab.tree[lab.store.len() + 1..];
    for part in [name, &name[..32], &format!("{}/{}", lab.store, &name[..40])] {
        lab.compiled("x", part);
        lab.refuses("SB0704", &[]);
    }
}

/// What holds bytes that are no letters may count all of them.
#[test]
fn a_real_path_that_is_too_long() {
    let lab = Lab::new();
    let (tool, _, instead) = lab.outgrown();
    lab.compiled("x", format!("\0{tool}/bin/sed"));
    lab.refuses("SB0705", &["--stand-in", &instead]);

    // Nor does it help that a text can be longer if something else is wrong.
    let lab = Lab::new();
    let (tool, _, instead) = lab.outgrown();
    lab.compiled("x", format!("{tool}/bin/sed {tool}/bin/awk"));
    lab.refuses("SB0702", &["--stand-in", &instead]);
}

#[test]
fn a_file_named_after_a_path() {
    let lab = Lab::new();
    lab.compiled(&format!("x-{}", &lab.compile[lab.store.len() + 1..]), "");
    lab.refuses("SB0706", &[]);
}

#[test]
fn a_name_that_ends_in_the_search_path() {
    let lab = Lab::new();
    // bfd lets the symbol's name be the end of the search path.
    let source = lab.path("odd.c");
    let odd = |name: &str| {
        let text =
            format!("int odd(void) __asm__(\"\\\"{name}\\\"\"); int odd(void) {{ return 0; }}\n");
        lab.write(&source, text);
    };
    odd("=./lib");
    lab.program("bin/hello", "", &["-rdynamic", &source]);
    let text = lab.refuses("SB0707", &[]);
    assert!(text.contains("=./lib"), "{text}");
    // One that ends behind what is replaced is no matter.
    odd("ib");
    lab.program("bin/hello", "", &["-rdynamic", &source]);
    lab.relink();
}

#[test]
fn two_outputs_for_one_directory() {
    let lab = Lab::new();
    let source = lab.path("other.c");
    lab.write(&source, "int other(void) { return 0; }\n");
    let library = format!("{}/lib/libother.so", lab.dev);
    lab.gcc(&[
        "-shared",
        "-fPIC",
        "-Wl,-soname,libother.so",
        &source,
        "-o",
        &library,
    ]);
    fs::remove_dir_all(&lab.tree).unwrap();
    let stubs = ["stubs", &lab.out, &lab.dev, "--out", &lab.tree];
    assert!(lab.stub_builder(&stubs).status.success());
    let body = "extern int other(void); other();";
    lab.program("bin/hello", body, &["-lother"]);
    let text = lab.refuses("SB0708", &[]);
    assert!(text.contains(&lab.out) && text.contains(&lab.dev), "{text}");
    // A directory for each, and they fit.
    let own = format!("-Wl,-rpath,{}/lib/.", lab.tree);
    let program = lab.program("bin/hello", body, &["-lother", &own]);
    lab.relink();
    assert_eq!(crate::lab::run(&program, &[]), "hello\n");
}

/// What takes the place of one path is another that is to be replaced.
#[test]
fn a_path_that_leads_to_another_stand_in() {
    let lab = Lab::new();
    let again = format!("{}:out={}", lab.out, lab.dev);
    for path in ["x", "nix-support/x"] {
        lab.compiled(path, format!("{}/lib\n", lab.tree));
        lab.refuses("SB0710", &["--stand-in", &again]);
        fs::remove_file(format!("{}/{path}", lab.compile)).unwrap();
    }
}

#[test]
fn a_manifest_that_makes_no_sense() {
    let lab = Lab::new();
    let cases = [
        "{}".to_owned(),
        "no json".to_owned(),
        r#"{"outputs": {"out": {"compile": "/x", "final": "/y"}}}"#.to_owned(),
        format!(
            r#"{{"outputs": {{"out": {{"compile": "{}", "final": "{}"}}}}}}"#,
            lab.compile, lab.out
        ),
        format!(
            r#"{{"outputs": {{"out": {{"compile": "{}", "final": "{}"}}}}, "standIns": [{{"path": "{}", "real": {{}}}}]}}"#,
            lab.compile, lab.r#final, lab.tree
        ),
        format!(
            r#"{{"unknown": 1, "outputs": {{"out": {{"compile": "{}", "final": "{}"}}}}}}"#,
            lab.compile, lab.r#final
        ),
    ];
    for case in cases {
        let manifest = lab.path("manifest.json");
        lab.write(&manifest, &case);
        let done = lab.stub_builder(&["relink", "--manifest", &manifest]);
        let text = String::from_utf8_lossy(&done.stderr);
        assert!(text.contains("SB0701"), "{case}: {text}");
    }
}

#[test]
fn an_output_that_is_there() {
    let lab = Lab::new();
    lab.write(&format!("{}/x", lab.r#final), "mine");
    let done = lab.relink_with(&[]);
    assert!(!done.status.success());
    assert_eq!(lab.result("x"), b"mine");
}
