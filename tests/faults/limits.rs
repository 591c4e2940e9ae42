//! What the system refuses: threads, memory.

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
    let paths: [&std::path::Path; 2] = [&lab.package(), &lab.out()];
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
