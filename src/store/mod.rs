//! Store paths: taking them apart, finding them in bytes, and the names that
//! stand in for them.

mod base32;
pub mod derivation;
mod digits;
mod known;
mod mask;
mod references;
mod stand_in;

pub use base32::{from_base32, to_base32};
pub use known::{Found, Known};
pub use mask::{KEPT, MASK, kept, mask, unmasked};
pub use references::{hash_part, references};
pub use stand_in::{PLACEHOLDER_DIR, package_name, placeholder};

/// The length of the hash in a store path's name.
pub const HASH_LENGTH: usize = 32;

/// Nix's base32: digits and letters without `e`, `o`, `t` and `u`
/// (libutil/hash.cc).
pub const fn is_base32(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'z') && !matches!(byte, b'e' | b'o' | b't' | b'u')
}

/// What Nix allows in the name of a store path (checkName in
/// libstore/path.cc).
pub fn is_name_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-._?=".contains(&byte)
}
