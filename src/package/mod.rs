//! What becomes of each file of a package: judged by content, and for each
//! kind of text that compilers and build systems read, one file that rewrites
//! it. Bytes in, bytes out.

pub mod cmake;
pub mod cmake_calls;
pub mod conflicts;
pub mod flags;
pub mod header;
pub mod header_change;
pub mod judge;
pub mod ld_script;
pub mod ld_tokens;
pub mod links;
pub mod listing;
pub mod paths;
pub mod pkg_config;
pub mod prefixes;
pub mod shebang;
pub mod shell;
pub mod shell_quotes;
pub mod typelib;
