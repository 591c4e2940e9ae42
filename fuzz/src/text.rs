//! Interfaces as text.

use bumpalo::Bump;
use stub_builder::elf;
use stub_builder::interface::text;
use stub_builder::problem::Fault;

/// What can be read can be printed and read again, and a stub of it says the
/// same.
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
    if let Ok(interface) = canonical
        && let Err(fault @ Fault::ReadBack { .. }) = elf::write(&interface)
    {
        panic!("{fault}");
    }
}
