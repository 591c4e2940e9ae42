//! What is found in a stream, whatever gives it.

use std::collections::BTreeSet;
use std::io::{self, Read};

use super::tar;
use super::wide::Wide;
use crate::relink::exchange::{Exchange, excerpt};
use crate::relink::scan::{Buffer, Window, windows};

/// How many references are told of one place. One more is no news.
const MOST: usize = 20;

/// References as texts, each once.
#[derive(Debug, Default)]
pub struct References(BTreeSet<String>);

impl References {
    pub fn add(&mut self, reference: impl FnOnce() -> String) {
        if self.0.len() < MOST {
            self.0.insert(reference());
        }
    }

    pub fn append(&mut self, other: References) {
        for reference in other.0 {
            self.add(|| reference);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for References {
    type Item = String;
    type IntoIter = std::collections::btree_set::IntoIter<String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// What a stream holds.
#[derive(Debug)]
pub struct Contents {
    /// What same-length rewriting can replace.
    pub plain: References,
    /// What it can't: wide text, and headers of tar archives.
    pub fixed: References,
    pub length: u64,
    /// The stream broke off: it isn't what it looked like, or is damaged.
    pub broken: bool,
}

impl Contents {
    pub fn any(&self) -> bool {
        !self.plain.is_empty() || !self.fixed.is_empty()
    }
}

/// Looks through streams, one after the other.
pub struct Searcher<'e, E> {
    pub editor: &'e E,
    wide: Wide,
    buffer: Buffer,
}

impl<'e, E: Exchange> Searcher<'e, E> {
    pub fn new(editor: &'e E) -> Self {
        Searcher {
            editor,
            wide: Wide::new(editor.store_dir()),
            buffer: Buffer::default(),
        }
    }

    /// Reads `reader` to its end, or to where it is damaged.
    ///
    /// Fails only if there is no memory to go on with.
    pub fn search(&mut self, reader: impl Read) -> io::Result<Contents> {
        let Searcher {
            editor,
            wide,
            buffer,
        } = self;
        let mut contents = Contents {
            plain: References::default(),
            fixed: References::default(),
            length: 0,
            broken: false,
        };
        let mut headers = tar::Headers::default();
        let mut reader = UntilBroken {
            reader,
            broken: false,
        };
        let length = windows(&mut reader, buffer, |window: Window| {
            let Window {
                bytes, offset, own, ..
            } = window;
            headers.feed(bytes, offset);
            editor.find(bytes, |found| {
                if !own.contains(&found.hash) {
                    return;
                }
                let at = offset + found.hash as u64;
                let reference = || excerpt(bytes, found.hash);
                match headers.meet(&(at..at + 1)) {
                    true => contents.fixed.add(reference),
                    false => contents.plain.add(reference),
                }
            });
            wide.find(*editor, bytes, own, |text| {
                let encoding = text.encoding();
                contents
                    .fixed
                    .add(|| format!("{} in {encoding}", text.reference));
            });
            Ok::<(), io::Error>(())
        });
        contents.length = length?;
        contents.broken = reader.broken;
        Ok(contents)
    }
}

/// Ends where `reader` fails, but for lack of memory, so that what it gave before is searched.
struct UntilBroken<R> {
    reader: R,
    broken: bool,
}

impl<R: Read> Read for UntilBroken<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.broken {
            return Ok(0);
        }
        match self.reader.read(bytes) {
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::Interrupted | io::ErrorKind::OutOfMemory
                ) =>
            {
                self.broken = true;
                Ok(0)
            }
            result => result,
        }
    }
}
