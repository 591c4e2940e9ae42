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

/// Calls `each` with the offset of every run of `LENGTH` digits; those that
/// overlap are all told.
///
/// As in libstore/references.cc: a window is read from its end, and the first
/// byte that is no digit moves the window behind it, so that most of the input
/// is never looked at. Unlike there, a window that follows one of digits only
/// is looked at in its last byte alone.
pub(super) fn runs<const LENGTH: usize>(bytes: &[u8], mut each: impl FnMut(usize, &[u8; LENGTH])) {
    let mut start = 0;
    // How many bytes at the start of the window are known to be digits.
    let mut digits = 0;
    while let Some(window) = bytes[start..].first_chunk::<LENGTH>() {
        match window[digits..]
            .iter()
            .rposition(|&byte| !IS_DIGIT[usize::from(byte)])
        {
            Some(other) => {
                start += digits + other + 1;
                digits = LENGTH - digits - other - 1;
            }
            None => {
                each(start, window);
                start += 1;
                digits = LENGTH - 1;
            }
        }
    }
}
