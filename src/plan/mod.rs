//! What becomes of the packages of one set when another takes its place: which
//! are compiled again, which only relinked, and because of what.
//!
//! `set` is what Nix says of a package set, `identity` tells builds apart,
//! `changed` finds the libraries that have changed by themselves, `fates` says what
//! that means to each package once it is known, or not, what they have become,
//! and `causes` why. All of it is a function of what was evaluated and of what is
//! known of the changed libraries' interface trees. `levels` is for showing it.

pub mod causes;
pub mod changed;
pub mod fates;
mod identity;
pub mod levels;
pub mod set;
#[cfg(test)]
mod synthetic;

use std::collections::HashMap;

use crate::store::derivation::Derivation;

/// Derivations by their paths.
pub type Graph = HashMap<String, Derivation>;
