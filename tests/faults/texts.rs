//! Interfaces as text, as long as there can be.

use std::fmt::Write;

use crate::lab::{Lab, messages, run, run_within};

/// An interface with so many symbols that are all like this.
fn text(count: usize, fields: &str) -> String {
    let head = "--- !ifs-v1\nIfsVersion: 3.0\nTarget: x86_64-linux-gnu\nSymbols:\n";
    let mut text = String::from(head);
    for index in 0..count {
        writeln!(text, "  - {{ Name: f{index:06}, {fields} }}").unwrap();
    }
    text
}

/// Two texts within 64 MB and four times their size.
#[test]
fn texts_with_a_million_symbols() {
    let count = match std::env::var_os("SOAK") {
        Some(_) => 1_000_000,
        None => 100_000,
    };
    let text = text(count, "Type: Func");
    let lab = Lab::new();
    let (old, new) = (lab.add("old.ifs", &text), lab.add("new.ifs", &text));
    let limit = format!("--data={}", (64 << 20) + 4 * 2 * text.len());
    let output = run_within("300", &["prlimit", &limit, "--"], &["diff"], &[&old, &new]);
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
}

/// Which other names the data has is not looked for in all of them each time.
#[test]
fn an_update_that_adds_very_much_data() {
    let lab = Lab::new();
    let old = lab.add("old.ifs", text(0, ""));
    let new = lab.add("new.ifs", text(50_000, "Type: Object, Size: 4"));
    let output = run(&[], &["diff"], &[&old, &new]);
    // Compatible; `timeout` would say 124.
    assert_eq!(output.status.code(), Some(4), "{}", messages(&output));
}

/// Nor all that have one name for each of them.
#[test]
fn very_many_symbols_with_one_name() {
    let lab = Lab::new();
    let old = lab.add("old.ifs", text(0, ""));
    let symbols = "  - { Name: f, Undefined: true, Type: Func }\n".repeat(100_000);
    let new = lab.add("new.ifs", text(0, "") + &symbols);
    let output = run(&[], &["diff"], &[&old, &new]);
    // Incompatible: nothing supplies it.
    assert_eq!(output.status.code(), Some(12), "{}", messages(&output));
}

/// Nor all labels that are taken for each new one.
#[test]
fn very_many_aliases_of_one_name() {
    let lab = Lab::new();
    let mut text = text(0, "");
    for index in 0..30_000 {
        let data = "Type: Object, Size: 4";
        writeln!(text, "  - {{ Name: f, {data}, Label: l{index} }}").unwrap();
        writeln!(text, "  - {{ Name: g{index}, {data}, Alias: l{index} }}").unwrap();
    }
    let library = lab.add("libx.ifs", text);
    let output = run(&[], &["interface"], &[&library]);
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
}
