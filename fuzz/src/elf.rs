//! ELF file to stub, and what the loader's side of the reader sees.

use bstr::BStr;
use stub_builder::elf::{self, FileKind};
use stub_builder::interface::normalize;
use stub_builder::problem::Fault;

use crate::facts::facts;

/// A stub has the symbols that another reader finds in the file.
pub fn read(data: &[u8]) {
    let kind = elf::identify(data);
    let _ = elf::is_stub(data);
    let _ = elf::needed(data);
    if let Ok(strings) = elf::StringUsers::new(data) {
        let _ = strings.search_path();
        let _ = strings.names_within(&[10..50, 400..data.len().max(400)]);
    }
    let name = BStr::new("malloc");
    let _ = elf::Exports::new(data).map(|exports| exports.contains(name));
    let definitions = elf::Definitions::new(data);
    if let (Ok(definitions), Ok(imports)) = (definitions, elf::imports(data)) {
        for import in imports.symbols.iter().take(20) {
            let found = definitions.find(&elf::Wanted::new(import), true);
            let _ = found.map(|found| definitions.alignment(&found));
        }
    }
    let Ok(Some(FileKind::SharedObject { .. })) = kind else {
        return;
    };
    let Ok(interface) = elf::read(data) else {
        return;
    };
    let exact = match elf::write(&interface) {
        Ok(exact) => exact,
        Err(Fault::NotExpressible { .. }) => return,
        Err(fault) => panic!("{fault}"),
    };
    let stub = facts(&exact).unwrap();
    if let Ok(file) = facts(data)
        && file.has_sections
    {
        assert_eq!(file.symbols, stub.symbols);
    }
    let canonical = elf::write(&normalize(interface, |_| false));
    if let Err(fault @ Fault::ReadBack { .. }) = canonical {
        panic!("{fault}");
    }
}
