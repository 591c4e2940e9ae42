//! What came of all the links, as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::assembly::{VARIANTS, Variant};
use crate::library::{Library, Profile};
use crate::machines::{LINKERS, Linker, MACHINES};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Status, messages and bytes are the same.
    Identical,
    /// The same facts hold of both.
    Equivalent,
    /// Less what these rules say.
    Explained(BTreeSet<&'static str>),
    /// In which way.
    Different(Vec<String>),
}

/// One link, against library and stub.
pub struct Record {
    pub machine: &'static str,
    pub library: String,
    pub profile: Profile,
    pub variant: Variant,
    pub linker: Linker,
    pub verdict: Verdict,
    /// If the linker refused the real library.
    pub refused: Option<Refused>,
}

pub struct Refused {
    /// What it said.
    pub reason: String,
    /// Without the symbols that it complained of.
    pub links_after_all: bool,
}

impl Record {
    /// Of a library that could not be tried.
    pub fn failure(library: &Library, error: String) -> Record {
        Record {
            machine: library.machine.name,
            library: library.soname.clone(),
            profile: Profile::Exact,
            variant: Variant::Pie,
            linker: Linker::Bfd,
            verdict: Verdict::Different(vec![error]),
            refused: None,
        }
    }

    /// Whether the link is as it should be.
    pub fn is_good(&self) -> bool {
        match self.verdict {
            Verdict::Identical => true,
            Verdict::Equivalent => self.profile == Profile::Canonical,
            Verdict::Explained(_) => true,
            Verdict::Different(_) => false,
        }
    }
}

/// The tables, and below them what is behind the numbers.
pub fn report(records: &[Record]) -> String {
    let mut text = String::new();
    let mut profiles: Vec<Profile> = records.iter().map(|record| record.profile).collect();
    profiles.sort();
    profiles.dedup();
    for machine in MACHINES {
        for &profile in &profiles {
            let wanted = |r: &&Record| r.machine == machine.name && r.profile == profile;
            let records: Vec<&Record> = records.iter().filter(wanted).collect();
            if !records.is_empty() {
                table(&mut text, machine.name, profile, &records);
            }
        }
    }
    refusals(&mut text, records);
    text
}

#[derive(Default)]
struct Count {
    identical: usize,
    equivalent: usize,
    explained: usize,
    different: usize,
}

impl Count {
    fn add(&mut self, verdict: &Verdict) {
        *match verdict {
            Verdict::Identical => &mut self.identical,
            Verdict::Equivalent => &mut self.equivalent,
            Verdict::Explained(_) => &mut self.explained,
            Verdict::Different(_) => &mut self.different,
        } += 1;
    }

    /// `identical+equivalent+explained`, and what is wrong.
    fn text(&self) -> String {
        let mut text = self.identical.to_string();
        if self.equivalent + self.explained > 0 {
            let _ = write!(text, "+{}", self.equivalent);
        }
        if self.explained > 0 {
            let _ = write!(text, "+{}", self.explained);
        }
        if self.different > 0 {
            let _ = write!(text, " -{}", self.different);
        }
        text
    }
}

fn table(text: &mut String, machine: &str, profile: Profile, records: &[&Record]) {
    let libraries: BTreeSet<&str> = records.iter().map(|r| r.library.as_str()).collect();
    let linkers: Vec<Linker> = LINKERS
        .into_iter()
        .filter(|linker| records.iter().any(|record| record.linker == *linker))
        .collect();
    let _ = writeln!(
        text,
        "\n{machine}, {} stubs of {} libraries: identical+equivalent+explained -different",
        profile.name(),
        libraries.len()
    );
    let _ = write!(text, "{:<10}", "");
    for linker in &linkers {
        let _ = write!(text, "{:>18}", linker.name());
    }
    text.push('\n');
    for variant in VARIANTS {
        let of_variant = || records.iter().filter(|record| record.variant == variant);
        if of_variant().next().is_none() {
            continue;
        }
        let _ = write!(text, "{:<10}", variant.name());
        for linker in &linkers {
            let mut count = Count::default();
            of_variant()
                .filter(|record| record.linker == *linker)
                .for_each(|record| count.add(&record.verdict));
            let _ = write!(text, "{:>18}", count.text());
        }
        text.push('\n');
    }
    let mut count = Count::default();
    records.iter().for_each(|record| count.add(&record.verdict));
    let _ = writeln!(
        text,
        "{} links: {} identical, {} equivalent, {} explained, {} different",
        records.len(),
        count.identical,
        count.equivalent,
        count.explained,
        count.different
    );
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records {
        if let Verdict::Explained(by) = &record.verdict {
            for rule in by {
                *rules.entry(rule).or_default() += 1;
            }
        }
    }
    for (rule, count) in rules {
        let _ = writeln!(text, "{count:>6} {rule}");
    }
}

/// What is wrong with a link that is not as it should be.
pub fn complaint(record: &Record) -> String {
    let mut text = format!(
        "{} {} {} {} {}: ",
        record.machine,
        record.library,
        record.profile.name(),
        record.variant.name(),
        record.linker.name()
    );
    match &record.verdict {
        Verdict::Different(differences) => {
            let _ = write!(text, "different");
            for difference in differences.iter().take(6) {
                let cut: String = difference.chars().take(240).collect();
                let _ = write!(text, "\n    {cut}");
            }
            if differences.len() > 6 {
                let _ = write!(text, "\n    and {} more", differences.len() - 6);
            }
        }
        verdict => {
            let _ = write!(text, "{verdict:?}");
        }
    }
    text
}

/// Where linking against the real library fails already, and why.
fn refusals(text: &mut String, records: &[Record]) {
    let mut reasons: BTreeMap<(&str, &str, bool, String), BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        if let Some(refused) = &record.refused {
            let works = refused.links_after_all;
            let key = (
                record.machine,
                record.linker.name(),
                works,
                refused.reason.clone(),
            );
            reasons.entry(key).or_default().insert(&record.library);
        }
    }
    for works in [true, false] {
        let of_kind = || reasons.iter().filter(|((_, _, w, _), _)| *w == works);
        if of_kind().next().is_none() {
            continue;
        }
        text.push_str(match works {
            true => "\nSymbols that a linker refuses with the real library, too, and that are left out:\n",
            false => "\nLinks that fail with the real library, too, and alike with the stub:\n",
        });
        for ((machine, linker, _, reason), libraries) in of_kind() {
            let mut some: Vec<&str> = libraries.iter().copied().take(3).collect();
            if libraries.len() > 3 {
                some.push("...");
            }
            let (count, some) = (libraries.len(), some.join(" "));
            let _ = writeln!(
                text,
                "{machine} {linker}: {reason} ({count} libraries: {some})"
            );
        }
    }
}

/// The first complaint of a linker, without names, places and numbers.
pub fn reason(messages: &str) -> String {
    let line = messages
        .lines()
        .find(|line| line.contains("error") || line.contains("undefined") || line.contains("ld"))
        .or(messages.lines().next())
        .unwrap_or("no message");
    let words = line.split_whitespace().map(|word| {
        let is_name = word.contains(['/', '`', '\'', '(', '@'])
            || word.contains("ld.")
            || word.trim_end_matches([':', ';', ',']).contains(['.', '_'])
            || word.contains(|c: char| c.is_ascii_digit());
        // Of relocations the type is what it is about.
        if is_name && !word.starts_with("R_") {
            "…"
        } else {
            word
        }
    });
    let mut words: Vec<&str> = words.collect();
    words.dedup();
    words.join(" ")
}
