//! The dynamic string table: every name of an interface, and where it starts.

use bstr::BStr;

use crate::interface::Interface;
use crate::problem::Fault;

/// The dynamic string table.
pub(super) struct Strings {
    pub bytes: Vec<u8>,
    pub symbols: Vec<u32>,
    pub soname: u32,
    pub needed: Vec<u32>,
    pub remarks: Vec<u32>,
    /// For each version definition its own name, then its parents'.
    pub versions: Vec<Vec<u32>>,
    /// For each requirement its file, and its versions.
    pub requirements: Vec<(u32, Vec<u32>)>,
}

impl Strings {
    pub fn of(interface: &Interface) -> Result<Strings, Fault> {
        let mut table = Table { bytes: vec![0] };
        let mut symbols = Vec::with_capacity(interface.symbols.len());
        let mut last: Option<(&BStr, u32)> = None;
        for symbol in &interface.symbols {
            // Versions of one name follow each other in the canonical order.
            let offset = match last {
                Some((name, offset)) if name == symbol.name => offset,
                _ => table.add(symbol.name)?,
            };
            symbols.push(offset);
            last = Some((symbol.name, offset));
        }
        let soname = match interface.soname {
            Some(name) => table.add(name)?,
            None => 0,
        };
        let needed = table.add_all(interface.needed.iter().copied())?;
        let remarks = table.add_all(interface.remarks.iter().map(|remark| remark.text))?;
        let mut versions = Vec::with_capacity(interface.versions.len());
        for version in &interface.versions {
            let names = [version.name]
                .into_iter()
                .chain(version.parents.iter().copied());
            versions.push(table.add_all(names)?);
        }
        let mut requirements = Vec::with_capacity(interface.requirements.len());
        for requirement in &interface.requirements {
            let file = table.add(requirement.file)?;
            let names = requirement.versions.iter().map(|version| version.name);
            requirements.push((file, table.add_all(names)?));
        }
        Ok(Strings {
            bytes: table.bytes,
            symbols,
            soname,
            needed,
            remarks,
            versions,
            requirements,
        })
    }
}

struct Table {
    bytes: Vec<u8>,
}

impl Table {
    fn add(&mut self, name: &BStr) -> Result<u32, Fault> {
        if memchr::memchr(0, name).is_some() {
            return Err(Fault::NotExpressible {
                what: "a name with a NUL byte".into(),
            });
        }
        let offset = u32::try_from(self.bytes.len()).map_err(|_| Fault::NotExpressible {
            what: "names of more than 4 GiB".into(),
        })?;
        self.bytes.extend_from_slice(name);
        self.bytes.push(0);
        Ok(offset)
    }

    fn add_all<'a>(&mut self, names: impl Iterator<Item = &'a BStr>) -> Result<Vec<u32>, Fault> {
        names.map(|name| self.add(name)).collect()
    }
}
