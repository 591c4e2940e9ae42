//! What was tried, how often, and what came of it.

use std::collections::BTreeMap;
use std::fmt;

use crate::judge::Verdict;

/// How many complaints are told.
const MOST: usize = 40;

#[derive(Default)]
pub struct Table {
    /// By kind of damage, then by what came of it.
    counts: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    wrong: Vec<String>,
    wrongs: usize,
}

const STUB: &str = "stub";
const READELF: &str = "by readelf";
const OTHER: &str = "no library";
const WRONG: &str = "WRONG";

impl Table {
    pub fn count(&mut self, kind: &'static str, verdict: &Verdict, name: impl FnOnce() -> String) {
        let row = self.counts.entry(kind).or_default();
        let mut add = |column| *row.entry(column).or_default() += 1;
        match verdict {
            Verdict::Coded(fault) => add(fault.code()),
            Verdict::NoLibrary => add(OTHER),
            Verdict::Stub { readelf } => {
                add(STUB);
                if *readelf {
                    add(READELF);
                }
            }
            Verdict::Wrong(what) => {
                add(WRONG);
                self.wrongs += 1;
                if self.wrong.len() < MOST {
                    self.wrong.push(format!("{}: {what}", name()));
                }
            }
        }
    }

    pub fn add(&mut self, other: Table) {
        for (kind, row) in other.counts {
            for (column, count) in row {
                *self
                    .counts
                    .entry(kind)
                    .or_default()
                    .entry(column)
                    .or_default() += count;
            }
        }
        self.wrong.extend(other.wrong);
        self.wrongs += other.wrongs;
    }

    /// Whether both ways were taken, and nothing came of it that may not.
    pub fn is_good(&self) -> bool {
        let sum = |column| -> u64 {
            let rows = self.counts.values();
            rows.map(|row| row.get(column).copied().unwrap_or(0)).sum()
        };
        self.wrongs == 0 && sum(STUB) > 0 && sum("SB0201") > 0 && sum("SB0203") > 0
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut columns: Vec<&str> = self
            .counts
            .values()
            .flat_map(|row| row.keys().copied())
            .collect();
        columns.sort_unstable();
        columns.dedup();
        columns.retain(|column| ![STUB, READELF, OTHER, WRONG].contains(column));
        let columns = [&[STUB, READELF][..], &columns, &[OTHER, WRONG]].concat();
        write!(f, "{:22}{:>10}", "", "tried")?;
        for column in &columns {
            write!(f, "{column:>12}")?;
        }
        writeln!(f)?;
        let mut total: BTreeMap<&str, u64> = BTreeMap::new();
        let print = |f: &mut fmt::Formatter<'_>, kind: &str, row: &BTreeMap<&str, u64>| {
            let get = |column: &str| row.get(column).copied().unwrap_or(0);
            let tried: u64 = row
                .iter()
                .filter(|(column, _)| **column != READELF)
                .map(|(_, n)| n)
                .sum();
            write!(f, "{kind:22}{tried:>10}")?;
            for column in &columns {
                write!(f, "{:>12}", get(column))?;
            }
            writeln!(f)
        };
        for (kind, row) in &self.counts {
            print(f, kind, row)?;
            for (column, count) in row {
                *total.entry(column).or_default() += count;
            }
        }
        print(f, "all", &total)?;
        for wrong in &self.wrong {
            writeln!(f, "{wrong}")?;
        }
        if self.wrongs > self.wrong.len() {
            writeln!(f, "and {} more", self.wrongs - self.wrong.len())?;
        }
        Ok(())
    }
}
