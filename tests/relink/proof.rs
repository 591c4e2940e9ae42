//! What doesn't fit is not relinked. What the proof itself finds is tested with
//! `check`.

use std::fs;

use crate::lab::{Lab, run};

/// The real library once more, of other source.
fn replace_library(lab: &Lab, source: &str) {
    let file = lab.path("other.c");
    lab.write(&file, source);
    let library = format!("{}/lib/libgreet.so.1", lab.out);
    lab.gcc(&[
        "-shared",
        "-fPIC",
        "-Wl,-soname,libgreet.so.1",
        &file,
        "-o",
        &library,
    ]);
}

#[test]
fn another_build_of_the_library_is_put_in() {
    let lab = Lab::new();
    let program = lab.program("bin/hello", "", &[]);
    replace_library(
        &lab,
        "const char *greeting(void) { return \"good day\"; } int more(void) { return 1; }\n",
    );
    lab.relink();
    assert_eq!(run(&program, &[]), "good day\n");
}

#[test]
fn a_library_that_lost_what_is_used_is_not() {
    let lab = Lab::new();
    lab.program("bin/hello", "", &[]);
    replace_library(&lab, "int more(void) { return 1; }\n");
    let text = lab.refuses("SB0801", &[]);
    assert!(
        text.contains("greeting") && text.contains("bin/hello"),
        "{text}"
    );
    // Nor if nothing that was compiled uses it.
    fs::remove_file(format!("{}/bin/hello", lab.compile)).unwrap();
    let text = lab.refuses("SB0807", &[]);
    assert!(
        text.contains("greeting") && text.contains("libgreet.so.1"),
        "{text}"
    );
}

/// A package may have it so, and is told that it may, where it loses nothing.
#[test]
fn imports_suffice_where_the_package_says_so() {
    let lab = Lab::new();
    let greeting = "const char *greeting(void) { return \"hello\"; }\n";
    let rarely = "int rarely(void) { return 1; }\n";
    replace_library(&lab, &format!("{greeting}{rarely}"));
    fs::remove_dir_all(&lab.tree).unwrap();
    crate::lab::succeed(&lab.stub_builder(&["stubs", &lab.out, &lab.dev, "--out", &lab.tree]));
    let program = lab.program("bin/hello", "", &[]);
    replace_library(&lab, greeting);
    let option = "split.importsSuffice";
    let text = lab.refuses("SB0807", &[]);
    assert!(text.contains("rarely") && text.contains(option), "{text}");

    let manifest = lab.path("manifest.json");
    let stand_in = serde_json::json!({
        "path": lab.tree, "interface": lab.tree, "importsSuffice": true,
        "real": { "out": lab.out, "dev": lab.dev },
    });
    let outputs = serde_json::json!({ "out": { "compile": lab.compile, "final": lab.r#final } });
    let all = serde_json::json!({ "outputs": outputs, "standIns": [stand_in] });
    lab.write(&manifest, all.to_string());
    let relink = || lab.stub_builder(&["relink", "--manifest", &manifest]);
    crate::lab::succeed(&relink());
    assert_eq!(run(&program, &[]), "hello\n");
    lab.clear();

    // Not for what is imported, and then nobody is told that it could.
    replace_library(&lab, rarely);
    let text = String::from_utf8_lossy(&relink().stderr).into_owned();
    assert!(text.contains("SB0801") && text.contains("SB0807"), "{text}");
    assert!(!text.contains(option), "{text}");
    lab.program("bin/hello", "extern int rarely(void); rarely();", &[]);
    replace_library(&lab, greeting);
    let text = String::from_utf8_lossy(&relink().stderr).into_owned();
    assert!(text.contains("SB0801") && text.contains("SB0807"), "{text}");
    assert!(!text.contains(option), "{text}");
}

#[test]
fn a_stub_that_was_copied_is_found() {
    let lab = Lab::new();
    lab.compiled("lib/x", "");
    let stub = format!("{}/lib/libgreet.so.1", lab.tree);
    fs::copy(stub, format!("{}/lib/libgreet.so.1", lab.compile)).unwrap();
    lab.refuses("SB0805", &[]);
}

#[test]
fn what_was_unresolved_before_is_a_warning() {
    let lab = Lab::new();
    let source = lab.path("plugin.c");
    lab.write(
        &source,
        "int host(void); int plugin(void) { return host(); }\n",
    );
    let plugin = format!("{}/plugin.so", lab.compile);
    lab.gcc(&["-shared", "-fPIC", "-nostdlib", &source, "-o", &plugin]);
    let done = lab.relink_with(&["--json"]);
    crate::lab::succeed(&done);
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["proof"]["warnings"][0]["code"], "SB0801", "{report}");
    lab.clear();
    lab.refuses("SB0801", &["--strict"]);
    crate::lab::succeed(&lab.relink_with(&["--strict", "--exempt", "plugin.so"]));
}

#[test]
fn the_report_tells_what_was_replaced_and_proven() {
    let lab = Lab::new();
    lab.program("bin/hello", "", &[]);
    let gz = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let text = format!("{0}/lib {0}/lib {1}/share\n", lab.tree, lab.compile);
    lab.compiled("x", &text);
    lab.compiled("share/x.gz", gz(&text));
    lab.compiled("nix-support/x", &text);
    std::os::unix::fs::symlink(&lab.tree, format!("{}/link", lab.compile)).unwrap();
    lab.compiled("none", "nothing");
    let done = lab.relink_with(&["--json"]);
    crate::lab::succeed(&done);
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let one = |from: &str, to: &str, count: usize| serde_json::json!({ "from": from, "to": to, "count": count });
    let file = |path: &str, references: usize, replaced: &[serde_json::Value]| serde_json::json!({ "output": "out", "path": path, "references": references, "replaced": replaced });
    let own = one(&lab.compile, &lab.r#final, 1);
    let both = [own, one(&lab.tree, &lab.out, 2)];
    let long = format!("{}/lib", lab.tree);
    let padded = format!("{:/<width$}/lib", lab.out, width = lab.tree.len());
    let expected = serde_json::json!([
        file("bin/hello", 1, &[one(&long, &padded, 1)]),
        file("link", 1, &[one(&lab.tree, &lab.out, 1)]),
        file("nix-support/x", 3, &both),
        file("share/x.gz", 3, &both),
        file("x", 3, &both),
    ]);
    assert_eq!(report["rewritten"], expected);
    let proof = &report["proof"];
    let program = format!("{}/bin/hello", lab.r#final);
    assert_eq!(proof["checked"].as_array().unwrap().len(), 1, "{proof}");
    assert_eq!(proof["checked"][0]["path"], program);
    assert_eq!(proof["checked"][0]["imports"], proof["imports"]);
    assert_eq!(proof["checked"][0]["libraries"], 3);
    let interface = format!("{}/lib/libgreet.so.1", lab.tree);
    assert_eq!(proof["compared"], serde_json::json!([interface]));
}
