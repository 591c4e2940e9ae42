//! Interfaces as text.

use std::cell::Cell;

use bumpalo::Bump;
use stub_builder::elf;
use stub_builder::interface::text;
use stub_builder::problem::Fault;

use crate::facts::facts;
use crate::readelf::Readelf;

/// One stub in this many is shown to readelf.
const READELF: u64 = 1000;

thread_local! {
    static STUBS: Cell<u64> = const { Cell::new(0) };
    static SHOWN: Readelf = Readelf::new();
}

/// What can be read can be printed and read again, and a stub of it is one for
/// others, too.
pub fn parse(data: &[u8]) {
    let arena = Bump::new();
    let Ok(document) = text::parse(data, &arena) else {
        return;
    };
    let printed = text::print(&document.interface, &document.policy);
    let again = text::parse(printed.as_bytes(), &arena).unwrap();
    assert_eq!(again.interface, document.interface, "{printed}");
    assert_eq!(again.policy, document.policy, "{printed}");
    let canonical = document.policy.canonical(document.interface, |_| false);
    let Ok(interface) = canonical else {
        return;
    };
    match elf::write(&interface) {
        Ok(stub) => shown(&stub),
        Err(fault @ Fault::ReadBack { .. }) => panic!("{fault}"),
        Err(_) => {}
    }
}

fn shown(stub: &[u8]) {
    facts(stub).unwrap();
    STUBS.set(STUBS.get() + 1);
    if STUBS.get() % READELF == 1 {
        SHOWN.with(|readelf| readelf.agrees(stub, stub, stub, true)).unwrap();
    }
}
