//! Differences that a rule of `docs/rules.md` announces. Each is checked
//! against the two interfaces: that a rule could be meant is not enough.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashSet};

use bstr::{BStr, BString};
use stub_builder::interface::{Binding, Definition, Interface, Kind};

use crate::assembly::Variant;
use crate::compare::{Difference, Side};
use crate::facts::{Fact, Key, Symbol};
use crate::library::Library;
use crate::machines::Linker;

pub const RULE_4: &str = "rule 4: no warning of bfd about data that the stub aligns more strictly";
pub const RULE_8: &str =
    "rule 8: bfd exports another weak alias of what it copies, depending on the order of symbols";
pub const RULE_9: &str =
    "rule 9: the program does not export its own definition of what the library wants of a third";
pub const RULE_10: &str = "rule 10: bfd for ppc64le takes local-entry bits from a needed library \
                           that defines the function, too";
pub const RULE_10_ARTEFACTS: &str = "rule 10: bfd does not open needed libraries that export _end \
                                     and the like, so that the program would export its own";
pub const RULE_11: &str = "rule 11: the program does not export _end and the like";

/// Restated here, not taken from the code that is tested.
const ARTEFACTS: [&str; 3] = ["__bss_start", "_edata", "_end"];
const HOOKS: [&str; 4] = [
    "_ITM_deregisterTMCloneTable",
    "_ITM_registerTMCloneTable",
    "__cxa_finalize",
    "__gmon_start__",
];

/// What is known of one library and its canonical stub.
pub struct Explainer<'a> {
    library: &'a Library,
    real: &'a Interface<'a>,
    stub: &'a Interface<'a>,
    /// What the program exports for rules 9 and 11, as far as it was asked.
    known: RefCell<BTreeMap<String, Option<&'static str>>>,
    stub_symbols: BTreeSet<&'a BStr>,
    closure: OnceCell<HashSet<BString>>,
}

/// Rule 11: functions that no program refers to, since each has its own.
pub fn artefacts<'a>(interface: &Interface<'a>) -> BTreeSet<&'a BStr> {
    let is_routine = |name: &BStr| name == "_init" || name == "_fini";
    interface
        .symbols
        .iter()
        .filter(|symbol| is_routine(symbol.name) && symbol.is_defined())
        .map(|symbol| symbol.name)
        .collect()
}

impl<'a> Explainer<'a> {
    pub fn new(library: &'a Library, real: &'a Interface<'a>, stub: &'a Interface<'a>) -> Self {
        Explainer {
            library,
            real,
            stub,
            known: Default::default(),
            stub_symbols: stub.symbols.iter().map(|symbol| symbol.name).collect(),
            closure: OnceCell::new(),
        }
    }

    /// Takes out the differences that rules explain, and names the rules.
    pub fn explain(
        &self,
        variant: Variant,
        linker: Linker,
        differences: &mut Vec<Difference>,
    ) -> BTreeSet<&'static str> {
        let mut rules = BTreeSet::new();
        let mut not_exported: BTreeSet<Key> = BTreeSet::new();
        differences.retain(|difference| {
            let rule = match (&difference.only_with, &difference.fact) {
                (Side::Library, Fact::Symbol(key, seen)) if seen.section.is_some() => {
                    let rule = self.not_exported(variant, key);
                    if rule.is_some() {
                        not_exported.insert(key.clone());
                    }
                    rule
                }
                (Side::Library, Fact::Message(line)) => self.alignment_warning(line),
                _ => None,
            };
            rules.extend(rule);
            rule.is_none()
        });
        if linker == Linker::Bfd {
            rules.extend(self.local_entries(differences).then_some(RULE_10));
            rules.extend(self.more_aliases(differences).then_some(RULE_8));
        }
        // Symbols that aren't exported are missing among aliases, too.
        let rest = |side: Side, difference: &Difference| match &difference.fact {
            Fact::Aliases(all) if difference.only_with == side => {
                let kept = all.iter().filter(|key| !not_exported.contains(*key));
                Some(kept.cloned().collect::<Vec<Key>>())
            }
            _ => None,
        };
        let all_rests = |side: Side| -> BTreeSet<Vec<Key>> {
            let differences = differences.iter();
            differences
                .filter_map(|difference| rest(side, difference))
                .collect()
        };
        let (real, stub) = (all_rests(Side::Library), all_rests(Side::Stub));
        differences.retain(|difference| {
            let gone = rest(Side::Library, difference)
                .is_some_and(|rest| rest.len() < 2 || stub.contains(&rest));
            let there = rest(Side::Stub, difference).is_some_and(|rest| real.contains(&rest));
            !gone && !there
        });
        rules
    }

    /// Why a program that is linked to the stub doesn't export this symbol.
    fn not_exported(&self, variant: Variant, (name, version): &Key) -> Option<&'static str> {
        if !version.is_empty() || self.stub_symbols.contains(BStr::new(name)) {
            return None;
        }
        if let Some(known) = self.known.borrow().get(name) {
            return known.filter(|rule| *rule != RULE_9 || variant == Variant::Undef);
        }
        let rule = self.rule_for(BStr::new(name));
        self.known.borrow_mut().insert(name.clone(), rule);
        rule.filter(|rule| *rule != RULE_9 || variant == Variant::Undef)
    }

    fn rule_for(&self, name: &BStr) -> Option<&'static str> {
        let is_artefact = ARTEFACTS.iter().any(|artefact| name == artefact);
        let mut symbols = self.real.symbols.iter();
        let Some(symbol) = symbols.find(|symbol| symbol.name == name) else {
            let unopened = self.stub.needed.is_empty() && self.closure_defines(name);
            return (is_artefact && unopened).then_some(RULE_10_ARTEFACTS);
        };
        match &symbol.definition {
            Definition::Undefined { file } => {
                let is_hook =
                    symbol.binding == Binding::Weak && HOOKS.iter().any(|hook| name == hook);
                (file.is_some() || is_hook || self.closure_defines(name)).then_some(RULE_9)
            }
            _ => (symbol.kind == Kind::NoType && is_artefact).then_some(RULE_11),
        }
    }

    /// elf64-ppc.c, `ppc64_elf_merge_symbol_attribute`: the last definition in a
    /// dynamic object wins, and bfd opens needed objects, of which the stub
    /// names none.
    fn local_entries(&self, differences: &mut Vec<Difference>) -> bool {
        const VISIBILITY: u8 = 3;
        if self.library.machine.name != "ppc64le" || !self.stub.needed.is_empty() {
            return false;
        }
        let all = differences.clone();
        // bfd itself knows that this one is as good, where it sees it
        // (`ppc64_elf_tls_setup`).
        let fast = "__tls_get_addr_opt";
        let slow = "__tls_get_addr";
        let has_slow = self
            .real
            .symbols
            .iter()
            .any(|s| s.name == slow && s.is_defined());
        let has_fast = has_slow && self.closure_defines(fast);
        let is_explained = |difference: &Difference| {
            let name = match &difference.fact {
                Fact::Symbol((name, _), _) | Fact::Relocation(_, (name, _)) => name,
                _ => return false,
            };
            match difference.only_with {
                Side::Library if has_fast && name == fast => return true,
                Side::Stub if has_fast && name == slow => return true,
                _ => {}
            }
            let Fact::Symbol(key, seen) = &difference.fact else {
                return false;
            };
            let other_side = all.iter().any(|other| match &other.fact {
                Fact::Symbol(other_key, other_seen) => {
                    let same_bits = Symbol {
                        other: seen.other,
                        ..other_seen.clone()
                    };
                    other.only_with != difference.only_with
                        && other_key == key
                        && same_bits == *seen
                        && (other_seen.other ^ seen.other) & VISIBILITY == 0
                }
                _ => false,
            });
            other_side && self.closure_defines(key.0.as_str())
        };
        let before = differences.len();
        differences.retain(|difference| !is_explained(difference));
        differences.len() < before
    }

    /// elflink.c, `elf_link_add_object_symbols`: a weak alias is paired with one
    /// of its likes, and exported if that was already. More aliases than with
    /// the library do no harm; fewer would.
    fn more_aliases(&self, differences: &mut Vec<Difference>) -> bool {
        let added: BTreeSet<Key> = differences
            .iter()
            .filter_map(|difference| match &difference.fact {
                Fact::Symbol(key, seen)
                    if difference.only_with == Side::Stub && seen.section.is_some() =>
                {
                    self.is_weak_alias(&key.0).then(|| key.clone())
                }
                _ => None,
            })
            .collect();
        let rest = |all: &[Key]| -> Vec<Key> {
            all.iter()
                .filter(|key| !added.contains(*key))
                .cloned()
                .collect()
        };
        let groups = |side: Side| -> BTreeSet<Vec<Key>> {
            let aliases = differences
                .iter()
                .filter_map(|difference| match &difference.fact {
                    Fact::Aliases(all) if difference.only_with == side => Some(rest(all)),
                    _ => None,
                });
            aliases.collect()
        };
        let (real, stub) = (groups(Side::Library), groups(Side::Stub));
        let before = differences.len();
        differences.retain(
            |difference| match (&difference.only_with, &difference.fact) {
                (Side::Stub, Fact::Symbol(key, _)) => !added.contains(key),
                (Side::Stub, Fact::Aliases(all)) => {
                    let rest = rest(all);
                    rest.len() == all.len() || !(rest.len() < 2 || real.contains(&rest))
                }
                (Side::Library, Fact::Aliases(all)) => !stub.contains(all),
                _ => true,
            },
        );
        !added.is_empty() && differences.len() < before
    }

    fn closure_defines<'n>(&self, name: impl Into<&'n BStr>) -> bool {
        self.closure
            .get_or_init(|| self.library.closure_names())
            .contains(name.into())
    }

    fn is_weak_alias(&self, name: &str) -> bool {
        let symbols = &self.real.symbols;
        symbols.iter().any(|symbol| match symbol.definition {
            Definition::Data { object } if symbol.name == name => {
                let aliases = symbols.iter().filter(|other| match other.definition {
                    Definition::Data { object: other } => other == object,
                    _ => false,
                });
                symbol.binding == Binding::Weak && aliases.count() > 1
            }
            _ => false,
        })
    }

    /// bfd warns of common symbols that are aligned more strictly than the data
    /// they are merged with (elflink.c, `elf_link_add_object_symbols`), which
    /// is so with the library, and not with the stub.
    fn alignment_warning(&self, line: &str) -> Option<&'static str> {
        let (_, rest) = line.split_once("warning: alignment ")?;
        let (library, rest) = rest.split_once(" of symbol `")?;
        let (name, rest) = rest.split_once("' in ")?;
        let (_, rest) = rest.split_once(" is smaller than ")?;
        let (program, _) = rest.split_once(" in ")?;
        let (library, program): (u64, u64) = (library.parse().ok()?, program.parse().ok()?);
        let observed = alignment_of(self.real, name)?;
        let in_stub = alignment_of(self.stub, name)?;
        (library == observed && observed < program && program <= in_stub).then_some(RULE_4)
    }
}

fn alignment_of(interface: &Interface, name: &str) -> Option<u64> {
    let mut symbols = interface
        .symbols
        .iter()
        .filter(|symbol| symbol.name == name);
    symbols.find_map(|symbol| match symbol.definition {
        Definition::Data { object } => Some(interface.objects[object].alignment.bytes()),
        _ => None,
    })
}
