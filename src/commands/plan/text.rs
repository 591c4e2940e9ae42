//! A plan in words, for a terminal.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::report::{Because, Count, Library, Package, PinFate, Report, Seconds};
use crate::commands::diff;
use crate::interface::diff::Verdict;
use crate::plan::causes::Cause;
use crate::plan::fates::Fate;

/// The report for a person; the last line has the totals.
pub fn explain(report: &Report) -> String {
    let mut out = String::new();
    for library in &report.libraries {
        let _ = writeln!(out, "{}: {}", library.attribute, of_library(library));
        let difference = library.difference.iter();
        for line in difference.flat_map(lines) {
            let _ = writeln!(out, "    {line}");
        }
    }
    list(
        report,
        "compiled again",
        |p| p.fate.least == Fate::Compiled,
        &mut out,
    );
    let perhaps = |p: &Package| p.fate.least != p.fate.most;
    list(report, "perhaps compiled again", perhaps, &mut out);
    relinked(report, &mut out);
    for (what, attributes) in [
        ("no longer there", &report.gone),
        ("not evaluated", &report.unknown),
    ] {
        if !attributes.is_empty() {
            let _ = writeln!(out, "{what}: {}", attributes.join(", "));
        }
    }
    if let Some(seconds) = seconds(report) {
        let _ = writeln!(out, "{seconds}");
    }
    let _ = writeln!(out, "{}", totals(report));
    out
}

/// What diff says of it, without its last line.
pub(super) fn lines(report: &diff::Report) -> Vec<String> {
    let text = diff::explain(report);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

/// The verdict, and what it means to the pin.
pub(super) fn of_library(library: &Library) -> String {
    let Some(interface) = library.interface else {
        return "changed; what has become of its interface is not known".into();
    };
    let headers = match library.headers.unwrap_or_default() {
        Verdict::Identical => "headers the same",
        Verdict::Compatible => "nothing but additions to headers",
        Verdict::Incompatible => "headers changed",
    };
    let pin = pin(library.pin);
    format!("interface {}, {headers}; {pin}", word(interface))
}

pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Identical => "identical",
        Verdict::Compatible => "compatible",
        Verdict::Incompatible => "incompatible",
    }
}

pub(super) fn pin(pin: PinFate) -> &'static str {
    match pin {
        PinFate::Floats => "no pin",
        PinFate::Stays => "the pin stays",
        PinFate::Moved => "the lock file has a new pin",
        PinFate::Moves => "the pin has to move: run update-stub-hashes",
        PinFate::Asks => {
            "the pin stays if the headers are accepted, and moves if it is renewed: see update-stub-hashes"
        }
        PinFate::Unknown => "whether the pin stays is not known",
    }
}

fn list(report: &Report, title: &str, which: impl Fn(&Package) -> bool, out: &mut String) {
    let packages: Vec<&Package> = report.packages.iter().filter(|p| which(p)).collect();
    if packages.is_empty() {
        return;
    }
    let _ = writeln!(out, "{title}:");
    for package in packages {
        let _ = writeln!(out, "    {}: {}", package.attribute, reasons(package));
    }
}

/// Why, in one line.
pub(super) fn reasons(package: &Package) -> String {
    let each: Vec<String> = package.because.iter().map(reason).collect();
    let mut text = few(&each, "; ");
    let begins_elsewhere = |from: &&String| {
        let direct = |because: &Because| because.cause.attribute() == Some(from);
        **from != package.attribute && !package.because.iter().any(direct)
    };
    let from: Vec<String> = package
        .from
        .iter()
        .filter(begins_elsewhere)
        .cloned()
        .collect();
    if !from.is_empty() {
        let _ = write!(text, " (in the end {})", few(&from, ", "));
    }
    text
}

pub(super) fn reason(because: &Because) -> String {
    match &because.cause {
        Cause::New => "it is new".into(),
        Cause::Replaced => "something else takes its place".into(),
        Cause::Itself { attributes } => {
            let named: Vec<String> = attributes.clone();
            match named.is_empty() {
                true => "it is another itself".into(),
                false => format!("its own {}", few(&named, ", ")),
            }
        }
        Cause::Input { name } => match name.split_once(STAND_IN) {
            Some((package, _)) => format!("what the baseline has of {package}"),
            None => format!("its input {name}"),
        },
        Cause::Interface { library } => match because.changes.is_empty() {
            true => format!("the interface of {library}"),
            false => format!(
                "the interface of {library} ({})",
                few(&because.changes, ", ")
            ),
        },
        Cause::Package { package } => format!("{package} itself"),
    }
}

/// How the names of completed trees go on (nix/split/completeTree.nix,
/// nix/fixedName.nix).
const STAND_IN: &str = "-interface-";

/// Up to three.
fn few(all: &[String], between: &str) -> String {
    match all.len() {
        0..=3 => all.join(between),
        more => format!("{}{between}and {} more", all[..3].join(between), more - 3),
    }
}

/// Those that are only relinked, by where that begins.
fn relinked(report: &Report, out: &mut String) {
    let mut by_beginning: BTreeMap<&[String], Vec<&str>> = BTreeMap::new();
    for package in &report.packages {
        if package.fate.most == Fate::Relinked {
            let names = by_beginning.entry(&package.from).or_default();
            names.push(&package.attribute);
        }
    }
    for (from, names) in by_beginning {
        let _ = writeln!(
            out,
            "relinked, for {}: {}",
            few(from, ", "),
            names.join(", ")
        );
    }
}

pub(super) fn totals(report: &Report) -> String {
    let totals = &report.totals;
    format!(
        "of {} packages {} compiled again, {} only relinked, {} untouched; without the split {} would be compiled",
        totals.packages,
        count(totals.compiled),
        count(totals.relinked),
        count(totals.untouched),
        totals.without_split,
    )
}

/// What compiling took the last time.
pub(super) fn seconds(report: &Report) -> Option<String> {
    let Seconds { least, most, known } = report.totals.seconds?;
    let (least, most) = (format!("{least:.1}"), format!("{most:.1}"));
    let sum = match least == most {
        true => most,
        false => format!("{least} to {most}"),
    };
    let logs = match known {
        1 => "the log of one build".to_owned(),
        more => format!("the logs of {more} builds"),
    };
    Some(format!("compiling took {sum} s the last time, by {logs}"))
}

pub(super) fn count(count: Count) -> String {
    match count.least == count.most {
        true => count.least.to_string(),
        false => format!("{} to {}", count.least, count.most),
    }
}
