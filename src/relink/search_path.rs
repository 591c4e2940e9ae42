//! DT_RUNPATH and DT_RPATH: each directory of a stand-in becomes those of the
//! real outputs that supply what the file needs.

use std::collections::HashSet;

use bstr::{BStr, ByteSlice};

use super::edit::{Editor, Replacement};
use super::replace::padded;
use super::target::{Context, Kind, World};
use crate::problem::Fault;

/// One directory of the new path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Directory {
    /// The store path that the gap can follow; empty if the directory stays as
    /// it was written.
    real: String,
    rest: Vec<u8>,
}

/// How many files a search may look for. Linkers write a few hundred directories for
/// a few hundred libraries at most.
const MOST_LOOKED_FOR: usize = 1 << 18;

/// No file's name is longer (NAME_MAX in linux/limits.h).
const LONGEST_NAME: usize = 255;

/// The new value of a search path, as long as `path`; `None` if nothing in it
/// is to be replaced. `needed` are the file's DT_NEEDED.
///
/// Faults: those of [`Editor::replacement`], `NoRoom`, `SearchPath`, `Malformed`.
pub fn rewrite<W: World>(
    editor: &Editor<W>,
    path: &[u8],
    needed: &[&BStr],
) -> Result<Option<Vec<u8>>, Fault> {
    if !editor.finds(path) {
        return Ok(None);
    }
    let entries: Vec<&[u8]> = path.split(|&byte| byte == b':').collect();
    let libraries = needed.len().max(1);
    if entries.len() * libraries > MOST_LOOKED_FOR {
        let directories = entries.len();
        return Err(Fault::Malformed {
            what: format!("a search path of {directories} directories for {libraries} libraries"),
        });
    }
    let mut slots = Vec::new();
    for entry in &entries {
        slots.push(vec![directory(editor, entry, needed)?]);
    }
    supply(editor, &entries, needed, &mut slots);
    // What was the same tree under several names may be one directory now.
    let mut seen: HashSet<Directory> = HashSet::new();
    for slot in &mut slots {
        slot.retain(|directory| {
            let is_new = seen.insert(directory.clone());
            is_new || directory.real.is_empty()
        });
    }
    lay_out(&entries, &slots, path.len()).map(Some)
}

/// What takes the place of one entry, as far as one directory can.
fn directory<W: World>(
    editor: &Editor<W>,
    entry: &[u8],
    needed: &[&BStr],
) -> Result<Directory, Fault> {
    let as_it_is = Directory {
        real: String::new(),
        rest: entry.to_vec(),
    };
    let mut found = None;
    editor.find(entry, |place| found = found.or(Some(place)));
    let Some(found) = found else {
        return Ok(as_it_is);
    };
    if let Some((outputs, below)) = editor.outputs(entry, found)
        && let Some(real) = best(editor, &outputs, &below, needed)
    {
        return Ok(Directory {
            real: real.to_owned(),
            rest: below.into_bytes(),
        });
    }
    let Replacement {
        range, real, rest, ..
    } = editor.replacement(entry, found, Context::Elsewhere)?;
    // In front of the path there is nothing, but in `/usr/lib;/nix/store/...`.
    let mut before = entry[..range.start].to_vec();
    before.extend_from_slice(real.as_bytes());
    let behind = [rest.as_bytes(), &entry[range.end..]].concat();
    Ok(match String::from_utf8(before) {
        Ok(real) => Directory { real, rest: behind },
        Err(_) => as_it_is,
    })
}

/// The output that supplies most, the first of several.
fn best<'m, W: World>(
    editor: &Editor<W>,
    outputs: &[&'m str],
    below: &str,
    needed: &[&BStr],
) -> Option<&'m str> {
    let mut best: Option<(&str, usize)> = None;
    for output in outputs {
        let directory = format!("{output}{below}");
        let count = needed
            .iter()
            .filter(|name| holds(editor, &directory, name))
            .count();
        if count > best.map_or(0, |(_, most)| most) {
            best = Some((output, count));
        }
    }
    best.map(|(output, _)| output)
}

fn holds<W: World>(editor: &Editor<W>, directory: &str, name: &BStr) -> bool {
    if name.len() > LONGEST_NAME {
        return false;
    }
    let file = name.to_str().map(|name| format!("{directory}/{name}"));
    file.is_ok_and(|file| editor.world.kind(&file) == Some(Kind::File))
}

/// Adds the outputs that supply what none of the directories has so far.
fn supply<W: World>(
    editor: &Editor<W>,
    entries: &[&[u8]],
    needed: &[&BStr],
    slots: &mut [Vec<Directory>],
) {
    for name in needed {
        let has = |directory: &Directory| {
            let rest = String::from_utf8_lossy(&directory.rest);
            holds(editor, &format!("{}{rest}", directory.real), name)
        };
        if slots.iter().flatten().any(has) {
            continue;
        }
        let supplier = entries.iter().zip(0..).find_map(|(entry, slot)| {
            let mut found = None;
            editor.find(entry, |place| found = found.or(Some(place)));
            let (outputs, below) = editor.outputs(entry, found?)?;
            let mut outputs = outputs.into_iter();
            let real = outputs.find(|output| holds(editor, &format!("{output}{below}"), name))?;
            let directory = Directory {
                real: real.to_owned(),
                rest: below.into_bytes(),
            };
            Some((slot, directory))
        });
        if let Some((slot, directory)) = supplier {
            let slot: usize = slot;
            slots[slot].push(directory);
        }
    }
}

/// The directories in `length` bytes: each where its entry was, or all of them
/// one after the other with the gap in the last.
fn lay_out(entries: &[&[u8]], slots: &[Vec<Directory>], length: usize) -> Result<Vec<u8>, Fault> {
    let each = entries
        .iter()
        .zip(slots)
        .map(|(entry, slot)| match slot.as_slice() {
            [one] => one.padded_to(entry.len()),
            _ => None,
        });
    if let Some(each) = each.collect::<Option<Vec<_>>>() {
        return Ok(each.join(&b':'));
    }
    let all: Vec<&Directory> = slots.iter().flatten().collect();
    let no_room = || Fault::SearchPath {
        outputs: all.iter().map(|directory| directory.real.clone()).collect(),
    };
    let gap_in = all
        .iter()
        .rposition(|directory| !directory.real.is_empty())
        .ok_or_else(no_room)?;
    let others = all.iter().enumerate().filter(|(index, _)| *index != gap_in);
    let others: usize = others.map(|(_, directory)| directory.length() + 1).sum();
    let room = length.checked_sub(others).ok_or_else(no_room)?;
    let mut texts = Vec::new();
    for (index, directory) in all.iter().enumerate() {
        let length = if index == gap_in {
            room
        } else {
            directory.length()
        };
        texts.push(directory.padded_to(length).ok_or_else(no_room)?);
    }
    Ok(texts.join(&b':'))
}

impl Directory {
    fn length(&self) -> usize {
        self.real.len() + self.rest.len()
    }

    /// As so many bytes.
    fn padded_to(&self, length: usize) -> Option<Vec<u8>> {
        if self.real.is_empty() {
            return (self.rest.len() == length).then(|| self.rest.clone());
        }
        padded(
            &self.real,
            &String::from_utf8_lossy(&self.rest),
            length,
            None,
        )
    }
}
