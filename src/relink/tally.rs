//! What was replaced by what, and how often.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

/// Counts of replaced paths, by what was there and by what is there now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<String, BTreeMap<String, usize>>);

/// One line of a tally.
#[derive(Debug, Serialize)]
struct Replaced<'t> {
    from: &'t str,
    to: &'t str,
    count: usize,
}

impl Tally {
    pub fn add(&mut self, from: &str, to: &str, count: usize) {
        // A text is only copied if it is new: there may be millions.
        if !self.0.contains_key(from) {
            self.0.insert(from.to_owned(), BTreeMap::new());
        }
        if let Some(all) = self.0.get_mut(from) {
            match all.get_mut(to) {
                Some(known) => *known += count,
                None => _ = all.insert(to.to_owned(), count),
            }
        }
    }

    pub fn append(&mut self, other: Tally) {
        for Replaced { from, to, count } in other.lines() {
            self.add(from, to, count);
        }
    }

    /// How many were replaced.
    pub fn count(&self) -> usize {
        self.lines().map(|line| line.count).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn lines(&self) -> impl Iterator<Item = Replaced<'_>> {
        self.0.iter().flat_map(|(from, all)| {
            let all = all.iter();
            all.map(move |(to, &count)| Replaced { from, to, count })
        })
    }
}

/// As a list, sorted.
impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.lines())
    }
}
