//! `relink` and `mask` on what a real compiler made against an interface tree:
//! what becomes of each kind of reference, what of the tree around it, and what
//! is refused.

#[path = "relink/debug_files.rs"]
mod debug_files;
#[path = "relink/hidden.rs"]
mod hidden;
#[path = "relink/lab.rs"]
mod lab;
#[path = "relink/machine.rs"]
mod machine;
#[path = "relink/moments.rs"]
mod moments;
#[path = "relink/proof.rs"]
mod proof;
#[path = "relink/references.rs"]
mod references;
#[path = "relink/refused.rs"]
mod refused;
#[path = "relink/round_trip.rs"]
mod round_trip;
#[path = "relink/shape.rs"]
mod shape;
