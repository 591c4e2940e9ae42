//! Runs of base32 digits, where hashes can stand.

use super::is_base32;

const IS_DIGIT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = is_base32(byte as u8);
        byte += 1;
    }
    table
};

/// How many bytes are looked at at once.
const PROBE: usize = 8;

/// Calls `each` with the offset of every run of `LENGTH` digits; those that
/// overlap are all told.
///
/// Probes lie so far apart that every run holds one of them as a whole, so that
/// most of the input is never looked at. Where a probe comes next does not
/// depend on what was found in the last one, unlike in libstore/references.cc,
/// so that the processor need not wait for the one to begin with the other.
pub(super) fn runs<const LENGTH: usize>(bytes: &[u8], mut each: impl FnMut(usize, &[u8; LENGTH])) {
    const { assert!(LENGTH >= PROBE) };
    let is_digit = |byte: &&u8| IS_DIGIT[usize::from(**byte)];
    let mut at = LENGTH - PROBE;
    while let Some(probe) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        if !may_be_digits(probe) || !probe.iter().all(|byte| is_digit(&byte)) {
            at += LENGTH - PROBE + 1;
            continue;
        }
        let start = at - bytes[..at].iter().rev().take_while(is_digit).count();
        let end = at + bytes[at..].iter().take_while(is_digit).count();
        let run = &bytes[start..end];
        for (offset, window) in run.windows(LENGTH).enumerate() {
            if let Some(window) = window.first_chunk() {
                each(start + offset, window);
            }
        }
        at = end + 1 + LENGTH - PROBE;
    }
}

/// Whether all bytes lie between the lowest and the highest digit: of machine
/// code nearly none do.
fn may_be_digits(probe: &[u8; PROBE]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let bytes = u64::from_le_bytes(*probe);
    // Bytes below 0x80 don't carry into their neighbours; others are none.
    let at_least = bytes.wrapping_add((0x80 - b'0' as u64) * EACH);
    let above = bytes.wrapping_add((0x7f - b'z' as u64) * EACH);
    at_least & !above & !bytes & HIGH == HIGH
}
