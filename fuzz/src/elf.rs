//! ELF file to stub, and what the loader's side of the reader sees.

use std::cell::RefCell;

use crate::judge::{Judge, Verdict};

/// One stub in this many is shown to readelf.
const READELF: u64 = 1000;

thread_local! {
    static JUDGE: RefCell<Judge> = RefCell::new(Judge::new(READELF));
}

/// A problem with a code, or a stub with the symbols that others find in the file.
pub fn read(data: &[u8]) {
    let verdict = JUDGE.with_borrow_mut(|judge| judge.mutant(data));
    if let Verdict::Wrong(what) = verdict {
        panic!("{what}");
    }
}
