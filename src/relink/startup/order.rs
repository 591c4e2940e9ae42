//! The order in which the loader looks for symbols: libraries to which most
//! symbols are bound come first, and no name leads to another definition.
//!
//! A look-up goes from object to object until one defines the name (glibc,
//! elf/dl-lookup.c, `do_lookup_x`; musl, ldso/dynlink.c, `find_sym2`), and most
//! of a program's start goes into that. What it finds depends on nothing but the
//! order of those objects that define the name, so any two that define a common
//! name keep theirs, and all others may change places. A look-up with RTLD_NEXT
//! goes on behind the object that asks, which therefore keeps its place among
//! those that define what it may ask for.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use foldhash::fast::FixedState;

/// What one object of a process has to do with names.
#[derive(Debug, Clone, Default)]
pub struct Object<N> {
    pub defined: Vec<N>,
    /// What is looked for on its behalf when the program starts.
    pub wanted: Vec<N>,
    /// What it may look for behind itself.
    pub followed: Vec<N>,
}

/// The objects in their new order, as indices into what was given, and how many
/// objects fewer are looked into when the program starts. The first object, the
/// program, stays the first.
pub fn order<N: Copy + Eq + Hash>(objects: &[Object<N>]) -> (Vec<usize>, u64) {
    let unchanged: Vec<usize> = (0..objects.len()).collect();
    let bound = bound(objects);
    let new = by_bindings(&bound, &predecessors(objects));
    let visits = |order: &[usize]| -> u64 {
        let places = (1..).zip(order);
        places.map(|(place, &object)| place * bound[object]).sum()
    };
    match visits(&unchanged).checked_sub(visits(&new)) {
        Some(saved) if saved > 0 => (new, saved),
        _ => (unchanged, 0),
    }
}

/// How many look-ups end at each object.
fn bound<N: Copy + Eq + Hash>(objects: &[Object<N>]) -> Vec<u64> {
    let mut first: HashMap<N, usize, FixedState> = HashMap::default();
    for (index, object) in objects.iter().enumerate() {
        for &name in &object.defined {
            first.entry(name).or_insert(index);
        }
    }
    let mut bound = vec![0; objects.len()];
    for name in objects.iter().flat_map(|object| &object.wanted) {
        if let Some(&object) = first.get(name) {
            bound[object] += 1;
        }
    }
    bound
}

/// For each object those that have to stay before it, as far as others don't
/// imply it.
fn predecessors<N: Copy + Eq + Hash>(objects: &[Object<N>]) -> Vec<BTreeSet<usize>> {
    #[derive(Default)]
    struct Passed {
        definer: Option<usize>,
        followers: Vec<usize>,
    }
    let mut passed: HashMap<N, Passed, FixedState> = HashMap::default();
    let mut predecessors = vec![BTreeSet::new(); objects.len()];
    for (index, object) in objects.iter().enumerate() {
        if index > 0 {
            predecessors[index].insert(0);
        }
        for &name in &object.followed {
            let passed = passed.entry(name).or_default();
            predecessors[index].extend(passed.definer);
            passed.followers.push(index);
        }
        for &name in &object.defined {
            let passed = passed.entry(name).or_default();
            predecessors[index].extend(passed.definer.replace(index));
            predecessors[index].extend(passed.followers.drain(..));
        }
        predecessors[index].remove(&index);
    }
    predecessors
}

/// Again and again the object that ends most look-ups, counted together with all
/// that has to come before it, per object (after W. E. Smith's rule; with
/// predecessors there is no exact way that is fast).
fn by_bindings(bound: &[u64], predecessors: &[BTreeSet<usize>]) -> Vec<usize> {
    // All that comes before each, itself included.
    let mut sets: Vec<BTreeSet<usize>> = Vec::with_capacity(bound.len());
    for (index, direct) in predecessors.iter().enumerate() {
        let mut set = BTreeSet::from([index]);
        for &one in direct {
            set.extend(&sets[one]);
        }
        sets.push(set);
    }
    let mut order = Vec::with_capacity(bound.len());
    while order.len() < bound.len() {
        let mut best: Option<(u64, u64, usize)> = None;
        for (index, set) in sets.iter().enumerate() {
            let count = set.len() as u64;
            let sum = set.iter().map(|&one| bound[one]).sum::<u64>();
            let better = |(other, others, _)| sum * others > other * count;
            if count > 0 && best.is_none_or(better) {
                best = Some((sum, count, index));
            }
        }
        let Some((_, _, index)) = best else {
            break;
        };
        // In the order of before, which all predecessors are in.
        let chosen = std::mem::take(&mut sets[index]);
        for set in &mut sets {
            set.retain(|one| !chosen.contains(one));
        }
        order.extend(chosen);
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Object, order};

    fn object() -> impl Strategy<Value = Object<u8>> {
        let names = || vec(0..40u8, 0..6);
        (names(), names(), vec(0..40u8, 0..2)).prop_map(|(defined, wanted, followed)| Object {
            defined,
            wanted,
            followed,
        })
    }

    fn definer(objects: &[Object<u8>], order: &[usize], name: u8) -> Option<usize> {
        let mut order = order.iter().copied();
        order.find(|&index| objects[index].defined.contains(&name))
    }

    fn steps(objects: &[Object<u8>], order: &[usize]) -> u64 {
        let wanted = objects.iter().flat_map(|object| &object.wanted);
        let ends = wanted.filter_map(|&name| definer(objects, order, name));
        ends.map(|end| order.iter().position(|&index| index == end).unwrap() as u64)
            .sum()
    }

    proptest! {
        #[test]
        fn every_look_up_finds_the_same(objects in vec(object(), 1..12)) {
            let before: Vec<usize> = (0..objects.len()).collect();
            let (after, saved) = order(&objects);
            let mut sorted = after.clone();
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &before);
            prop_assert_eq!(after[0], 0);
            for name in 0..40 {
                prop_assert_eq!(
                    definer(&objects, &before, name),
                    definer(&objects, &after, name)
                );
                // And those that go on behind an object.
                for (index, object) in objects.iter().enumerate() {
                    if object.followed.contains(&name) || object.defined.contains(&name) {
                        let behind = |order: &[usize]| {
                            let at = order.iter().position(|&one| one == index).unwrap();
                            definer(&objects, &order[at + 1..], name)
                        };
                        prop_assert_eq!(behind(&before), behind(&after));
                    }
                }
            }
            prop_assert_eq!(steps(&objects, &before) - steps(&objects, &after), saved);
        }
    }

    #[test]
    fn what_many_are_bound_to_comes_first() {
        let object = |defined: &[u8], wanted: &[u8]| Object {
            defined: defined.to_vec(),
            wanted: wanted.to_vec(),
            followed: Vec::new(),
        };
        // 3 has what all want, but 2 has one name of it, too.
        let objects = [
            object(&[], &[1, 2, 3]),
            object(&[9], &[1, 2, 3]),
            object(&[3], &[1]),
            object(&[1, 2, 3], &[]),
        ];
        assert_eq!(order(&objects), (vec![0, 2, 3, 1], 7));
    }
}
