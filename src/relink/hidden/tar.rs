//! Where the headers of a tar stream are: a path in one is under its checksum
//! (POSIX, "ustar Interchange Format").

use std::ops::Range;

const BLOCK: u64 = 512;
const SIZE: Range<usize> = 124..136;
const CHECKSUM: Range<usize> = 148..156;
const MAGIC: Range<usize> = 257..262;

/// Follows a stream from its start.
#[derive(Debug, Default)]
pub struct Headers {
    /// Where the next header begins; `None` behind the last, or if the stream
    /// is no tar archive.
    next: Ended,
    /// Those that have been seen and may still matter.
    seen: Vec<u64>,
}

#[derive(Debug)]
struct Ended(Option<u64>);

impl Default for Ended {
    fn default() -> Self {
        Ended(Some(0))
    }
}

impl Headers {
    /// `bytes` begin at `offset` of the stream, and overlap with those before.
    pub fn feed(&mut self, bytes: &[u8], offset: u64) {
        self.seen.retain(|at| at + BLOCK > offset);
        let end = offset + bytes.len() as u64;
        while let Some(at) = self.next.0
            && at.saturating_add(BLOCK) <= end
        {
            let block = at
                .checked_sub(offset)
                .and_then(|start| bytes.get(start as usize..)?.get(..BLOCK as usize));
            self.next.0 = block.and_then(|block| {
                let size = if block.iter().all(|&byte| byte == 0) && at > 0 {
                    0
                } else {
                    let size = size(block)?;
                    self.seen.push(at);
                    size
                };
                size.checked_next_multiple_of(BLOCK)?
                    .checked_add(BLOCK)?
                    .checked_add(at)
            });
        }
    }

    /// Whether any of `range` is in a header.
    pub fn meet(&self, range: &Range<u64>) -> bool {
        let mut seen = self.seen.iter();
        seen.any(|&at| range.start < at + BLOCK && at < range.end)
    }
}

/// How much follows the header `block`; `None` if it is none.
fn size(block: &[u8]) -> Option<u64> {
    if &block[MAGIC] != b"ustar" {
        return None;
    }
    let sum = |(at, &byte): (usize, &u8)| match CHECKSUM.contains(&at) {
        true => u64::from(b' '),
        false => u64::from(byte),
    };
    let sum: u64 = block.iter().enumerate().map(sum).sum();
    if number(&block[CHECKSUM])? != sum {
        return None;
    }
    // A hard link or a symlink can tell the size of what it leads to.
    match block[156] {
        b'1'..=b'6' => Some(0),
        _ => number(&block[SIZE]),
    }
}

/// Octal digits, or base 256 where the first bit is set (GNU tar).
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let mut digits = field[1..].iter();
        return digits.try_fold(u64::from(field[0] & 0x7f), |number, &digit| {
            Some(number.checked_mul(256)? | u64::from(digit))
        });
    }
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches(|c: char| c == ' ' || c == '\0');
    u64::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, size: usize) -> Vec<u8> {
        let mut block = vec![0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[SIZE].copy_from_slice(format!("{size:011o}\0").as_bytes());
        block[MAGIC].copy_from_slice(b"ustar");
        block[CHECKSUM].fill(b' ');
        let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
        block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block.resize(512 + size.next_multiple_of(512), b'x');
        block
    }

    #[test]
    fn headers_are_told_from_contents() {
        let mut tar = member("a", 5);
        tar.extend(member("b", 2000));
        tar.extend(member("c", 0));
        tar.extend([0; 1024]);
        for step in [512, 600, 5000] {
            let mut headers = Headers::default();
            let mut at = 0;
            let mut met = Vec::new();
            while at < tar.len() {
                let end = (at + step + 512).min(tar.len());
                headers.feed(&tar[at..end], at as u64);
                let places = (at as u64..end.min(at + step) as u64).step_by(100);
                met.extend(places.filter(|at| headers.meet(&(*at..at + 1))));
                at += step;
            }
            for at in met {
                let header = at < 512 || (1024..1536).contains(&at) || (3584..4096).contains(&at);
                assert!(header, "{step} {at}");
            }
            let mut headers = Headers::default();
            headers.feed(&tar, 0);
            assert_eq!(headers.seen, [0, 1024, 3584]);
        }
    }

    #[test]
    fn what_is_no_tar_has_no_headers() {
        let mut damaged = member("a", 5);
        damaged[3] = b'x';
        for bytes in [b"ustar".to_vec(), vec![0; 4096], vec![0xff; 4096], damaged] {
            let mut headers = Headers::default();
            headers.feed(&bytes, 0);
            assert!(headers.seen.is_empty());
        }
    }
}
