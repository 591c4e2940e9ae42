//! What was written is read again before it counts: symbol by symbol, since a
//! second list of them would cost as much memory as the first.

use crate::elf::read::File;
use crate::interface::Interface;
use crate::problem::Fault;

/// The first thing, in words, in which the interface in these bytes is not the one
/// that was meant.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub(super) fn difference(meant: &Interface, bytes: &[u8]) -> Result<Option<String>, Fault> {
    let file = File::new(bytes)?;
    let mut symbols = file.symbols()?;
    let mut wanted = meant.symbols.iter();
    loop {
        let written = symbols.next().transpose()?;
        match (wanted.next(), written) {
            (None, None) => break,
            (Some(meant), Some(written)) if *meant == written => {}
            (meant, written) => return Ok(Some(format!("meant {meant:?}, wrote {written:?}"))),
        }
    }
    let written = file.rest(symbols.places)?;
    macro_rules! compare {
        ($($field:ident),*) => {
            let Interface { symbols: _, $($field),* } = meant;
            $(if *$field != written.$field {
                let (name, written) = (stringify!($field), written.$field);
                return Ok(Some(format!("{name}: meant {:?}, wrote {written:?}", $field)));
            })*
        };
    }
    compare!(
        target,
        soname,
        needed,
        remarks,
        versions,
        requirements,
        objects,
        alignments,
        writable_relro,
        warnings,
        attributes,
        properties
    );
    Ok(None)
}
