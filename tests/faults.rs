//! When the system fails: what is written is whole or not there, the message
//! says why, and the next run works. Nothing is mocked.

#[path = "faults/lab.rs"]
mod lab;
#[path = "faults/limits.rs"]
mod limits;
#[path = "faults/pipes.rs"]
mod pipes;
#[path = "faults/shrinking.rs"]
mod shrinking;
