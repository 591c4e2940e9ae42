//! A plan as one page of HTML that needs nothing else: the dependency graph by
//! levels, and a table with the causes. It can be read without scripts; with them
//! it shows what depends on what, and can be filtered and searched, and what is
//! looked for stands in the address, behind `#`.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, PreEscaped, html};

use super::report::{Because, Library, Package, Report};
use super::text::{count, lines, of_library, reason, reasons, seconds, totals, word};
use crate::commands::page;
use crate::plan::causes::Cause;
use crate::plan::fates::{Bounds, Fate};
use crate::plan::levels::Levels;

/// What a node is coloured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Compiled,
    Perhaps,
    Relinked,
    Untouched,
    /// An interface tree alone.
    Library,
}

impl Kind {
    fn of(fate: Bounds) -> Kind {
        match (fate.least, fate.most) {
            (Fate::Compiled, _) => Kind::Compiled,
            (least, most) if least != most => Kind::Perhaps,
            (Fate::Relinked, _) => Kind::Relinked,
            (Fate::Untouched, _) => Kind::Untouched,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Compiled => "compiled",
            Kind::Perhaps => "perhaps",
            Kind::Relinked => "relinked",
            Kind::Untouched => "untouched",
            Kind::Library => "library",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Kind::Compiled => "compiled again",
            Kind::Perhaps => "perhaps compiled",
            Kind::Relinked => "only relinked",
            Kind::Untouched => "untouched",
            Kind::Library => "interface alone",
        }
    }

    /// For those who don't tell colours apart.
    fn mark(self) -> &'static str {
        match self {
            Kind::Compiled => "\u{25cf}",
            Kind::Perhaps => "\u{25d0}",
            Kind::Relinked => "\u{21bb}",
            Kind::Untouched | Kind::Library => "\u{00b7}",
        }
    }
}

/// A package, or a library of which there is nothing but the interface.
struct Node<'r> {
    attribute: &'r str,
    kind: Kind,
    package: Option<&'r Package>,
    library: Option<&'r Library>,
    uses: Vec<usize>,
}

/// The page; names are escaped.
pub fn page(report: &Report) -> String {
    let nodes = nodes(report);
    let body = html! {
        body {
            header {
                h1 { (title(report)) }
                p { code { (report.old) } " \u{2192} " code { (report.new) } }
                (filters(&nodes))
            }
            main {
                p class="totals" {
                    (totals(report))
                    @if let Some(seconds) = seconds(report) { "; " (seconds) }
                }
                @for library in &report.libraries { (of_changed(library)) }
                (graph(&nodes))
                (table(&nodes))
                @for (what, names) in [("No longer there", &report.gone), ("Not evaluated", &report.unknown)] {
                    @if !names.is_empty() { p { (what) ": " (names.join(", ")) } }
                }
            }
            aside hidden {}
            script { (PreEscaped(include_str!("page.js"))) }
        }
    };
    page::page(&title(report), include_str!("page.css"), &body)
}

fn title(report: &Report) -> String {
    let totals = &report.totals;
    let compiled = count(totals.compiled);
    format!(
        "The update compiles {compiled} of {} packages again; without the split it would be {}",
        totals.packages, totals.without_split
    )
}

fn nodes(report: &Report) -> Vec<Node<'_>> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut nodes = Vec::new();
    for package in &report.packages {
        names.insert(&package.attribute, nodes.len());
        nodes.push(Node {
            attribute: &package.attribute,
            kind: Kind::of(package.fate),
            package: Some(package),
            library: report.library(&package.attribute),
            uses: Vec::new(),
        });
    }
    let used = report.packages.iter().flat_map(|package| &package.uses);
    let changed = report.libraries.iter().map(|library| &library.attribute);
    let alone: BTreeSet<&str> = used.chain(changed).map(String::as_str).collect();
    for attribute in alone {
        names.entry(attribute).or_insert_with(|| {
            nodes.push(Node {
                attribute,
                kind: Kind::Library,
                package: None,
                library: report.library(attribute),
                uses: Vec::new(),
            });
            nodes.len() - 1
        });
    }
    for node in &mut nodes {
        let used = node.package.into_iter().flat_map(|package| &package.uses);
        node.uses = used.map(|name| names[name.as_str()]).collect();
    }
    nodes
}

/// What is there to be chosen, with how many of each.
fn filters(nodes: &[Node]) -> Markup {
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    for node in nodes {
        *kinds.entry(node.kind).or_default() += 1;
    }
    html! {
        form {
            fieldset {
                @for (kind, count) in kinds {
                    label class=(kind.word()) {
                        input type="checkbox" value=(kind.word()) checked;
                        " " (kind.mark()) " " (kind.title()) " " small { (count) }
                    }
                }
            }
            label { "Name " input type="search" placeholder="part of a name"; }
            output {}
        }
    }
}

/// A library that has changed by itself, and how.
fn of_changed(library: &Library) -> Markup {
    let lines = library.difference.as_ref().map(lines);
    html! {
        details class="changed" open[library.difference.is_some()] {
            summary {
                strong { (library.attribute) } " "
                @if let Some(verdict) = library.interface {
                    span class={ "verdict " (word(verdict)) } { (word(verdict)) } " "
                }
                (of_library(library))
            }
            @if let Some(lines) = lines { pre { (lines.join("\n")) } }
        }
    }
}

/// The nodes by levels; scripts draw the edges.
fn graph(nodes: &[Node]) -> Markup {
    let uses: Vec<Vec<usize>> = nodes.iter().map(|node| node.uses.clone()).collect();
    let Levels { levels, edges } = Levels::new(&uses);
    let numbers = |numbers: &[usize]| {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        numbers.join(" ")
    };
    html! {
        section id="graph" {
            h2 { "Who uses whom" }
            p class="note" {
                "Each stands below all that it is built with. "
                span class="script" { "Point at one, or click, to see its causes and its users." }
            }
            div class="levels" {
                @for (level, members) in levels.iter().enumerate() {
                    div class="level" {
                        span class="number" { (level) }
                        ul {
                            @for &number in members {
                                @let node = &nodes[number];
                                li {
                                    button type="button" id={ "n" (number) }
                                        class={ (node.kind.word()) @if node.library.is_some() { " origin" } }
                                        data-kind=(node.kind.word())
                                        data-uses=(numbers(&edges[number]))
                                        title=(hover(node)) {
                                        span class="mark" { (node.kind.mark()) } (node.attribute)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn hover(node: &Node) -> String {
    let kind = node.kind.title();
    match node.package {
        Some(package) if !package.because.is_empty() => format!("{kind}: {}", reasons(package)),
        _ => kind.to_owned(),
    }
}

fn table(nodes: &[Node]) -> Markup {
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by_key(|number| nodes[*number].kind);
    html! {
        section {
            h2 { "Packages" }
            table {
                colgroup { col class="mark"; col class="package"; col class="fate"; col; }
                thead { tr { th {} th { "Package" } th { "What happens" } th { "Because of" } } }
                tbody {
                    @for number in order {
                        @let node = &nodes[number];
                        tr class=(node.kind.word()) data-kind=(node.kind.word()) data-node=(number) {
                            td { (node.kind.mark()) }
                            td {
                                code { (node.attribute) }
                                @if let Some(package) = node.package { small { (package.name) } }
                            }
                            td { (node.kind.title()) }
                            td { @if let Some(package) = node.package { (causes(package)) } }
                        }
                    }
                }
            }
        }
    }
}

fn causes(package: &Package) -> Markup {
    let others = package
        .from
        .iter()
        .filter(|from| **from != package.attribute);
    let others: Vec<&str> = others.map(String::as_str).collect();
    let is_direct = |name: &str| {
        let mut causes = package.because.iter();
        causes.any(|because| because.cause.attribute() == Some(name))
    };
    html! {
        @for because in &package.because { (cause(because)) }
        @if others.iter().any(|name| !is_direct(name)) {
            p class="from" { "in the end: " (others.join(", ")) }
        }
        @if !package.split { p { "not split" } }
    }
}

fn cause(because: &Because) -> Markup {
    let Cause::Interface { library } = &because.cause else {
        return html! { p { (reason(because)) } };
    };
    html! {
        p {
            "the interface of " strong { (library) }
            @if because.changes.is_empty() { ", once it is known" }
        }
        @if because.changes.len() > 3 {
            details {
                summary { (because.changes[..2].join(", ")) " and " (because.changes.len() - 2) " more" }
                @for change in &because.changes { p { code { (change) } } }
            }
        } @else {
            @for change in &because.changes { p { code { (change) } } }
        }
    }
}
