//! Two interfaces side by side, for readers: each symbol once, whether or not
//! anything of it has changed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::words::{self, shown};
use super::{Change, ChangeKind, Verdict};
use crate::interface::mangled::demangled;
use crate::interface::{Binding, Definition, Interface, Kind, Symbol};

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// The library as a whole.
    Library,
    Version,
    Function,
    Data,
    ThreadLocal,
    /// What the library wants of others.
    Undefined,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    Removed,
    Changed,
    Added,
    Unchanged,
}

/// One symbol, or what else two interfaces can differ in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `name@@version` of a symbol, or what else it is about.
    pub subject: String,
    pub demangled: Option<String>,
    pub topic: Topic,
    pub fate: Fate,
    pub verdict: Verdict,
    /// What it is on each side; none where it isn't.
    pub old: Option<String>,
    pub new: Option<String>,
    /// What the changes mean, one sentence each.
    pub reasons: Vec<String>,
}

/// All of two interfaces, what has changed first and of that the worst.
/// `changes` are those that `diff` has found; a side that isn't there has nothing.
pub fn side_by_side(
    old: Option<&Interface>,
    new: Option<&Interface>,
    changes: &[Change],
) -> Vec<Row> {
    let mut rows: BTreeMap<(String, bool), Row> = BTreeMap::new();
    for (interface, is_new) in [(old, false), (new, true)] {
        for symbol in interface.iter().flat_map(|interface| &interface.symbols) {
            let key = (shown(symbol), symbol.is_defined());
            let row = rows.entry(key).or_insert_with(|| Row {
                subject: shown(symbol),
                demangled: demangled(symbol.name),
                topic: topic(symbol),
                fate: Fate::Unchanged,
                verdict: Verdict::Identical,
                old: None,
                new: None,
                reasons: Vec::new(),
            });
            let side = if is_new { &mut row.new } else { &mut row.old };
            // More than one symbol can have a name and a version.
            let text = side.get_or_insert_default();
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(&described(symbol));
        }
    }
    for row in rows.values_mut() {
        // Of undefined symbols only those are compared that nothing supplies,
        // so a difference of sides need not be a change.
        row.fate = match (&row.old, &row.new) {
            (Some(_), None) => Fate::Removed,
            (None, Some(_)) => Fate::Added,
            _ => Fate::Unchanged,
        };
    }
    let mut rest = Vec::new();
    for change in changes {
        let is_defined = !is_of_undefined(change.kind);
        match rows.get_mut(&(change.subject.clone(), is_defined)) {
            Some(row) => {
                row.verdict = row.verdict.max(change.verdict);
                row.reasons.push(reason(change));
                if row.fate == Fate::Unchanged {
                    row.fate = Fate::Changed;
                }
            }
            None => rest.push(of_change(change)),
        }
    }
    let mut rows: Vec<Row> = rest.into_iter().chain(rows.into_values()).collect();
    rows.sort_by_cached_key(|row| {
        let name = row.demangled.as_ref().unwrap_or(&row.subject).clone();
        (Reverse(row.verdict), row.fate, row.topic, name)
    });
    rows
}

/// What is about no symbol that either side has.
fn of_change(change: &Change) -> Row {
    let (topic, fate) = match change.kind {
        ChangeKind::VersionRemoved => (Topic::Version, Fate::Removed),
        ChangeKind::VersionAdded => (Topic::Version, Fate::Added),
        ChangeKind::VersionParents | ChangeKind::VersionFlags | ChangeKind::BaseVersion => {
            (Topic::Version, Fate::Changed)
        }
        _ => (Topic::Library, Fate::Changed),
    };
    let there = |fate| (fate == Fate::Changed).then(String::new);
    Row {
        subject: change.subject.clone(),
        demangled: change.demangled.clone(),
        topic,
        fate,
        verdict: change.verdict,
        old: change.old.clone().or_else(|| match fate {
            Fate::Removed => Some("version".into()),
            _ => there(fate),
        }),
        new: change.new.clone().or_else(|| match fate {
            Fate::Added => Some("version".into()),
            _ => there(fate),
        }),
        reasons: vec![change.why.clone()],
    }
}

fn is_of_undefined(kind: ChangeKind) -> bool {
    matches!(
        kind,
        ChangeKind::UndefinedAdded | ChangeKind::UndefinedRemoved
    )
}

fn reason(change: &Change) -> String {
    match (&change.old, &change.new) {
        // Sizes are in the sentence already.
        (Some(old), Some(new)) if !(change.why.contains(old) && change.why.contains(new)) => {
            format!("{old} \u{2192} {new}: {}", change.why)
        }
        _ => change.why.clone(),
    }
}

fn topic(symbol: &Symbol) -> Topic {
    match (&symbol.definition, symbol.kind) {
        (Definition::Undefined { .. }, _) => Topic::Undefined,
        (Definition::Tls { .. }, _) => Topic::ThreadLocal,
        (_, Kind::Function | Kind::IndirectFunction) | (Definition::Code { .. }, Kind::NoType) => {
            Topic::Function
        }
        _ => Topic::Data,
    }
}

/// What programs see of a symbol, but for its name.
fn described(symbol: &Symbol) -> String {
    let mut parts = vec![words::kind(symbol.kind)];
    match symbol.definition {
        Definition::Data { .. } | Definition::Tls { .. } => {
            parts.push(format!("{} bytes", symbol.size));
        }
        Definition::Absolute { value } => parts.push(format!("{value:#x}")),
        _ => {}
    }
    if symbol.binding != Binding::Global {
        parts.push(words::binding(symbol.binding));
    }
    if symbol.other != 0 {
        parts.push(words::visibility(symbol.other));
    }
    parts.join(", ")
}
