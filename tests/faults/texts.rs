//! Interfaces as text, as long as there can be.

use std::fmt::Write;

use crate::lab::{Lab, messages, run};

/// Two texts within 64 MB and four times their size.
#[test]
fn texts_with_a_million_symbols() {
    let count = match std::env::var_os("SOAK") {
        Some(_) => 1_000_000,
        None => 100_000,
    };
    let mut text =
        String::from("--- !ifs-v1\nIfsVersion: 3.0\nTarget: x86_64-linux-gnu\nSymbols:\n");
    for index in 0..count {
        writeln!(text, "  - {{ Name: f{index:06}, Type: Func }}").unwrap();
    }
    let lab = Lab::new();
    let (old, new) = (lab.add("old.ifs", &text), lab.add("new.ifs", &text));
    let limit = format!("--data={}", (64 << 20) + 4 * 2 * text.len());
    let output = run(&["prlimit", &limit, "--"], &["diff"], &[&old, &new]);
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
}
