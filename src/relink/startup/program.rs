//! A program that needs its load list and little else.

use std::ops::Range;

use bstr::BStr;

use super::Edit;
use crate::elf;
use crate::problem::Fault;

/// The edits of the program with these bytes that make it need what is at these
/// paths, and nothing else. No byte moves: the paths go behind the search path,
/// which is written without spare slashes. `None` if that leaves no room.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn needs(bytes: &[u8], paths: &[&BStr]) -> Result<Option<Vec<Edit>>, Fault> {
    let Some((range, room)) = room(bytes)? else {
        return Ok(None);
    };
    let mut text = collapsed(&bytes[range.clone()]);
    text.push(0);
    let mut names = Vec::with_capacity(paths.len());
    for path in paths {
        names.push(range.start + text.len());
        text.extend_from_slice(path);
        text.push(0);
    }
    if text.len() > room {
        return Ok(None);
    }
    text.resize(room, 0);
    let search = Edit {
        at: range.start,
        bytes: text,
    };
    let needed = elf::needed_instead(bytes, &names)?;
    Ok(needed.map(|(dynamic, entries)| {
        let needed = Edit {
            at: dynamic.start,
            bytes: entries,
        };
        vec![search, needed]
    }))
}

/// Where the search path lies, and how many bytes from there on, NULs included,
/// are its own: linkers let names that it ends in share its bytes.
pub(super) fn room(bytes: &[u8]) -> Result<Option<(Range<usize>, usize)>, Fault> {
    let users = elf::StringUsers::new(bytes)?;
    let Some(search) = users.search_path()? else {
        return Ok(None);
    };
    let [range] = search.paths.as_slice() else {
        return Ok(None);
    };
    let shared = users.names_within(std::slice::from_ref(range))?;
    let end = shared.first().copied().unwrap_or(range.end + 1);
    Ok(Some((range.clone(), end - range.start)))
}

/// A search path without spare slashes.
pub(super) fn collapsed(path: &[u8]) -> Vec<u8> {
    let mut result: Vec<u8> = Vec::with_capacity(path.len());
    for (index, entry) in path.split(|&byte| byte == b':').enumerate() {
        if index > 0 {
            result.push(b':');
        }
        let start = result.len();
        for &byte in entry {
            if byte != b'/' || result.len() == start || result.last() != Some(&b'/') {
                result.push(byte);
            }
        }
        if result.len() > start + 2 && result.ends_with(b"/.") {
            result.truncate(result.len() - 2);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::collapsed;

    #[test]
    fn spare_slashes_go() {
        for (path, expected) in [
            ("/s/h-a////lib:/s/h-b///.", "/s/h-a/lib:/s/h-b"),
            ("$ORIGIN/../lib", "$ORIGIN/../lib"),
            (":/", ":/"),
        ] {
            assert_eq!(collapsed(path.as_bytes()), expected.as_bytes());
        }
    }
}
