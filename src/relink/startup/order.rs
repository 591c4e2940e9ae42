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

/// An order of objects, as indices into what was given.
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    pub objects: Vec<usize>,
    /// How many behind the first one are those that were to be in front, and what
    /// has to come before them.
    pub front: usize,
    /// How many objects fewer are looked into when the program starts than with
    /// those in front alone.
    pub saved: u64,
}

/// The best order with the `front` in front, or, if that saves less than what is
/// `worthwhile`, the one that was given but for these. The first object, the
/// program, stays the first.
pub fn order<N: Copy + Eq + Hash>(
    objects: &[Object<N>],
    front: &[usize],
    worthwhile: u64,
) -> Order {
    let bound = bound(objects);
    let sets = with_predecessors(&predecessors(objects));
    let front: BTreeSet<usize> = front.iter().flat_map(|&one| &sets[one]).copied().collect();
    let rest = |index: &usize| *index > 0 && !front.contains(index);
    let mut given: Vec<usize> = vec![0];
    given.extend(front.iter().filter(|&&index| index > 0));
    let front_size = given.len() - 1;
    let mut best = given.clone();
    given.extend((0..objects.len()).filter(rest));
    by_bindings(&bound, sets, &mut best);
    let visits = |order: &[usize]| -> u64 {
        let places = (1..).zip(order);
        places.map(|(place, &object)| place * bound[object]).sum()
    };
    let saved = visits(&given).saturating_sub(visits(&best));
    let is_better = saved > 0 && saved >= worthwhile;
    Order {
        objects: if is_better { best } else { given },
        front: front_size,
        saved: if is_better { saved } else { 0 },
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

/// All that comes before each, itself included.
fn with_predecessors(predecessors: &[BTreeSet<usize>]) -> Vec<BTreeSet<usize>> {
    let mut sets: Vec<BTreeSet<usize>> = Vec::with_capacity(predecessors.len());
    for (index, direct) in predecessors.iter().enumerate() {
        let mut set = BTreeSet::from([index]);
        for &one in direct {
            set.extend(&sets[one]);
        }
        sets.push(set);
    }
    sets
}

/// Appends to the `order` again and again the object that ends most look-ups,
/// counted together with all that has to come before it, per object (after W. E.
/// Smith's rule; with predecessors there is no exact way that is fast).
fn by_bindings(bound: &[u64], mut sets: Vec<BTreeSet<usize>>, order: &mut Vec<usize>) {
    let without = |sets: &mut Vec<BTreeSet<usize>>, those: &[usize]| {
        for set in sets {
            set.retain(|one| !those.contains(one));
        }
    };
    without(&mut sets, order);
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
        let chosen: Vec<usize> = sets[index].iter().copied().collect();
        without(&mut sets, &chosen);
        order.extend(chosen);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

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
        fn every_look_up_finds_the_same(
            objects in vec(object(), 1..12),
            front in vec(any::<Index>(), 0..3),
        ) {
            let before: Vec<usize> = (0..objects.len()).collect();
            let front: Vec<usize> = front.iter().map(|one| one.index(objects.len())).collect();
            let found = order(&objects, &front, 0);
            let after = found.objects;
            prop_assert!(front.iter().all(|one| after[..=found.front].contains(one)));
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
            let given = order(&objects, &front, u64::MAX);
            prop_assert_eq!(given.saved, 0);
            let given = steps(&objects, &given.objects);
            prop_assert_eq!(given - steps(&objects, &after), found.saved);
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
        let best = order(&objects, &[], 7);
        assert_eq!((best.objects, best.saved), (vec![0, 2, 3, 1], 7));
        assert_eq!(order(&objects, &[], 8).objects, [0, 1, 2, 3]);
        let with_third = order(&objects, &[3], 8);
        assert_eq!(
            (with_third.objects, with_third.front),
            (vec![0, 2, 3, 1], 2)
        );
    }
}
