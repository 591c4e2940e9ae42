//! Text of two or four bytes a character: UTF-16 and UTF-32, in both byte
//! orders. In C on Linux `L"..."` is UTF-32.

use std::ops::Range;

use memchr::memmem::Finder;

use crate::relink::exchange::{Exchange, excerpt};
use crate::store::is_base32;

/// More than the longest store path and what it names are told by.
const LONGEST: usize = 512;

/// Looks for store paths in wide text.
///
/// One search finds both byte orders: they differ in the zeros before the first
/// and behind the last character, which are left out of what is looked for.
pub struct Wide {
    finders: [(usize, Finder<'static>); 2],
}

/// A known path in wide text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WideText {
    pub at: usize,
    /// How many bytes a character has.
    pub width: usize,
    pub reference: String,
}

impl WideText {
    /// What it is called in messages.
    pub fn encoding(&self) -> &'static str {
        match self.width {
            2 => "UTF-16",
            _ => "UTF-32",
        }
    }
}

impl Wide {
    pub fn new(store_dir: &str) -> Wide {
        let finder = |width: usize| {
            let mut needle = Vec::new();
            for &byte in store_dir.trim_end_matches('/').as_bytes() {
                needle.resize(needle.len().next_multiple_of(width), 0);
                needle.push(byte);
            }
            (width, Finder::new(&needle).into_owned())
        };
        Wide {
            finders: [finder(2), finder(4)],
        }
    }

    /// Calls `each` with what begins in the range `own` of `bytes`.
    pub fn find<E: Exchange>(
        &self,
        editor: &E,
        bytes: &[u8],
        own: Range<usize>,
        mut each: impl FnMut(WideText),
    ) {
        let mut searched = 0;
        for (index, chunk) in bytes.chunks(STRIDE).enumerate() {
            let at = index * STRIDE;
            if at < searched || !chunk.first_chunk().is_some_and(is_wide) {
                continue;
            }
            let around = at.saturating_sub(AROUND).max(searched)..bytes.len().min(at + AROUND);
            searched = around.end;
            self.search(editor, bytes, around, &own, &mut each);
        }
    }

    /// Calls `each` with what begins in both `around` and `own`.
    fn search<E: Exchange>(
        &self,
        editor: &E,
        bytes: &[u8],
        around: Range<usize>,
        own: &Range<usize>,
        mut each: impl FnMut(WideText),
    ) {
        for (width, finder) in &self.finders {
            // What begins before the end may end behind it.
            let end = bytes.len().min(around.end + finder.needle().len() - 1);
            for at in finder.find_iter(&bytes[around.start..end]) {
                let at = around.start + at;
                if !own.contains(&at) {
                    continue;
                }
                let narrow = narrow(&bytes[at..], *width);
                editor.find(&narrow, |found| {
                    each(WideText {
                        at,
                        width: *width,
                        reference: excerpt(&narrow, found.hash),
                    });
                });
            }
        }
    }
}

/// How far apart probes of 8 bytes are: a hash of two bytes a character is 64
/// bytes long, so that one of them lies in it as a whole.
const STRIDE: usize = 56;

/// Where a path can begin whose hash a probe lies in, and how far to go on.
const AROUND: usize = 1 << 10;

/// Whether a probe can lie in a wide hash. Nearly none does, and probing costs
/// far less than a search.
fn is_wide(probe: &[u8; 8]) -> bool {
    let number = u64::from_le_bytes(*probe);
    let even = number & 0x00ff_00ff_00ff_00ff;
    let odd = number & 0xff00_ff00_ff00_ff00;
    // Two characters at least, be they of two bytes or four.
    (even == 0) != (odd == 0) && probe.iter().all(|&byte| byte == 0 || is_base32(byte))
}

/// One byte for each character at the start of `bytes`, as far as each is one
/// byte and zeros.
fn narrow(bytes: &[u8], width: usize) -> Vec<u8> {
    let mut narrow = Vec::new();
    for unit in bytes.chunks(width).take(LONGEST) {
        narrow.push(unit[0]);
        if unit[1..].iter().any(|&byte| byte != 0) {
            break;
        }
    }
    narrow
}
