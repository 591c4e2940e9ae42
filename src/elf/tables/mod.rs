//! The tables of an ELF file, found as the loader finds them, and their records.

mod allowance;
mod count;
mod dynamic;
mod gnu_hash;
pub mod hash;
mod image;
mod relocations;
mod symbol_table;
mod sysv_hash;
pub mod versions;

pub use allowance::Allowance;
pub use dynamic::Dynamic;
pub use gnu_hash::GnuHash;
pub use image::{Image, MAGIC, malformed, record, slice, string};
pub use relocations::{Table, copy_type, relocations, resolves_at_once};
pub use symbol_table::{SymbolTable, is_confined};
pub use sysv_hash::has_wide_hash;
