//! What was proven, in words and numbers.

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
