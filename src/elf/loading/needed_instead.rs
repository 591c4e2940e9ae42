//! A dynamic section with a few DT_NEEDED in place of all.

use std::ops::Range;

use goblin::elf::Dyn;
use goblin::elf::dynamic::{DT_NEEDED, DT_NULL};
use scroll::Pwrite;

use crate::elf::offset_in;
use crate::elf::tables::{Dynamic, Image, malformed};
use crate::problem::Fault;

/// Where in a file bytes lie, and how they are to read.
pub type Rewritten = (Range<usize>, Vec<u8>);

/// The dynamic section of the file with these bytes: where it lies, and how it
/// reads when the first DT_NEEDED name the strings at `names`, offsets in the
/// file, and the others are gone. What follows them moves up; DT_NULLs fill the
/// end. `None` if there are fewer of them.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn needed_instead(bytes: &[u8], names: &[usize]) -> Result<Option<Rewritten>, Fault> {
    let image = Image::new(bytes)?;
    let (Some(dynamic), Some(segment)) = (Dynamic::new(&image)?, image.dynamic_segment()) else {
        return Err(malformed("no dynamic section"));
    };
    let table = offset_in(bytes, dynamic.strings);
    let in_table = |name: &usize| {
        name.checked_sub(table)
            .filter(|&at| at < dynamic.strings.len())
            .ok_or_else(|| malformed("a string outside of the dynamic string table"))
    };
    let strings: Vec<usize> = names.iter().map(in_table).collect::<Result<_, _>>()?;
    let mut strings = strings.into_iter();
    let kept = dynamic.entries.iter().filter_map(|entry| {
        if entry.d_tag != DT_NEEDED {
            return Some(entry.clone());
        }
        strings.next().map(|string| Dyn {
            d_tag: DT_NEEDED,
            d_val: string as u64,
        })
    });
    let mut kept: Vec<Dyn> = kept.collect();
    if strings.next().is_some() {
        return Ok(None);
    }
    let end = Dyn {
        d_tag: DT_NULL,
        d_val: 0,
    };
    kept.resize(dynamic.entries.len(), end);
    let size = Dyn::size(image.ctx.container);
    let mut written = vec![0; kept.len() * size];
    for (index, entry) in kept.into_iter().enumerate() {
        let put = written.pwrite_with(entry, index * size, image.ctx);
        put.map_err(|error| malformed(format!("dynamic section: {error}")))?;
    }
    let start = segment.p_offset as usize;
    Ok(Some((start..start + written.len(), written)))
}
