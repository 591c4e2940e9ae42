//! The numbered rules of `docs/rules.md`, each with a test named after it, and
//! what `docs/format.md` says of stubs in use. Libraries are built by real
//! compilers and linkers from `rules/sources`, stubbed, and linked and run; a
//! tool that is missing fails the test.

#[path = "rules/binding.rs"]
mod binding;
#[path = "rules/data.rs"]
mod data;
#[path = "rules/face.rs"]
mod face;
#[path = "rules/functions.rs"]
mod functions;
#[path = "golden/generator.rs"]
#[allow(dead_code)]
mod generator;
#[path = "rules/inputs.rs"]
mod inputs;
#[path = "rules/lab.rs"]
mod lab;
#[path = "rules/loading.rs"]
mod loading;
#[path = "rules/machines.rs"]
mod machines;
#[path = "rules/rest.rs"]
mod rest;
#[path = "rules/traps.rs"]
mod traps;
#[path = "rules/undefined.rs"]
mod undefined;
#[path = "rules/versions.rs"]
mod versions;
