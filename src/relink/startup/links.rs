//! A search path that begins with a directory of links.

use bstr::BStr;
use memchr::memmem;

use super::Edit;
use super::program::{collapsed, room};
use crate::elf;
use crate::problem::Fault;

/// The edit of the file with these bytes that has the loader search `directory`
/// after the first `before` directories of its search path. All others stay, so
/// that a name that the directory doesn't have is found where it was. `None` if
/// there is no room.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn searches(bytes: &[u8], directory: &str, before: usize) -> Result<Option<Edit>, Fault> {
    let Some((range, room)) = room(bytes)? else {
        return Ok(None);
    };
    let path = collapsed(&bytes[range.clone()]);
    let mut entries: Vec<&[u8]> = path.split(|&byte| byte == b':').collect();
    entries.insert(before.min(entries.len()), directory.as_bytes());
    let mut text = entries.join(&b':');
    text.push(0);
    if text.len() > room {
        return Ok(None);
    }
    text.resize(room, 0);
    Ok(Some(Edit {
        at: range.start,
        bytes: text,
    }))
}

/// Whether the library with these bytes may look for something beside itself,
/// and so must be loaded from where it lies: it names `$ORIGIN`, or asks the
/// loader where it is. What cannot be read is left alone, too.
pub fn asks_where_it_is(bytes: &[u8]) -> bool {
    const ASKING: [&str; 3] = ["dladdr", "dladdr1", "dlinfo"];
    let origin = [&b"$ORIGIN"[..], b"${ORIGIN}"];
    origin
        .iter()
        .any(|token| memmem::find(bytes, token).is_some())
        || elf::imports(bytes).map_or(true, |imports| {
            let mut symbols = imports.symbols.iter();
            symbols.any(|symbol| ASKING.iter().any(|name| symbol.name == BStr::new(name)))
        })
}
