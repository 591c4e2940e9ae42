//! What the system refuses: threads, memory.

use std::path::Path;

use crate::lab::{Lab, as_user, messages, open_to_all, real_library, run};

/// One process, itself, and so no thread beside it.
const NO_THREADS: [&str; 3] = ["prlimit", "--nproc=1", "--"];

#[test]
fn without_threads_all_is_done_in_one() {
    let lab = Lab::new();
    for name in ["liba.so.1", "libb.so.1", "libc.so.1"] {
        lab.add(&format!("lib/{name}"), real_library());
    }
    let usual = lab.stubs(&[]);
    assert_eq!(usual.status.code(), Some(0), "{}", messages(&usual));
    std::fs::remove_dir_all(lab.out()).unwrap();
    open_to_all(lab.directory.path());

    let wrapper = [&as_user()[..], &NO_THREADS].concat();
    let output = lab.stubs(&wrapper);
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
    assert_eq!(output.stdout, usual.stdout);
    let paths: [&Path; 2] = [&lab.package(), &lab.out()];
    for words in [
        &["interface"][..],
        &["check", "--against", "/usr/lib"],
        &["mask"],
    ] {
        let output = run(&wrapper, words, &paths[..1]);
        let code = output.status.code();
        assert!(
            matches!(code, Some(0 | 1)),
            "{words:?}: {}",
            messages(&output)
        );
    }
    let output = run(&wrapper, &["diff"], &paths);
    assert!(
        matches!(output.status.code(), Some(0 | 4 | 12)),
        "{}",
        messages(&output)
    );
}

/// With too little memory there is no output, and with enough the right one.
#[test]
fn missing_memory_leaves_all_or_nothing() {
    let lab = Lab::new();
    for name in ["liba.so.1", "libb.so.1"] {
        lab.add(&format!("lib/{name}"), real_library());
    }
    let usual = lab.stubs(&[]);
    assert_eq!(usual.status.code(), Some(0), "{}", messages(&usual));
    let (package, out) = (lab.package(), lab.out());
    let mut missing = 0;
    // Many threads, that get in each other's way; odd steps, for many lengths.
    for kilobytes in (8 << 10..160 << 10).step_by(1111) {
        let _ = std::fs::remove_dir_all(&out);
        let wrapper = ["prlimit", &format!("--as={}", kilobytes << 10), "--"];
        // Below that the system cannot even load it.
        if !run(&wrapper, &["--version"], &[]).status.success() {
            continue;
        }
        let words = ["stubs", "--jobs=16"];
        let output = run(&wrapper, &words, &[&package, Path::new("--out"), &out]);
        let text = messages(&output);
        match output.status.code() {
            Some(0) => assert_eq!(output.stdout, usual.stdout),
            // abort(3), as `timeout` and the shell put it; or a problem with a code.
            _ => {
                missing += 1;
                assert!(!text.is_empty(), "{kilobytes} KiB: {:?}", output.status);
                assert!(!text.contains("panicked"), "{kilobytes} KiB: {text}");
                assert!(!out.exists(), "{kilobytes} KiB: {text}");
            }
        }
    }
    assert!(missing > 0);
    let _ = std::fs::remove_dir_all(lab.out());
    assert_eq!(lab.stubs(&[]).stdout, usual.stdout);
}
