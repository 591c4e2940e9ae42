//! stub-builder turns a Nix output path into an *interface tree*: linkable,
//! bit-exact stubs of its shared libraries and what else compilers and linkers
//! read, so that a library update that keeps the interface rebuilds nothing.
//!
//! The data runs from left to right:
//! `main → cli → commands → {package, tree, nar, store, elf} → interface`.
//! Only [`commands`] reads and writes files; the rest is bytes in, bytes out.

pub mod builder;
pub mod cli;
pub mod commands;
pub mod elf;
pub mod interface;
pub mod lock;
pub mod nar;
pub mod package;
pub mod plan;
pub mod problem;
pub mod relink;
pub mod store;
pub mod threads;
pub mod tree;
