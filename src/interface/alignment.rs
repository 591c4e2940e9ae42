//! What data is aligned to.

use std::collections::BTreeMap;
use std::fmt;

use super::{Object, Placement};

/// A power of two, in bytes. It is kept as its exponent, so that there is none which
/// is no power of two, and so that a library may name a million objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alignment {
    exponent: u8,
}

impl Alignment {
    /// That of what may lie anywhere.
    pub const BYTE: Alignment = Alignment { exponent: 0 };

    /// `None` if this number of bytes is no power of two.
    pub const fn new(bytes: u64) -> Option<Alignment> {
        match bytes.is_power_of_two() {
            true => Some(Alignment::at_most(bytes)),
            false => None,
        }
    }

    /// The strictest that is no more than this number of bytes; that of a byte for
    /// none.
    pub const fn at_most(bytes: u64) -> Alignment {
        let exponent = match bytes {
            0 => 0,
            bytes => bytes.ilog2() as u8,
        };
        Alignment { exponent }
    }

    /// The strictest that this address has; for 0 the strictest that there is.
    pub const fn of_address(address: u64) -> Alignment {
        match address {
            0 => Alignment::at_most(u64::MAX),
            address => Alignment {
                exponent: address.trailing_zeros() as u8,
            },
        }
    }

    /// What these objects need of the sections that hold them.
    pub fn of_sections(objects: &[Object]) -> BTreeMap<Placement, Alignment> {
        let mut alignments = BTreeMap::new();
        for object in objects {
            let section = alignments
                .entry(object.placement)
                .or_insert(Alignment::BYTE);
            *section = object.alignment.max(*section);
        }
        alignments
    }

    pub const fn bytes(self) -> u64 {
        1 << self.exponent
    }
}

impl fmt::Display for Alignment {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.bytes().fmt(f)
    }
}

impl fmt::Debug for Alignment {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.bytes().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Alignment;

    #[test]
    fn only_powers_of_two_can_be_said() {
        let bytes = |alignment: Alignment| alignment.bytes();
        for (number, exact, at_most, of_address) in [
            (0, None, 1, 1 << 63),
            (1, Some(1), 1, 1),
            (2, Some(2), 2, 2),
            (3, None, 2, 1),
            (96, None, 64, 32),
            (4096, Some(4096), 4096, 4096),
            (1 << 63, Some(1 << 63), 1 << 63, 1 << 63),
            (u64::MAX, None, 1 << 63, 1),
        ] {
            assert_eq!(Alignment::new(number).map(bytes), exact, "{number}");
            assert_eq!(Alignment::at_most(number).bytes(), at_most, "{number}");
            assert_eq!(
                Alignment::of_address(number).bytes(),
                of_address,
                "{number}"
            );
        }
    }

    #[test]
    fn they_are_ordered_and_shown_as_bytes() {
        let [eight, sixteen] = [8, 16].map(Alignment::at_most);
        assert!(eight < sixteen);
        assert_eq!(format!("{eight} {sixteen:?}"), "8 16");
    }
}
