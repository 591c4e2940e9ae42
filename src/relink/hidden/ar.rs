//! `ar` archives (gABI, "Archive File"), with the names of GNU and of BSD.
//!
//! Members are plain bytes, so what is plain in them needs no care. What they
//! hide can be mended if nothing has to move.

use std::io;

use super::extent::Extent;

pub const MAGIC: &[u8] = b"!<arch>\n";

const HEADER: usize = 60;
const NAME: std::ops::Range<usize> = 0..16;
const SIZE: std::ops::Range<usize> = 48..58;
const END: std::ops::Range<usize> = 58..60;

/// The longest table of long names that is read.
const LONGEST_NAMES: usize = 1 << 20;

/// As much of a member's name as is told.
const LONGEST_NAME: usize = 1 << 12;

/// Calls `each` with every member's name and data, until a header is damaged.
pub fn members<'f>(
    archive: Extent<'f>,
    mut each: impl FnMut(&str, Extent<'f>) -> io::Result<()>,
) -> io::Result<()> {
    let mut long_names = Vec::new();
    let mut at = MAGIC.len() as u64;
    loop {
        let header = archive.bytes(at, HEADER)?;
        if header.get(END) != Some(b"`\n") {
            return Ok(());
        }
        let Some(size) = number(&header[SIZE]) else {
            return Ok(());
        };
        let Some(mut data) = archive.part(at + HEADER as u64, size) else {
            return Ok(());
        };
        let name = header[NAME].trim_ascii_end();
        if name == b"//" {
            long_names = data.bytes(0, LONGEST_NAMES)?;
        } else if let Some(length) = name.strip_prefix(b"#1/").and_then(number) {
            let name = data.bytes(0, length.min(LONGEST_NAME as u64) as usize)?;
            data = match data.part(length, data.length.saturating_sub(length)) {
                Some(data) => data,
                None => return Ok(()),
            };
            each(&text(name.trim_ascii_end()), data)?;
        } else if let Some(offset) = name.strip_prefix(b"/").and_then(number) {
            let name = usize::try_from(offset)
                .ok()
                .and_then(|offset| long_names.get(offset..));
            let name = name.unwrap_or_default();
            // All members may share one that is as long as the table.
            let name = &name[..name.len().min(LONGEST_NAME)];
            let name = name.split(|&byte| byte == b'\n').next();
            each(&text(name.unwrap_or_default()), data)?;
        } else {
            each(&text(name), data)?;
        }
        at += HEADER as u64 + size.next_multiple_of(2);
    }
}

fn number(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field.trim_ascii()).ok()?;
    text.parse().ok()
}

fn text(name: &[u8]) -> String {
    let name = name.strip_suffix(b"/").unwrap_or(name);
    let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}
