//! A [`Report`] as one page of HTML that needs nothing else: both sides of each
//! library, what has changed first. It can be read without scripts; with them it
//! can be filtered, and what is looked for stands in the address, behind `#`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use maud::{Markup, PreEscaped, html};

use super::files::Kind;
use super::report::{mark, word};
use super::{LibraryChange, Report};
use crate::commands::page;
use crate::interface::diff::{Fate, Row, Topic, Verdict};

/// The page; names and paths are escaped.
pub fn page(report: &Report, old: &Path, new: &Path) -> String {
    let (old, new) = (old.display().to_string(), new.display().to_string());
    let mut libraries: Vec<&LibraryChange> = report.libraries.iter().collect();
    libraries.sort_by_key(|library| Reverse(library.verdict));
    let title = format!("{}: {old} \u{2192} {new}", word(report.verdict));
    let body = html! {
        body {
            header {
                h1 { "What the update does to dependents: " (verdict(report.verdict)) }
                p { (path(&old)) " \u{2192} " (path(&new)) }
                (filters(report))
            }
            main {
                @let files = files(report);
                @let files_first = report.verdict > report.library_verdict;
                @if files_first { (files) }
                @for library in libraries { (of_library(library)) }
                @if !files_first { (files) }
            }
            script { (PreEscaped(include_str!("page.js"))) }
        }
    };
    page::page(&title, "", &body)
}

fn verdict(verdict: Verdict) -> Markup {
    html! { span class={ "verdict " (word(verdict)) } { (word(verdict)) } }
}

fn path(path: &str) -> Markup {
    html! { code { (path) } }
}

/// What is there to be chosen, with how many of each. At first only what has
/// changed is shown, if anything has.
fn filters(report: &Report) -> Markup {
    let mut topics: BTreeMap<&str, usize> = BTreeMap::new();
    let mut fates: BTreeMap<&str, usize> = BTreeMap::new();
    for row in report.libraries.iter().flat_map(|library| &library.rows) {
        *topics.entry(topic(row.topic)).or_default() += 1;
        *fates.entry(fate(row.fate)).or_default() += 1;
    }
    for file in &report.files {
        *topics.entry("file").or_default() += 1;
        *fates.entry(file_fate(file.kind)).or_default() += 1;
    }
    let unchanged = fate(Fate::Unchanged);
    let is_all = fates.keys().all(|name| *name == unchanged);
    let group = |legend: &str, counts: &BTreeMap<&str, usize>| {
        html! {
            fieldset {
                legend { (legend) }
                @for (name, count) in counts {
                    label {
                        input type="checkbox" value=(name) checked[*name != unchanged || is_all];
                        " " (name) " " small { (count) }
                    }
                }
            }
        }
    };
    html! {
        form {
            (group("Change", &fates))
            (group("Kind", &topics))
            label { "Name " input type="search" placeholder="part of a name"; }
            output {}
        }
    }
}

fn of_library(library: &LibraryChange) -> Markup {
    let name = [&library.soname, &library.old, &library.new];
    let name = name.into_iter().flatten().next();
    html! {
        section {
            h2 { (name.map_or("library", String::as_str)) " " (verdict(library.verdict)) }
            @match (&library.old, &library.new) {
                (Some(old), Some(new)) if old == new => p { (path(old)) },
                (Some(old), Some(new)) => p { (path(old)) " \u{2192} " (path(new)) },
                (Some(old), None) => {
                    p { (path(old)) " is gone: programs that ask for it will not start" }
                },
                (None, new) => p { (path(new.as_deref().unwrap_or_default())) " is new" },
            }
            (table(html! { @for row in &library.rows { (of_row(row)) } }))
        }
    }
}

fn table(rows: Markup) -> Markup {
    html! {
        table {
            colgroup { col class="mark"; col class="name"; col class="side"; col class="side"; }
            thead { tr { th {} th { "Name" } th { "Old" } th { "New" } } }
            tbody { (rows) }
        }
    }
}

fn of_row(row: &Row) -> Markup {
    let side = |text: &Option<String>| {
        html! {
            @match text {
                Some(text) => td { (text) },
                None => td class="none" { "\u{2014}" },
            }
        }
    };
    html! {
        tr class=(word(row.verdict)) data-kind=(topic(row.topic)) data-change=(fate(row.fate)) {
            td { (mark(row.verdict)) }
            td {
                @match &row.demangled {
                    Some(demangled) => { code { (demangled) } small { (row.subject) } },
                    None => code { (row.subject) },
                }
                @for reason in &row.reasons { p { (reason) } }
            }
            (side(&row.old))
            (side(&row.new))
        }
    }
}

/// Headers and the like.
fn files(report: &Report) -> Markup {
    let side = |is_there: bool, text: &str| {
        html! {
            @if is_there { td { (text) } } @else { td class="none" { "\u{2014}" } }
        }
    };
    let rows = html! {
        @for file in &report.files {
            tr class=(word(file.verdict)) data-kind="file" data-change=(file_fate(file.kind)) {
                td { (mark(file.verdict)) }
                td { code { (file.path) } p { (file.why) } }
                (side(file.kind != Kind::Added, "file"))
                (side(file.kind != Kind::Removed, file.kind.word()))
            }
        }
    };
    html! {
        @if !report.files.is_empty() {
            section { h2 { "Files that differ" } (table(rows)) }
        }
    }
}

fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Library => "library",
        Topic::Version => "version",
        Topic::Function => "function",
        Topic::Data => "data",
        Topic::ThreadLocal => "thread-local",
        Topic::Undefined => "undefined",
    }
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Removed => "removed",
        Fate::Changed => "changed",
        Fate::Added => "added",
        Fate::Unchanged => "unchanged",
    }
}

fn file_fate(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => fate(Fate::Added),
        Kind::Removed => fate(Fate::Removed),
        Kind::Changed | Kind::Moved => fate(Fate::Changed),
    }
}
