//! Goes through a file from end to end, in windows of bounded size.

use std::fs::File;
use std::io;

use super::mapping::Mapping;
use crate::relink::scan::{BEFORE, BEHIND, Buffer, STEP, Window, windows};

/// How much of a large file is mapped at a time, in bytes: a multiple of any
/// page size.
const MAPPED: u64 = 4 << 20;

/// A multiple of any page size, and more than a window needs in front.
const PAGE: u64 = 64 << 10;
const _: () = assert!(PAGE >= BEFORE as u64 && MAPPED.is_multiple_of(PAGE));

/// As [`windows`], for a file: all that is not in one window is mapped rather
/// than read, which saves a copy. Says how long the file is.
pub fn file_windows(
    file: &File,
    buffer: &mut Buffer,
    mut each: impl FnMut(Window),
) -> io::Result<u64> {
    let length = file.metadata()?.len();
    if length <= STEP as u64 {
        return windows(file, buffer, |window| {
            each(window);
            Ok(())
        });
    }
    let mut own = 0;
    while own < length {
        // From a page's start, so that a window begins earlier than it need.
        let start = own.saturating_sub(PAGE);
        let end = (own + MAPPED).min(length);
        let behind = (end + BEHIND as u64).min(length);
        let mapped = Mapping::part(file, length, start, (behind - start) as usize)?;
        each(Window {
            bytes: &mapped,
            offset: start,
            own: (own - start) as usize..(end - start) as usize,
            whole: false,
        });
        mapped.intact(file.metadata()?.len())?;
        own = end;
    }
    Ok(length)
}
