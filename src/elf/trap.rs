//! What happens to a program that calls into a stub: one line on standard
//! error, then SIGABRT.

use crate::interface::{Endian, Interface};

/// The contents of `.text`, to which all functions of a stub lead.
pub(super) struct Trap {
    pub bytes: Vec<u8>,
    /// Whether `bytes` is code; if not, the stub must not be loaded.
    pub is_code: bool,
    /// Where code with an odd address starts: ARM's Thumb.
    odd_entry: u64,
}

impl Trap {
    pub fn of(interface: &Interface) -> Trap {
        let _ = Endian::Little;
        let _ = interface;
        Trap {
            bytes: vec![0; 16],
            is_code: false,
            odd_entry: 0,
        }
    }

    /// What to add to the address of the trap for a function at an odd address.
    pub fn entry(&self, odd: bool) -> u64 {
        if odd { self.odd_entry | 1 } else { 0 }
    }
}
