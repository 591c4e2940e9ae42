//! What `nix-store --export` writes: NARs of store paths, each followed by what
//! the store knows of it (libstore/export-import.cc). All numbers are of eight
//! bytes, little end first; texts have their length before them and are filled
//! up to a multiple of eight.
//!
//! Only files are read here, as derivations are; there may be thousands.

use std::collections::HashMap;
use std::io::{self, Read};

/// EXPORT_MAGIC.
const MAGIC: u64 = 0x4558_494e;

/// Longer than any derivation.
const LIMIT: u64 = 1 << 30;

/// The files in the stream, by their store paths.
pub fn files(stream: &mut impl Read) -> io::Result<HashMap<String, Vec<u8>>> {
    let mut files = HashMap::new();
    while number(stream)? == 1 {
        let contents = file(stream)?;
        if number(stream)? != MAGIC {
            return Err(unlike("no mark behind a NAR"));
        }
        let path = text(stream)?;
        for _references in 0..number(stream)? {
            text(stream)?;
        }
        let _deriver = text(stream)?;
        let _signature = number(stream)?;
        files.insert(path, contents);
    }
    Ok(files)
}

/// The contents of a NAR that is one file (libutil/archive.cc).
fn file(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    for word in ["nix-archive-1", "(", "type", "regular"] {
        expect(stream, word)?;
    }
    let mut word = bytes(stream)?;
    if word == b"executable" {
        bytes(stream)?;
        word = bytes(stream)?;
    }
    if word != b"contents" {
        return Err(unlike("a NAR of something else than a file"));
    }
    let contents = bytes(stream)?;
    expect(stream, ")")?;
    Ok(contents)
}

fn expect(stream: &mut impl Read, word: &str) -> io::Result<()> {
    match bytes(stream)? == word.as_bytes() {
        true => Ok(()),
        false => Err(unlike("a NAR of something else than a file")),
    }
}

fn number(stream: &mut impl Read) -> io::Result<u64> {
    let mut number = [0; 8];
    stream.read_exact(&mut number)?;
    Ok(u64::from_le_bytes(number))
}

fn bytes(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = number(stream)?;
    if length > LIMIT {
        return Err(unlike("a text of absurd length"));
    }
    let mut bytes = Vec::new();
    stream
        .take(length.next_multiple_of(8))
        .read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    Ok(bytes)
}

fn text(stream: &mut impl Read) -> io::Result<String> {
    String::from_utf8(bytes(stream)?).map_err(|_| unlike("a path that is not UTF-8"))
}

fn unlike(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(text: &str, to: &mut Vec<u8>) {
        to.extend((text.len() as u64).to_le_bytes());
        to.extend(text.as_bytes());
        to.resize(to.len().next_multiple_of(8), 0);
    }

    #[test]
    fn files_are_read_and_nothing_but_files() {
        let mut stream = Vec::new();
        for (path, contents) in [("/s/a.drv", "one"), ("/s/b.drv", "eight..!")] {
            stream.extend(1u64.to_le_bytes());
            for word in ["nix-archive-1", "(", "type", "regular", "contents"] {
                framed(word, &mut stream);
            }
            framed(contents, &mut stream);
            framed(")", &mut stream);
            stream.extend(MAGIC.to_le_bytes());
            framed(path, &mut stream);
            stream.extend(1u64.to_le_bytes());
            framed("/s/reference", &mut stream);
            framed("", &mut stream);
            stream.extend(0u64.to_le_bytes());
        }
        stream.extend(0u64.to_le_bytes());
        let read = files(&mut stream.as_slice()).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read["/s/b.drv"], b"eight..!");
        for end in 0..stream.len() {
            assert!(files(&mut &stream[..end]).is_err(), "{end}");
        }
        let directory = String::from_utf8_lossy(&stream).replace("regular", "directo");
        assert!(files(&mut directory.as_bytes()).is_err());
    }
}
