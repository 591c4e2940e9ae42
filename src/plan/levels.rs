//! The order in which a page shows a graph: by levels, those above each other
//! that belong together, and only the edges that don't follow from others.

use std::collections::BTreeSet;

/// What each node uses, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// The nodes of each level; what they use is further up.
    pub levels: Vec<Vec<usize>>,
    /// Of what each node uses, what none of the others uses already.
    pub edges: Vec<Vec<usize>>,
}

impl Levels {
    /// `uses` has no cycles; where it has, an edge of each is left out.
    pub fn new(uses: &[Vec<usize>]) -> Levels {
        let order = below_first(uses);
        let mut place = vec![0; uses.len()];
        for (position, node) in order.iter().enumerate() {
            place[*node] = position;
        }
        let mut level = vec![0; uses.len()];
        // What is below each node, one bit for each.
        let words = uses.len().div_ceil(64);
        let mut below = vec![vec![0u64; words]; uses.len()];
        let mut edges = vec![Vec::new(); uses.len()];
        for &node in &order {
            let direct: BTreeSet<usize> = uses[node].iter().copied().collect();
            let mut direct: Vec<usize> = direct
                .into_iter()
                .filter(|other| place[*other] < place[node])
                .collect();
            // The last is below none of the others.
            direct.sort_by_key(|other| std::cmp::Reverse(place[*other]));
            let mut all = vec![0u64; words];
            for other in direct {
                level[node] = level[node].max(level[other] + 1);
                if all[other / 64] & (1 << (other % 64)) == 0 {
                    edges[node].push(other);
                    all[other / 64] |= 1 << (other % 64);
                    for (word, more) in all.iter_mut().zip(&below[other]) {
                        *word |= more;
                    }
                }
            }
            below[node] = all;
        }
        let mut levels: Vec<Vec<usize>> = Vec::new();
        for &node in &order {
            if levels.len() <= level[node] {
                levels.resize(level[node] + 1, Vec::new());
            }
            levels[level[node]].push(node);
        }
        sort(&mut levels, &edges);
        Levels { levels, edges }
    }
}

/// Below the mean place of what they use; names (numbers) decide otherwise.
fn sort(levels: &mut [Vec<usize>], edges: &[Vec<usize>]) {
    let mut place = vec![0.0; edges.len()];
    for level in levels {
        level.sort_unstable();
        let mean = |node: usize| {
            let used = &edges[node];
            let sum: f64 = used.iter().map(|other| place[*other]).sum();
            match used.len() {
                0 => 0.0,
                count => sum / count as f64,
            }
        };
        level.sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
        let count = level.len();
        for (position, node) in level.iter().enumerate() {
            let relative = (position as f64 + 0.5) / count as f64;
            place[*node] = relative;
        }
    }
}

/// All nodes, each after what it uses.
fn below_first(uses: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; uses.len()];
    for first in 0..uses.len() {
        // Nodes on the way, and how many of what they use has been looked at.
        let mut way = vec![(first, 0)];
        if std::mem::replace(&mut seen[first], true) {
            continue;
        }
        while let Some((node, looked_at)) = way.last_mut() {
            match uses[*node].get(*looked_at) {
                Some(&next) => {
                    *looked_at += 1;
                    if !std::mem::replace(&mut seen[next], true) {
                        way.push((next, 0));
                    }
                }
                None => {
                    order.push(*node);
                    way.pop();
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_below_what_it_uses_and_edges_are_few() {
        // 3 uses all, which follows from 2 but for 4.
        let uses = [vec![], vec![0], vec![0, 1], vec![0, 1, 2, 4], vec![]];
        let found = Levels::new(&uses);
        assert_eq!(found.levels, [vec![0, 4], vec![1], vec![2], vec![3]]);
        assert_eq!(found.edges[2], [1]);
        let mut edges = found.edges[3].clone();
        edges.sort_unstable();
        assert_eq!(edges, [2, 4]);
    }

    #[test]
    fn cycles_end() {
        let found = Levels::new(&[vec![1], vec![0]]);
        assert_eq!(found.levels.concat().len(), 2);
    }
}
