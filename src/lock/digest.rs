//! Digests that tell what of an interface tree has changed.

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use crate::elf;
use crate::interface::{Policy, text};
use crate::problem::{Fault, Problem};

/// In place of the digest of a file that is no longer there.
pub const REMOVED: &str = "removed";

/// SRI of the interfaces of a tree, given its stubs by path: of their texts, so
/// that it stays if stubs are laid out anew (docs/format.md).
pub fn interface<'s>(
    stubs: impl IntoIterator<Item = (&'s str, &'s [u8])>,
) -> Result<String, Problem> {
    let mut stubs: Vec<_> = stubs.into_iter().collect();
    stubs.sort_unstable();
    let mut digest = Sha256::new();
    for (path, stub) in stubs {
        let interface = elf::read(stub).map_err(|fault: Fault| fault.at(path))?;
        let text = text::print(&interface, &Policy::default());
        for part in [path.as_bytes(), text.as_bytes()] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
    }
    Ok(sri(digest))
}

/// SRI of a file's contents.
pub fn file(contents: &[u8]) -> String {
    sri(Sha256::new_with_prefix(contents))
}

fn sri(digest: Sha256) -> String {
    format!("sha256-{}", BASE64.encode(&digest.finalize()))
}
