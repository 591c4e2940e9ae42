//! Two links, one against a library and one against its stub, and what is
//! different between them.

use std::collections::BTreeMap;
use std::fmt;

use stub_builder::interface::{Definition, Interface};

use crate::facts::{Fact, Facts};
use crate::links::Linked;
use crate::output::Output;

/// A fact that holds of one of the two links only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    pub only_with: Side,
    pub fact: Fact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Library,
    Stub,
}

/// All differences between two links that aren't the same, byte for byte; none
/// if they are equivalent. `copy` is the machine's copy relocation, `interface`
/// the library's.
pub fn differences(
    real: &Linked,
    stub: &Linked,
    copy: u32,
    interface: &Interface,
) -> Result<Vec<Difference>, String> {
    let (mut library_facts, mut stub_facts) = (of_run(real), of_run(stub));
    let mut found = Vec::new();
    if let (Some(real), Some(stub)) = (&real.output, &stub.output)
        && real != stub
    {
        let [real, stub] = [real, stub].map(|bytes| Output::read(bytes, copy));
        let (real, stub) = (real?, stub?);
        found.extend(alignment(&real, &stub, interface));
        library_facts.extend(real.facts);
        stub_facts.extend(stub.facts);
    } else if real.output.is_some() != stub.output.is_some() {
        let only_with = match real.output {
            Some(_) => Side::Library,
            None => Side::Stub,
        };
        let fact = Fact::Header("there is an output".into());
        found.push(Difference { only_with, fact });
    }
    found.extend(missing(&library_facts, &stub_facts, Side::Library));
    found.extend(missing(&stub_facts, &library_facts, Side::Stub));
    Ok(found)
}

fn of_run(linked: &Linked) -> Facts {
    let mut facts = Facts::from([(Fact::Status(linked.status), 1)]);
    for line in linked.messages.lines() {
        *facts.entry(Fact::Message(line.to_owned())).or_default() += 1;
    }
    facts
}

fn missing(here: &Facts, there: &Facts, only_with: Side) -> Vec<Difference> {
    let more = |(fact, count): &(&Fact, &usize)| there.get(fact).is_none_or(|other| other < count);
    here.iter()
        .filter(more)
        .map(|(fact, _)| Difference {
            only_with,
            fact: fact.clone(),
        })
        .collect()
}

/// Sections of the stub's output are aligned as strictly as those of the
/// library's, and so is each copy, as far as the library shows what it needs.
fn alignment(real: &Output, stub: &Output, interface: &Interface) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, real) in &real.alignments {
        if let Some(stub) = stub.alignments.get(name)
            && stub < real
        {
            found.push(format!("section {name} {stub} instead of {real}"));
        }
    }
    let mut needed: BTreeMap<&[u8], u64> = BTreeMap::new();
    for symbol in &interface.symbols {
        if let Definition::Data { object } = symbol.definition {
            let alignment = needed.entry(symbol.name).or_insert(1);
            *alignment = (*alignment).max(interface.objects[object].alignment.bytes());
        }
    }
    for (key, address) in &stub.copies {
        let alignment = needed.get(key.0.as_bytes()).copied().unwrap_or(1);
        // The linker may have copied it under another of its names.
        let real_is_aligned = real
            .copies
            .get(key)
            .is_none_or(|address| address.is_multiple_of(alignment));
        if real_is_aligned && !address.is_multiple_of(alignment) {
            found.push(format!(
                "copy of {} at {address:#x}, not {alignment}",
                key.0
            ));
        }
    }
    let difference = |text| Difference {
        only_with: Side::Stub,
        fact: Fact::Alignment(text),
    };
    found.into_iter().map(difference).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.only_with {
            Side::Library => "only with the library",
            Side::Stub => "only with the stub",
        };
        write!(f, "{side}: {}", self.fact)
    }
}
