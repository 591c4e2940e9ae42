//! Reads something of any length in windows, so that a path is always seen
//! together with what is around it.

use std::io::{self, Read};
use std::ops::Range;

/// How much comes in at a time, in bytes: what fits into a core's cache.
const STEP: usize = 256 << 10;

/// How much is in memory at a time where it need not be copied, in bytes.
const PART: u64 = 4 << 20;

/// What lies around the hash of a path: the store directory in front, and
/// behind it the name and what it names (PATH_MAX).
pub const BEFORE: usize = 1 << 10;
pub const BEHIND: usize = 5 << 10;

/// A part of what is read.
pub struct Window<'b> {
    pub bytes: &'b [u8],
    /// Where `bytes` begins, counted from the start of all.
    pub offset: u64,
    /// The places in `bytes` that no other window has in theirs.
    pub own: Range<usize>,
}

/// The buffer of [`windows`], to be used again.
#[derive(Default)]
pub struct Buffer(Vec<u8>);

/// Calls `each` with window after window of `reader`, at least one, and says
/// how many bytes there were.
pub fn windows<E: From<io::Error>>(
    mut reader: impl Read,
    buffer: &mut Buffer,
    mut each: impl FnMut(Window) -> Result<(), E>,
) -> Result<u64, E> {
    let buffer = &mut buffer.0;
    buffer.resize(STEP + BEFORE + BEHIND, 0);
    let (mut offset, mut filled, mut start) = (0, 0, 0);
    loop {
        while filled < buffer.len() {
            match reader.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let last = filled < buffer.len();
        let end = if last { filled } else { filled - BEHIND };
        each(Window {
            bytes: &buffer[..filled],
            offset,
            own: start..end,
        })?;
        if last {
            return Ok(offset + filled as u64);
        }
        let kept = end - BEFORE;
        buffer.copy_within(kept..filled, 0);
        offset += kept as u64;
        filled -= kept;
        start = BEFORE;
    }
}

/// Which bytes of something of `length` bytes to have in memory, and which of
/// them to look at, for [`slices`]: part after part, so that what is in memory
/// has an end.
pub fn parts(length: u64) -> impl Iterator<Item = (Range<u64>, Range<u64>)> {
    (0..length).step_by(PART as usize).map(move |start| {
        let end = length.min(start + PART);
        let from = start.saturating_sub(BEFORE as u64);
        (from..length.min(end + BEHIND as u64), start..end)
    })
}

/// Calls `each` with window after window of `bytes`, which begin at `offset`
/// and of which those at `own` are to be looked at.
pub fn slices<E>(
    bytes: &[u8],
    offset: u64,
    own: Range<u64>,
    mut each: impl FnMut(Window) -> Result<(), E>,
) -> Result<(), E> {
    let own = (own.start - offset) as usize..(own.end - offset) as usize;
    let mut start = own.start;
    while start < own.end {
        let end = own.end.min(start + STEP);
        let from = start.saturating_sub(BEFORE);
        each(Window {
            bytes: &bytes[from..bytes.len().min(end + BEHIND)],
            offset: offset + from as u64,
            own: start - from..end - from,
        })?;
        start = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_everything_once() {
        for length in [0, 1, STEP, STEP + BEFORE + BEHIND, 3 * STEP + 77, 10 * STEP] {
            let input: Vec<u8> = (0..length).map(|i| (i * 7 + i / 251) as u8).collect();
            let mut seen = Vec::new();
            let mut buffer = Buffer::default();
            let read = windows(&*input, &mut buffer, |window| {
                let at = window.offset as usize;
                assert_eq!(&input[at..at + window.bytes.len()], window.bytes);
                assert!(window.own.start == BEFORE || window.offset == 0);
                let last = at + window.bytes.len() == length;
                assert!(last || window.bytes.len() - window.own.end >= BEHIND);
                seen.extend_from_slice(&window.bytes[window.own]);
                Ok::<_, io::Error>(())
            });
            assert_eq!(read.unwrap(), length as u64);
            assert_eq!(seen, input);
        }
    }

    #[test]
    fn slices_cover_everything_once() {
        let part = PART as usize;
        for length in [0, 1, STEP, STEP + BEHIND + 1, part, part + 1, 2 * part + 77] {
            let input: Vec<u8> = (0..length).map(|i| (i * 7 + i / 251) as u8).collect();
            let mut seen = Vec::new();
            for (mapped, own) in parts(length as u64) {
                let bytes = &input[mapped.start as usize..mapped.end as usize];
                let done = slices(bytes, mapped.start, own, |window| {
                    let at = window.offset as usize;
                    assert_eq!(&input[at..at + window.bytes.len()], window.bytes);
                    assert!(window.own.start == BEFORE || window.offset == 0);
                    let last = at + window.bytes.len() == length;
                    assert!(last || window.bytes.len() - window.own.end == BEHIND);
                    seen.extend_from_slice(&window.bytes[window.own]);
                    Ok::<_, io::Error>(())
                });
                done.unwrap();
            }
            assert_eq!(seen, input);
        }
    }
}
