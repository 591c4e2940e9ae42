//! One fuzz target of those below, named by `TARGET`: what must hold for any
//! input. One program, since building it costs more than the corpus does.

#![no_main]

mod elf;
mod limits;
mod lock;
mod package;
mod relink;
mod text;

// What judges damaged libraries judges these, too.
#[path = "../../tests/soak/facts.rs"]
mod facts;
#[allow(dead_code)]
#[path = "../../tests/soak/judge.rs"]
mod judge;
#[path = "../../tests/soak/memory.rs"]
mod memory;
#[path = "../../tests/soak/readelf.rs"]
mod readelf;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use libfuzzer_sys::fuzz_target;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

/// One input in this many is tried as a megabyte, too.
const REPEATED: u64 = 500;

static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();
static COUNT: AtomicU64 = AtomicU64::new(0);

fn target() -> fn(&[u8]) {
    let name = std::env::var("TARGET").unwrap_or_default();
    match name.as_str() {
        "elf" => elf::read,
        "text" => text::parse,
        "linker-script" => package::linker_script,
        "pkg-config" => package::pkg_config,
        "cmake" => package::cmake,
        "shell" => package::shell,
        "relink" => relink::rewrite,
        "lock" => lock::parse,
        _ => panic!("no target {name}"),
    }
}

fuzz_target!(|data: &[u8]| {
    let repeats = COUNT.fetch_add(1, Ordering::Relaxed) % REPEATED == 0;
    limits::hold(*TARGET.get_or_init(target), data, repeats);
});
