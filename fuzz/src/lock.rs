//! The lock file.

use stub_builder::lock;

/// What can be read can be printed and read again.
pub fn parse(data: &[u8]) {
    if let Ok(pins) = lock::parse(data) {
        let printed = lock::print(&pins);
        let again = lock::parse(printed.as_bytes()).unwrap();
        assert_eq!(lock::print(&again), printed);
    }
}
