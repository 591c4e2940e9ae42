//! A [`Report`] in words.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::files::{Class, Kind};
use super::{LibraryChange, Report};
use crate::interface::diff::{Change, Verdict};

/// The report for a person; its last line is the verdict.
pub fn explain(report: &Report) -> String {
    let mut out = String::new();
    for library in &report.libraries {
        of_library(library, &mut out);
    }
    for file in &report.files {
        let (path, kind, why) = (&file.path, file.kind.word(), &file.why);
        let _ = writeln!(out, "{} {path}: {kind}: {why}", mark(file.verdict));
    }
    let summary = summary(report);
    if !summary.is_empty() {
        let _ = writeln!(out, "{summary}");
    }
    let _ = writeln!(out, "{}", word(report.verdict));
    out
}

pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Identical => "identical",
        Verdict::Compatible => "compatible",
        Verdict::Incompatible => "incompatible",
    }
}

pub(super) fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Identical => " ",
        Verdict::Compatible => "+",
        Verdict::Incompatible => "!",
    }
}

fn of_library(library: &LibraryChange, out: &mut String) {
    let name = library
        .soname
        .as_ref()
        .or(library.old.as_ref())
        .or(library.new.as_ref());
    let name = name.map_or("library", String::as_str);
    let what = match (&library.old, &library.new) {
        (Some(_), None) => {
            "incompatible: the library is gone: programs that ask for it will not start"
        }
        (None, _) => "compatible: a new library",
        _ => word(library.verdict),
    };
    let _ = writeln!(out, "{name}: {what}");
    for change in &library.changes {
        of_change(change, out);
    }
}

fn of_change(change: &Change, out: &mut String) {
    let Change {
        subject,
        demangled,
        verdict,
        old,
        new,
        why,
        ..
    } = change;
    let _ = write!(out, "  {} {subject}", mark(*verdict));
    if let Some(demangled) = demangled {
        let _ = write!(out, " ({demangled})");
    }
    // Sizes are in the sentence already.
    if let (Some(old), Some(new)) = (old, new)
        && !(why.contains(old.as_str()) && why.contains(new.as_str()))
    {
        let _ = write!(out, ": {old} -> {new}");
    }
    let _ = writeln!(out, ": {why}");
}

/// How many of what, if there is more to say than the verdict on one library.
fn summary(report: &Report) -> String {
    let mut parts = Vec::new();
    if report.libraries.len() > 1 || !report.files.is_empty() {
        let mut verdicts: BTreeMap<Verdict, usize> = BTreeMap::new();
        for library in &report.libraries {
            *verdicts.entry(library.verdict).or_default() += 1;
        }
        let each = verdicts
            .iter()
            .map(|(verdict, count)| format!("{count} {}", word(*verdict)));
        let each: Vec<String> = each.collect();
        parts.push(format!("libraries: {}", each.join(", ")));
    }
    let mut files: BTreeMap<(Class, Kind), usize> = BTreeMap::new();
    for file in &report.files {
        *files.entry((file.class, file.kind)).or_default() += 1;
    }
    for ((class, kind), count) in files {
        parts.push(format!("{} {}: {count}", class.plural(), kind.word()));
    }
    parts.join("; ")
}
