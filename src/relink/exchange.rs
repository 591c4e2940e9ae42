//! One path in another's place, in as many bytes: what relinking, which puts
//! the real libraries in ([`Editor`](super::edit::Editor)), and masking have in
//! common.

use crate::problem::Fault;
use crate::store::{Found, HASH_LENGTH, is_name_char};

/// Says which paths are to be replaced, and by what.
pub trait Exchange {
    /// Where store paths lie.
    fn store_dir(&self) -> &str;

    /// Calls `each` with all that is to be replaced in `bytes`, in order.
    fn find(&self, bytes: &[u8], each: impl FnMut(Found));

    /// What takes the place of `found` in `bytes`.
    ///
    /// Faults: those of [`Editor::exchanged`](super::edit::Editor::exchanged).
    fn exchanged(&self, bytes: &[u8], found: Found) -> Result<Exchanged<'_>, Fault>;
}

/// Bytes that take the place of as many others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged<'e> {
    pub at: usize,
    pub bytes: Vec<u8>,
    /// The store path that is meant there, and the one that takes its place.
    pub from: &'e str,
    pub to: &'e str,
}

/// A reference whose hash begins at `hash`, as the reader of a log would look
/// for it.
pub fn excerpt(bytes: &[u8], hash: usize) -> String {
    let name = bytes[hash + HASH_LENGTH..].iter().take(80);
    let name = name.take_while(|&&byte| is_name_char(byte));
    let end = hash + HASH_LENGTH + name.count();
    String::from_utf8_lossy(&bytes[hash..end]).into_owned()
}
