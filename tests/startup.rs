//! Programs that relink has spared the search for their libraries: the machine's
//! own loaders, glibc's and musl's, load what they loaded before, and find it at
//! once.

#[path = "startup/bindings.rs"]
mod bindings;
#[path = "startup/lab.rs"]
mod lab;
#[path = "startup/left.rs"]
mod left;
#[path = "startup/order.rs"]
mod order;
#[path = "startup/own.rs"]
mod own;
#[path = "startup/ways.rs"]
mod ways;
