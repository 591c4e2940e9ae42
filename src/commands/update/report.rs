//! What became of the pins, in words.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Outcome, Report};
use crate::commands::{diff, nix};
use crate::interface::diff::Verdict;
use crate::lock::decide::{Decision, Why};
use crate::problem::Fault;

pub(super) fn in_words(decision: &Decision) -> &'static str {
    match decision {
        Decision::New => "a new pin",
        Decision::Same => "as it was",
        Decision::Kept { .. } => "the interface in force stays, the library provides all of it",
        Decision::Unaccepted { .. } => "left as it was: its headers have changed",
        Decision::Renewed { why } => match why {
            Why::Incompatible => "a new pin: the library no longer provides the interface in force",
            Why::Exact => "a new pin, as for every change of this library",
            Why::Asked => "a new pin, as asked for",
        },
    }
}

/// The report for a person: what has changed, and why.
pub fn explain(report: &Report) -> String {
    let mut out = String::new();
    for outcome in &report.outcomes {
        if outcome.decision == Decision::Same {
            continue;
        }
        let _ = writeln!(out, "{}: {}", outcome.key, in_words(&outcome.decision));
        if let Some(pin) = &outcome.pin {
            let _ = writeln!(out, "    {} from {}", pin.hash, pin.source);
        }
        if let Some(report) = &outcome.report {
            for line in diff::explain(report).lines() {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
    for key in &report.removed {
        let _ = writeln!(out, "{key}: removed, there is no such library any more");
    }
    let count = |wanted: fn(&Decision) -> bool| {
        let outcomes = report.outcomes.iter();
        outcomes.filter(|outcome| wanted(&outcome.decision)).count()
    };
    let _ = writeln!(
        out,
        "{} as they were, {} kept, {} new, {} to be accepted",
        count(|d| *d == Decision::Same),
        count(|d| matches!(d, Decision::Kept { .. })),
        count(|d| matches!(d, Decision::New | Decision::Renewed { .. })),
        count(|d| matches!(d, Decision::Unaccepted { .. })),
    );
    out
}

/// What the libraries have that the interfaces in force don't, and who could
/// ask for it.
pub fn suggest(report: &Report) -> Result<String, Fault> {
    let mut out = String::new();
    for outcome in &report.outcomes {
        let Some(changes) = outcome.report.as_ref().filter(|_| {
            matches!(
                outcome.decision,
                Decision::Kept { .. } | Decision::Unaccepted { .. }
            )
        }) else {
            continue;
        };
        let _ = writeln!(out, "{}:", outcome.key);
        for library in &changes.libraries {
            let soname = library.soname.as_deref().unwrap_or("library");
            let added = library
                .changes
                .iter()
                .filter(|c| c.verdict == Verdict::Compatible);
            for change in added {
                let name = change.demangled.as_ref().unwrap_or(&change.subject);
                let _ = writeln!(out, "    {soname} has {name}: {}", change.why);
            }
        }
        for file in &changes.files {
            let _ = writeln!(out, "    {}: {}", file.path, file.kind.word());
        }
        let users = users(outcome, &report.outcomes)?;
        let _ = match users.is_empty() {
            true => writeln!(out, "    none of these libraries uses it"),
            false => writeln!(
                out,
                "    could ask for it, with passthru.split.current = [ {} ]: {}",
                outcome.key.library,
                users.into_iter().collect::<Vec<_>>().join(", ")
            ),
        };
    }
    if out.is_empty() {
        out += "no library has more than the interface in force\n";
    }
    Ok(out)
}

/// Those that are compiled against the tree in force: it is an input of what
/// their own tree is made from.
fn users(of: &Outcome, all: &[Outcome]) -> Result<BTreeSet<String>, Fault> {
    let mut users = BTreeSet::new();
    let Some(tree) = &of.entry.in_force else {
        return Ok(users);
    };
    for outcome in all.iter().filter(|outcome| outcome.key != of.key) {
        let own = outcome.entry.own.as_deref().unwrap_or_default();
        for input in nix::inputs(own)? {
            if input.ends_with(".drv") && nix::inputs(&input)?.contains(tree) {
                users.insert(outcome.key.library.clone());
            }
        }
    }
    Ok(users)
}
