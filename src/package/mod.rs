//! What becomes of each file of a package: judged by content, and for each
//! kind of text that compilers and build systems read, one file that rewrites
//! it. Bytes in, bytes out.

pub mod prefixes;
