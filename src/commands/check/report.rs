//! What was proven, in words and numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::problem::Problem;

#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// ELF files that were checked.
    pub files: usize,
    /// ELF files that globs exempt.
    pub exempt: usize,
    /// What the files import, symbols and versions.
    pub imports: usize,
    /// Libraries that they load.
    pub libraries: usize,
    /// Interfaces that were compared with their libraries.
    pub interfaces: usize,
    /// The checked files, one by one.
    pub checked: Vec<Checked>,
    /// Where the interfaces lie.
    pub compared: Vec<String>,
    pub warnings: Vec<Finding>,
    pub problems: Vec<Finding>,
}

/// A file whose imports are all accounted for, but for what warnings and
/// problems say of it.
#[derive(Debug, Serialize)]
pub struct Checked {
    pub path: String,
    pub imports: usize,
    /// How many libraries it loads.
    pub libraries: usize,
}

/// A problem, or what would be one with `--strict`.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub code: &'static str,
    pub path: String,
    pub message: String,
    pub hint: &'static str,
}

impl From<&Problem> for Finding {
    fn from(problem: &Problem) -> Finding {
        Finding {
            code: problem.fault.code(),
            path: problem.path.clone(),
            message: problem.fault.to_string(),
            hint: problem.fault.hint(),
        }
    }
}

/// One line.
pub fn explain(report: &Report) -> String {
    let count = |number: usize, one: &str, more: &str| {
        let word = if number == 1 { one } else { more };
        format!("{number} {word}")
    };
    let mut parts = vec![
        count(report.files, "ELF file", "ELF files"),
        count(report.imports, "import", "imports"),
        count(report.libraries, "library loaded", "libraries loaded"),
    ];
    if report.interfaces > 0 {
        parts.push(count(report.interfaces, "interface", "interfaces"));
    }
    if report.exempt > 0 {
        parts.push(format!("{} exempt", report.exempt));
    }
    parts.push(count(report.warnings.len(), "warning", "warnings"));
    parts.push(count(report.problems.len(), "problem", "problems"));
    parts.join(", ")
}

/// Warnings for people: of those of one kind in one directory the first, and how
/// many more there are. Plug-ins come by the dozen, and each of them leaves
/// symbols to the program that loads it.
pub fn warnings(report: &Report) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.warnings {
        let directory = finding.path.rsplit_once('/').map_or("", |(front, _)| front);
        let group = groups.entry((directory, finding.code)).or_default();
        group.push(finding);
    }
    let lines = groups.values().filter_map(|group| {
        let first = group.first()?;
        let Finding {
            code,
            path,
            message,
            ..
        } = first;
        let more = match group.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more like this beside it; --json lists them)"),
        };
        Some(format!("{code}: {path}: {message}{more}"))
    });
    lines.collect()
}

/// The first few of many, by name, and how many more there are.
pub(super) fn some(mut names: Vec<String>) -> String {
    const SHOWN: usize = 5;
    names.sort();
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let names = names.join(", ");
    match more {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_warnings_of_one_kind_in_one_directory_the_first_is_told() {
        let finding = |code, path: &str| Finding {
            code,
            path: path.to_owned(),
            message: "odd".to_owned(),
            hint: "",
        };
        let report = Report {
            warnings: vec![
                finding("SB0801", "lib/bash/accept"),
                finding("SB0802", "lib/bash/accept"),
                finding("SB0801", "lib/bash/basename"),
                finding("SB0801", "lib/bash/csv"),
                finding("SB0801", "lib/x.so"),
                finding("SB0801", "x.so"),
            ],
            ..Report::default()
        };
        assert_eq!(
            warnings(&report),
            [
                "SB0801: x.so: odd",
                "SB0801: lib/x.so: odd",
                "SB0801: lib/bash/accept: odd (and 2 more like this beside it; --json lists them)",
                "SB0802: lib/bash/accept: odd",
            ]
        );
    }
}
