//! LLVM bitcode, whose strings begin at any bit.
//!
//! An array of characters has seven or eight bits for each (LLVM's BitcodeWriter,
//! CONSTANTS_BLOCK: `CST_CODE_CSTRING`), after whatever was written before, the
//! lowest bit of the lowest byte first. Instead of reading records, which change
//! with every release of LLVM, every bit is tried.

use std::io::{self, Read};

use super::search::References;
use crate::relink::exchange::{Exchange, excerpt};
use crate::relink::scan::{Buffer, Window, windows};

/// Bitcode itself, and in a wrapper (LLVM's BitCodeFormat, "Magic Numbers").
pub const MAGICS: [&[u8]; 2] = [b"BC\xc0\xde", b"\xde\xc0\x17\x0b"];

/// What is in `reader` but not at the start of a byte: that is plain to see.
pub fn search<E: Exchange>(editor: &E, reader: impl Read) -> References {
    let mut references = References::default();
    let mut text = Vec::new();
    // A stream that breaks off has been searched as far as it goes.
    let _ = windows(reader, &mut Buffer::default(), |window: Window| {
        for width in [7, 8] {
            for first in 0..width {
                if (width, first) == (8, 0) {
                    continue;
                }
                unpack(window.bytes, first, width, &mut text);
                // One that two windows hold is told once all the same.
                editor.find(&text, |found| {
                    references.add(|| excerpt(&text, found.hash));
                });
            }
        }
        Ok::<(), io::Error>(())
    });
    references
}

/// Characters of `width` bits from the bit `first` on.
fn unpack(bytes: &[u8], first: usize, width: usize, text: &mut Vec<u8>) {
    text.clear();
    let mask = ((1u16 << width) - 1) as u8;
    let count = (bytes.len() * 8 - first.min(bytes.len() * 8)) / width;
    text.extend((0..count).map(|index| {
        let bit = first + index * width;
        let next = bytes.get(bit / 8 + 1).copied().unwrap_or(0);
        let pair = u16::from_le_bytes([bytes[bit / 8], next]);
        (pair >> (bit % 8)) as u8 & mask
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relink::hidden::fixture::{COMPILE, editor, manifest};

    #[test]
    fn strings_are_found_at_any_bit() {
        let manifest = manifest();
        let editor = editor(&manifest);
        for width in [7, 8] {
            for first in 1..width {
                let mut bytes = vec![0u8; 128];
                for (index, &byte) in COMPILE.as_bytes().iter().enumerate() {
                    for bit in 0..width {
                        let at = first + (3 + index) * width + bit;
                        bytes[at / 8] |= (byte >> bit & 1) << (at % 8);
                    }
                }
                let found: Vec<String> = search(&editor, &*bytes).into_iter().collect();
                assert_eq!(found, [&COMPILE["/nix/store/".len()..]], "{width} {first}");
            }
        }
        assert!(search(&editor, COMPILE.as_bytes()).is_empty());
        assert!(search(&editor, &b""[..]).is_empty());
    }
}
