//! The order of constructors, kept when that of look-ups changes.
//!
//! glibc 2.35 and later go through the objects from the one that was loaded last
//! to the first, and from each into what it needs, in order; behind that the
//! object itself is relocated, and its constructors are run (elf/dl-sort.c,
//! `_dl_sort_maps_dfs`; destructors the other way round). So the order hangs on
//! two things: how objects need each other, and in which order they were loaded.
//!
//! Older ones move each object behind the last one that needs it
//! (`_dl_sort_maps_original`): among objects that don't need each other the order
//! may change there.

use std::iter::Rev;
use std::vec::IntoIter;

/// What a further object has to need that is loaded last, so that the loader
/// comes to the `libraries` as if they had been loaded in this order.
pub fn needed_by_last<T>(libraries: Vec<T>) -> Rev<IntoIter<T>> {
    libraries.into_iter().rev()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::needed_by_last;

    /// What each object needs, the program first.
    type Graph = Vec<Vec<usize>>;

    /// Breadth first (elf/dl-deps.c, `_dl_map_object_deps`).
    fn loaded(graph: &Graph) -> Vec<usize> {
        let mut order = vec![0];
        let mut next = 0;
        while next < order.len() {
            for &needed in &graph[order[next]] {
                if !order.contains(&needed) {
                    order.push(needed);
                }
            }
            next += 1;
        }
        order
    }

    fn visit(graph: &Graph, object: usize, order: &mut Vec<usize>, seen: &mut [bool]) {
        if !std::mem::replace(&mut seen[object], true) {
            for &needed in &graph[object] {
                visit(graph, needed, order, seen);
            }
            order.push(object);
        }
    }

    /// The program has no list of what it needs yet, and is the last one anyway.
    fn constructed(graph: &Graph) -> Vec<usize> {
        let mut graph = graph.clone();
        let loaded = loaded(&graph);
        graph[0].clear();
        let mut order = Vec::new();
        let mut seen = vec![false; graph.len()];
        for &object in loaded.iter().rev() {
            visit(&graph, object, &mut order, &mut seen);
        }
        order.retain(|&object| object != 0);
        order
    }

    fn graphs() -> impl Strategy<Value = (Graph, Vec<u32>)> {
        (2..12usize).prop_flat_map(|count| {
            let needs = vec(vec(1..count, 0..4), count);
            (needs, vec(any::<u32>(), count))
        })
    }

    proptest! {
        /// Whatever needs whatever, in circles too.
        #[test]
        fn constructors_run_as_before((mut graph, keys) in graphs()) {
            let before = constructed(&graph);
            let libraries = loaded(&graph)[1..].to_vec();
            let mut listed = libraries.clone();
            listed.sort_by_key(|&library| keys[library]);
            let (list, last) = (graph.len(), graph.len() + 1);
            // Some of them are needed by the program itself.
            let front = listed.split_off(listed.len() - keys[0] as usize % (listed.len() + 1));
            listed.push(last);
            graph[0] = [vec![list], front].concat();
            graph.push(listed);
            graph.push(needed_by_last(libraries).collect());
            let mut after = constructed(&graph);
            after.retain(|&object| object != list && object != last);
            prop_assert_eq!(before, after);
        }
    }
}
