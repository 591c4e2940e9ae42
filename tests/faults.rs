//! When the system fails: what is written is whole or not there, the message
//! says why, and the next run works. Nothing is mocked.

#[path = "faults/amplified.rs"]
mod amplified;
#[path = "faults/disks.rs"]
mod disks;
#[path = "faults/elf_file.rs"]
mod elf_file;
#[path = "golden/generator.rs"]
#[allow(dead_code)]
mod generator;
#[path = "faults/lab.rs"]
mod lab;
#[path = "faults/limits.rs"]
mod limits;
#[path = "faults/pipes.rs"]
mod pipes;
#[path = "faults/relinking.rs"]
mod relinking;
#[path = "faults/shrinking.rs"]
mod shrinking;
#[path = "faults/signals.rs"]
mod signals;
#[path = "faults/texts.rs"]
mod texts;
#[path = "faults/together.rs"]
mod together;
#[path = "faults/trees.rs"]
mod trees;
