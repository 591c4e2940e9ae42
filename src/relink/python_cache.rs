//! Strings in Python's caches (`.pyc`), which nothing ends: their length
//! stands in front of them, and what comes after may go on like a path.

use std::cell::Cell;

/// Whether a file that begins with `head` is one: behind the version there is
/// an end of a line, which text mode would spoil (CPython,
/// Lib/importlib/_bootstrap_external.py, `MAGIC_NUMBER`).
pub fn is_one(head: &[u8]) -> bool {
    head.get(2..4) == Some(b"\r\n")
}

/// Types of strings whose length has four bytes, and one (CPython,
/// Python/marshal.c, `TYPE_STRING` and so on; `FLAG_REF` may be set).
const LONG: &[u8] = b"stuaA";
const SHORT: &[u8] = b"zZ";
const FLAG_REF: u8 = 0x80;

/// The longest string in which a path is looked for, in bytes.
const LONGEST: usize = 1 << 16;

/// How much of one file is looked at: a file of nothing but paths that are not
/// there, and of what looks like the beginning of a string, would take minutes.
pub struct Patience {
    bytes: Cell<usize>,
    ends: Cell<usize>,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            bytes: Cell::new(32 << 20),
            ends: Cell::new(1 << 16),
        }
    }
}

/// Whether there is one more.
fn take(left: &Cell<usize>) -> bool {
    let one_less = left.get().checked_sub(1);
    left.set(one_less.unwrap_or(0));
    one_less.is_some()
}

/// Where the string may end that holds the byte at `within`: the nearest
/// beginning that it may have comes first. A letter of the string can look like
/// its type and the next one like its length, so one tries what is there, and
/// takes the first that exists. There are no more when the patience has an end.
pub fn ends_of_string(
    bytes: &[u8],
    within: usize,
    patience: &Patience,
) -> impl Iterator<Item = usize> {
    let is = |at: Option<usize>, types: &[u8]| {
        at.is_some_and(|at| types.contains(&(bytes[at] & !FLAG_REF)))
    };
    let long = move |start: usize| {
        let at = start.checked_sub(4)?;
        let length = bytes[at..start].try_into().ok().map(u32::from_le_bytes)?;
        is(at.checked_sub(1), LONG).then_some(length as usize)
    };
    let short = move |start: usize| {
        let at = start.checked_sub(1)?;
        is(at.checked_sub(1), SHORT).then_some(bytes[at].into())
    };
    let starts = within.saturating_sub(LONGEST)..=within;
    starts
        .rev()
        .take_while(|_| take(&patience.bytes))
        .flat_map(move |start| [(start, long(start)), (start, short(start))])
        .filter_map(|(start, length)| start.checked_add(length?))
        .filter(move |&end| within < end && end <= bytes.len())
        .take_while(|_| take(&patience.ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(bytes: &[u8], within: usize) -> Vec<usize> {
        ends_of_string(bytes, within, &Patience::default()).collect()
    }

    #[test]
    fn a_string_is_as_long_as_it_says() {
        let short = b"\xda\x0b/s/h-a/bin/z\x01a";
        assert_eq!(ends(short, 2), [13]);
        assert_eq!(ends(short, 12), [13]);
        assert!(ends(short, 13).is_empty());
        let long = b"(\xe1\x10\0\0\0 -I/s/h/include \xe9\x02\0\0\0";
        assert_eq!(ends(long, 9), [22]);
        assert!(ends(b"/s/h-a/bin", 3).is_empty());
        assert!(ends(b"z\xff/s/h-a/bin", 3).is_empty());
    }

    #[test]
    fn patience_has_an_end() {
        let patience = Patience {
            bytes: Cell::new(10),
            ends: Cell::new(2),
        };
        let bytes = b"z\x0cz\x0az\x08/s/h-a/bin";
        let ends = |within| ends_of_string(bytes, within, &patience).count();
        assert_eq!(ends(6), 2);
        assert_eq!(ends(6), 0);
        patience.ends.set(2);
        patience.bytes.set(0);
        assert_eq!(ends(6), 0);
    }

    #[test]
    fn letters_can_look_like_a_length() {
        assert_eq!(ends(b"\xfa\x0cz\t/s/h-a/binX", 5), [13, 14]);
    }
}
