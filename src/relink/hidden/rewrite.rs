//! A stream written anew with all paths replaced, as long as it was.

use std::io::{self, Read, Write};

use flate2::Crc;

use crate::problem::Fault;
use crate::relink::exchange::Exchange;
use crate::relink::scan::{BEFORE, Buffer, Window, windows};
use crate::relink::tally::Tally;

/// What was written.
#[derive(Debug)]
pub struct Written {
    pub replaced: Tally,
    pub length: u64,
    pub crc: u32,
}

/// What lies in the way.
#[derive(Debug)]
pub enum Stop {
    Io(io::Error),
    Faults(Vec<Fault>),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

impl Stop {
    /// For the list of problems of the file.
    pub fn faults(self) -> Vec<Fault> {
        match self {
            Stop::Io(error) => vec![Fault::io("compress again", &error)],
            Stop::Faults(faults) => faults,
        }
    }
}

/// How many faults of one stream are told.
const MOST: usize = 20;

/// Bytes to write over others, by their place in the stream.
struct Patch {
    at: u64,
    bytes: Vec<u8>,
}

/// Copies `reader` to `writer` with all paths replaced.
pub fn rewrite<E: Exchange>(
    editor: &E,
    reader: impl Read,
    writer: &mut impl Write,
) -> Result<Written, Stop> {
    let mut patches: Vec<Patch> = Vec::new();
    let mut faults: Vec<Fault> = Vec::new();
    let mut chunk = Vec::new();
    let mut crc = Crc::new();
    let mut replaced = Tally::default();
    let mut written = 0;
    let length = windows(reader, &mut Buffer::default(), |window: Window| {
        let Window {
            bytes, offset, own, ..
        } = window;
        editor.find(bytes, |found| {
            if !own.contains(&found.hash) || faults.len() >= MOST {
                return;
            }
            match editor.exchanged(bytes, found) {
                Ok(new) => {
                    replaced.add(new.from, new.to, 1);
                    patches.push(Patch {
                        at: offset + new.at as u64,
                        bytes: new.bytes,
                    });
                }
                Err(fault) => faults.push(fault),
            }
        });
        // A path that is found in the next window may begin this far in front.
        let last = own.end == bytes.len();
        let end = if last { own.end } else { own.end - BEFORE };
        let start = (written - offset) as usize;
        chunk.clear();
        chunk.extend_from_slice(&bytes[start..end]);
        let chunk_end = written + chunk.len() as u64;
        for patch in &patches {
            apply(patch, &mut chunk, written);
        }
        patches.retain(|patch| patch.at + patch.bytes.len() as u64 > chunk_end);
        written = chunk_end;
        crc.update(&chunk);
        Ok::<(), Stop>(writer.write_all(&chunk)?)
    })?;
    if !faults.is_empty() {
        faults.sort();
        faults.dedup();
        return Err(Stop::Faults(faults));
    }
    Ok(Written {
        replaced,
        length,
        crc: crc.sum(),
    })
}

/// Puts there what of `patch` lies in `chunk`, which begins at `start`.
fn apply(patch: &Patch, chunk: &mut [u8], start: u64) {
    let skipped = start.saturating_sub(patch.at);
    let at = patch.at.saturating_sub(start);
    if skipped >= patch.bytes.len() as u64 || at >= chunk.len() as u64 {
        return;
    }
    let bytes = &patch.bytes[skipped as usize..];
    let place = &mut chunk[at as usize..];
    let length = bytes.len().min(place.len());
    place[..length].copy_from_slice(&bytes[..length]);
}

/// Fails unless `reader` gives what was written.
pub fn verify(reader: impl Read, written: &Written) -> io::Result<()> {
    let mut crc = flate2::CrcWriter::new(io::sink());
    let length = io::copy(&mut { reader }, &mut crc)?;
    if (length, crc.crc().sum()) != (written.length, written.crc) {
        return Err(io::Error::other("it reads back differently"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relink::hidden::fixture::{COMPILE, editor, manifest};
    use crate::relink::target::Context;
    use proptest::prelude::*;

    /// Gives its bytes in pieces of any size.
    struct Pieces<'b>(&'b [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(bytes.len());
            (&mut self.0).take(count as u64).read(bytes)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_stream_is_replaced_as_one_piece_of_text_is(
            gaps in prop::collection::vec(0usize..90_000, 0..12),
            near in prop::collection::vec(-150i64..150, 0..4),
            piece in 1usize..70_000,
        ) {
            let stand_in = crate::store::placeholder("zlib");
            let paths = [format!("{stand_in}/lib/x"), format!(" {COMPILE}:"), stand_in];
            let mut text = Vec::new();
            for (index, gap) in gaps.iter().enumerate() {
                text.resize(text.len() + gap, b'.');
                text.extend(paths[index % 3].bytes());
            }
            // Where windows begin and end: 256 KiB, and 1 KiB in front.
            for (index, near) in near.iter().enumerate() {
                let path = paths[index % 3].as_bytes();
                let step = 262_144 + if index > 1 { 5 << 10 } else { 0 };
                let at = (step * (1 + index as i64 % 2) + near) as usize;
                text.resize(text.len().max(at + path.len()), b'.');
                text[at..at + path.len()].copy_from_slice(path);
            }

            let manifest = manifest();
            let editor = editor(&manifest);
            let mut expected = text.clone();
            let mut count = 0;
            editor.find(&text, |found| {
                let new = editor.replacement(&text, found, Context::Elsewhere).unwrap();
                let bytes = editor.fit(&text, &new).unwrap();
                expected[new.range].copy_from_slice(&bytes);
                count += 1;
            });
            let mut result = Vec::new();
            let pieces = Pieces(&text, piece);
            let written = rewrite(&editor, pieces, &mut result).unwrap();
            prop_assert!(result == expected);
            prop_assert_eq!((written.replaced.count(), written.length), (count, text.len() as u64));
            verify(&*expected, &written).unwrap();
            if count > 0 {
                prop_assert!(verify(&*text, &written).is_err());
            }
        }
    }
}
