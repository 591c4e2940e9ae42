//! Nix's base32, in which it prints hashes: of numbers, the last digit first
//! (libutil/hash.cc, printHash32).

use data_encoding::{BitOrder, Encoding, Specification};

/// The bytes that these digits stand for.
pub fn from_base32(digits: &str) -> Option<Vec<u8>> {
    let reversed: String = digits.chars().rev().collect();
    encoding()?.decode(reversed.as_bytes()).ok()
}

/// The digits that stand for these bytes.
pub fn to_base32(bytes: &[u8]) -> String {
    let digits = encoding().map(|encoding| encoding.encode(bytes));
    digits.unwrap_or_default().chars().rev().collect()
}

fn encoding() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("0123456789abcdfghijklmnpqrsvwxyz");
    specification.bit_order = BitOrder::LeastSignificantFirst;
    specification.encoding().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_as_nix_writes_them() {
        // `nix hash to-base32 sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=`
        let bytes = data_encoding::HEXLOWER
            .decode(b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            .unwrap();
        let digits = "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s";
        assert_eq!(to_base32(&bytes), digits);
        assert_eq!(from_base32(digits), Some(bytes));
        assert_eq!(from_base32("e"), None);
    }
}
