//! What cannot be replaced in a file: as much as anyone reads.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::problem::{Fault, MOST_TOLD};

/// How many are kept, until it is known which of them count.
const MOST: usize = 10_000;

/// Faults of a file, and where in it they are.
#[derive(Default)]
pub struct Faults {
    kept: Vec<(u64, Fault)>,
    /// Of those beyond, the first that more room mends, and the first that it
    /// doesn't. Whether these count is not asked: no file is right that has so many.
    beyond: [Option<Fault>; 2],
}

impl Faults {
    pub fn push(&mut self, at: u64, fault: Fault) {
        if self.kept.len() < MOST {
            self.kept.push((at, fault));
        } else {
            let beyond = &mut self.beyond[usize::from(!needs_room(&fault))];
            beyond.get_or_insert(fault);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.beyond.iter().all(Option::is_none)
    }

    /// Whether all would be well if the file were longer.
    pub fn lack_only_room(&self) -> bool {
        let mut all = self.all();
        !self.is_empty() && all.all(needs_room)
    }

    /// Drops what `keep` says no to, given the place.
    pub fn retain(&mut self, mut keep: impl FnMut(u64) -> bool) {
        self.kept.retain(|(at, _)| keep(*at));
    }

    /// Where those are that `is_it` says yes to.
    pub fn places(&self, is_it: impl Fn(&Fault) -> bool) -> HashSet<u64, FixedState> {
        let found = self.kept.iter().filter(|(_, fault)| is_it(fault));
        found.map(|(at, _)| *at).collect()
    }

    /// What the reader of a log is told, each once.
    pub fn told(self) -> Vec<Fault> {
        let kept = self.kept.into_iter().map(|(_, fault)| fault);
        let mut told: Vec<Fault> = kept.chain(self.beyond.into_iter().flatten()).collect();
        told.sort_unstable();
        told.dedup();
        told.truncate(MOST_TOLD);
        told
    }

    fn all(&self) -> impl Iterator<Item = &Fault> {
        let kept = self.kept.iter().map(|(_, fault)| fault);
        kept.chain(self.beyond.iter().flatten())
    }
}

fn needs_room(fault: &Fault) -> bool {
    matches!(fault, Fault::NoRoom { .. })
}
