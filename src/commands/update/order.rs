//! Which library comes when: those below first, since their pins are part of
//! those above; all that don't wait for each other at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use super::index::{self, Entry};
use super::library::{self, Outcome};
use super::{Options, is_called, write_draft};
use crate::commands::nix;
use crate::lock::decide::Decision;
use crate::lock::{Key, Lock};
use crate::problem::{Fault, Problem};
use crate::threads;

pub(super) struct Run<'o> {
    options: &'o Options,
    draft: &'o Path,
    pub lock: Lock,
    index: Vec<Entry>,
    todo: BTreeSet<Key>,
    count: usize,
    failed: BTreeSet<Key>,
    pub outcomes: Vec<Outcome>,
    pub problems: Vec<Problem>,
    pub systems: BTreeSet<String>,
    pub known: BTreeSet<Key>,
}

impl<'o> Run<'o> {
    pub fn new(options: &'o Options, draft: &'o Path, lock: Lock, index: Vec<Entry>) -> Run<'o> {
        let named = |entry: &&Entry| {
            options.names.is_empty() || options.names.iter().any(|name| is_called(entry, name))
        };
        let todo: BTreeSet<Key> = index
            .iter()
            .filter(named)
            .map(|entry| entry.key.clone())
            .collect();
        Run {
            options,
            draft,
            lock,
            count: todo.len(),
            todo,
            failed: BTreeSet::new(),
            outcomes: Vec::new(),
            problems: Vec::new(),
            systems: index.iter().map(|entry| entry.key.system.clone()).collect(),
            known: index.iter().map(|entry| entry.key.clone()).collect(),
            index,
        }
    }

    /// All libraries. As long as no pin moves, one evaluation does for all of
    /// them; what is above a pin that has moved is evaluated again with it.
    pub fn all(&mut self) -> Result<(), Vec<Problem>> {
        loop {
            let before = self.todo.len();
            self.round().map_err(|fault| vec![fault.at("libraries")])?;
            if self.todo.is_empty() {
                break;
            }
            if self.todo.len() == before {
                let stuck = self
                    .index
                    .iter()
                    .filter(|entry| self.todo.contains(&entry.key));
                let expression = &self.options.expression;
                let why = stuck.map(|entry| index::why_not(expression, self.draft, entry));
                self.problems.extend(why);
                break;
            }
            write_draft(self.draft, &self.lock)?;
            let index = index::index(&self.options.expression, self.draft);
            self.index = index.map_err(|problem| vec![problem])?;
        }
        self.outcomes.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(())
    }

    /// What can be done with the pins as they are.
    fn round(&mut self) -> Result<(), Fault> {
        let entries: BTreeMap<Key, Entry> = self
            .index
            .iter()
            .filter(|entry| self.todo.contains(&entry.key) && entry.own.is_some())
            .map(|entry| (entry.key.clone(), entry.clone()))
            .collect();
        let below = self.below(&entries)?;
        // Pins that have moved since the evaluation, and what can't be done.
        let mut moved: BTreeSet<Key> = BTreeSet::new();
        let (send, receive) = mpsc::channel::<(Key, Result<Outcome, Vec<Problem>>)>();
        let mut running: BTreeSet<Key> = BTreeSet::new();
        thread::scope(|scope| {
            loop {
                let blocked = |key: &Key| {
                    below[key].iter().any(|other| {
                        self.todo.contains(other)
                            || moved.contains(other)
                            || self.failed.contains(other)
                    })
                };
                let ready: Vec<Key> = entries
                    .keys()
                    .filter(|key| {
                        self.todo.contains(key) && !running.contains(key) && !blocked(key)
                    })
                    .take(self.options.jobs.saturating_sub(running.len()))
                    .cloned()
                    .collect();
                for key in ready {
                    let (entry, send) = (&entries[&key], send.clone());
                    let pin = self.lock.pins.get(&key).cloned();
                    let (options, draft) = (self.options, self.draft);
                    eprintln!("stub-builder: {key}: looking at it");
                    running.insert(key.clone());
                    let look = move || {
                        let outcome = library::look(entry, pin.as_ref(), options, draft);
                        // Nobody listens only if this has panicked.
                        let _ = send.send((entry.key.clone(), outcome));
                    };
                    let thread = thread::Builder::new();
                    if !threads::fit(1) || thread.spawn_scoped(scope, look.clone()).is_err() {
                        look();
                    }
                }
                if running.is_empty() {
                    break;
                }
                let Ok((key, outcome)) = receive.recv() else {
                    break;
                };
                running.remove(&key);
                self.todo.remove(&key);
                match outcome {
                    Ok(outcome) => {
                        let done = self.count - self.todo.len();
                        let word = super::report::in_words(&outcome.decision);
                        eprintln!("stub-builder: {key}: {word} ({done} of {})", self.count);
                        let before = self.lock.pins.get(&key).cloned();
                        let seen = |pin: &crate::lock::Pin| (pin.hash.clone(), pin.current.clone());
                        if before.as_ref().map(seen) != outcome.pin.as_ref().map(seen) {
                            moved.insert(key.clone());
                        }
                        if let Some(pin) = &outcome.pin {
                            self.lock.pins.insert(key.clone(), pin.clone());
                        }
                        if let Decision::Unaccepted { files } = &outcome.decision {
                            let fault = Fault::Unaccepted {
                                library: key.library.clone(),
                                files: files.clone(),
                            };
                            self.problems.push(fault.at(key.to_string()));
                        }
                        self.outcomes.push(outcome);
                    }
                    Err(problems) => {
                        self.problems.extend(problems);
                        self.failed.insert(key);
                    }
                }
            }
        });
        // Above what failed nothing can be done.
        let failed = self.failed.clone();
        self.todo.retain(|key| {
            let doomed = below
                .get(key)
                .is_some_and(|below| below.iter().any(|other| failed.contains(other)));
            if doomed {
                eprintln!("stub-builder: {key}: left as it was, since something below it failed");
            }
            !doomed
        });
        Ok(())
    }

    /// Whose trees each library is compiled against, at any depth: those whose
    /// derivations it is made from.
    fn below(&self, entries: &BTreeMap<Key, Entry>) -> Result<BTreeMap<Key, BTreeSet<Key>>, Fault> {
        let mut owner: BTreeMap<&str, &Key> = BTreeMap::new();
        for entry in &self.index {
            for derivation in [&entry.in_force, &entry.current].into_iter().flatten() {
                owner.insert(derivation, &entry.key);
            }
        }
        let mut below = BTreeMap::new();
        for (key, entry) in entries {
            let own = entry.own.as_deref().unwrap_or_default();
            let others = nix::made_from(own)?;
            let others = others
                .iter()
                .filter_map(|drv| owner.get(drv.as_str()).copied());
            below.insert(
                key.clone(),
                others.filter(|other| *other != key).cloned().collect(),
            );
        }
        Ok(below)
    }
}
