//! One fuzz target of those below, named by `TARGET`: what must hold for any
//! input. One program, since building it costs more than the corpus does.

#![no_main]

mod elf;
#[path = "../../tests/soak/facts.rs"]
mod facts;
mod lock;
mod package;
mod relink;
mod text;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();

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

fuzz_target!(|data: &[u8]| TARGET.get_or_init(target)(data));
