//! What an update does to those who use a library: each kind of change with its
//! verdict and its reason, then the command on libraries, texts and trees.

#[path = "diff/changes.rs"]
mod changes;
#[path = "diff/command.rs"]
mod command;
#[path = "diff/lab.rs"]
mod lab;
#[path = "diff/others.rs"]
mod others;
#[path = "diff/page.rs"]
mod page;
#[path = "diff/policies.rs"]
mod policies;
