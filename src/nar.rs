//! The NAR hash of what lies on disk: what a fixed-output derivation is pinned
//! to, and what `nix hash path` prints.

use std::io::Read;
use std::path::Path;

use data_encoding::BASE64;
use nix_nar::Encoder;
use sha2::{Digest, Sha256};

use crate::problem::{Fault, Problem};

/// The hasher is fed in pieces of about this size; the encoder by itself
/// returns eight bytes here and thirty there.
const BUFFER: usize = 1 << 18;

/// nix-nar fails on a name or link target that doesn't fit into the buffer it
/// is given (into a buffer of its own, if that is below 1024 bytes). Linux
/// allows 4095 bytes for a target and 255 for a name.
const ROOM: usize = 1 << 14;

/// The hash of the tree at `path`, as `sha256-` and base64 (SRI).
///
/// It is read from disk rather than computed from what was meant to be there:
/// the hash then proves what was written. nix-nar takes a file with any of the
/// three executable bits for executable, Nix looks at the owner's: the same
/// for everything that [`crate::commands::stubs::emit`] writes.
pub fn hash(path: &Path) -> Result<String, Problem> {
    let fault = |cause: String| {
        let action = "hash the tree";
        Fault::Io { action, cause }.at(path.display().to_string())
    };
    let mut encoder = Encoder::new(path).map_err(|error| fault(error.to_string()))?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        let read = encoder
            .read(&mut buffer[filled..])
            .map_err(|error| fault(error.to_string()))?;
        filled += read;
        if read == 0 || BUFFER - filled < ROOM {
            digest.update(&buffer[..filled]);
            filled = 0;
        }
        if read == 0 {
            break;
        }
    }
    Ok(format!("sha256-{}", BASE64.encode(&digest.finalize())))
}
