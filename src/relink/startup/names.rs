//! Names of symbols, and finding them in what looks like text.

use std::collections::HashSet;

use foldhash::fast::FixedState;

/// A name, or rather its hash: of two names with the same one each is taken for
/// the other, which forbids an order that would have been right, and never
/// allows one that is wrong.
///
/// It is computed from the end on, so that one pass meets the hash of everything
/// that a string ends in: linkers let "size" be the end of "resize".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name(u64);

impl Name {
    const EMPTY: Name = Name(0xcbf2_9ce4_8422_2325);

    pub fn new(name: &[u8]) -> Name {
        let backwards = name.iter().rev();
        backwards.fold(Name::EMPTY, |name, &byte| name.with(byte))
    }

    /// FNV-1a (RFC 9923).
    fn with(self, byte: u8) -> Name {
        Name((self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

pub type Names = HashSet<Name, FixedState>;

/// Those of the `known` names that stand in `bytes`, with a NUL behind them.
pub fn within(bytes: &[u8], known: &Names) -> Names {
    let mut found = Names::default();
    let mut name = None;
    for &byte in bytes.iter().rev() {
        name = match byte {
            0 => Some(Name::EMPTY),
            // No name has blanks in it, and code has them everywhere.
            _ if byte <= b' ' => None,
            _ => name.map(|name: Name| name.with(byte)),
        };
        if let Some(name) = name
            && known.contains(&name)
        {
            found.insert(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Name, Names, within};

    #[test]
    fn a_name_is_found_at_the_end_of_a_string() {
        let known = |names: &[&str]| -> Names {
            names
                .iter()
                .map(|name| Name::new(name.as_bytes()))
                .collect()
        };
        let text = b"size resize\0open\0close";
        let all = known(&["size", "resize", "ize", "ope", "open", "close", "dlopen"]);
        assert_eq!(
            within(text, &all),
            known(&["size", "resize", "ize", "open"])
        );
    }
}
