//! `stub-builder check`: what it says of a file is what the loader says of it.
//!
//! Needs Debian's musl-tools and llvm-19.

#[path = "check/command.rs"]
mod command;
#[path = "check/imports.rs"]
mod imports;
#[path = "check/interfaces.rs"]
mod interfaces;
#[path = "check/lab.rs"]
mod lab;
#[path = "check/search.rs"]
mod search;
#[path = "check/unlike.rs"]
mod unlike;
#[path = "check/versions.rs"]
mod versions;
