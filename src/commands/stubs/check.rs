//! No store path leaves in an interface tree: Nix would refuse it in a
//! fixed-output derivation, or, before 2.26, accept it in silence.

use rayon::prelude::*;

use super::select::read_fault;
use crate::commands::files::read;
use crate::problem::{Fault, MOST_TOLD, Problem};
use crate::store::{HASH_LENGTH, references};
use crate::tree::{Contents, Node, Tree};

/// A problem for every store path in the tree, up to [`MOST_TOLD`] of a file: in
/// contents, in the target of a link, in a name.
pub fn store_paths(
    tree: &Tree,
    store_dir: &str,
    known_hashes: &[[u8; HASH_LENGTH]],
) -> Vec<Problem> {
    let find = |bytes: &[u8]| references(bytes, store_dir, known_hashes);
    let in_entry = |(path, node): (&String, &Node)| -> Vec<Problem> {
        let mut found = find(path.as_bytes());
        match node {
            Node::Directory => {}
            Node::Symlink(target) => found.extend(find(target.as_bytes())),
            Node::File {
                contents: Contents::Bytes(bytes),
                ..
            } => found.extend(find(bytes)),
            Node::File {
                contents: Contents::CopyOf { path: origin, .. },
                ..
            } => match read(origin) {
                Ok(bytes) => found.extend(find(&bytes)),
                Err(error) => return vec![read_fault(&error).at(path.clone())],
            },
        }
        found.truncate(MOST_TOLD);
        let problem = |(offset, reference)| Fault::StorePath { offset, reference }.at(path.clone());
        found.into_iter().map(problem).collect()
    };
    tree.entries.par_iter().flat_map_iter(in_entry).collect()
}
