//! Differences that say something of a linker, not of the stub: each with the
//! case in which it is expected, and what has to hold then.

use std::collections::BTreeSet;

use stub_builder::interface::{Definition, Interface};

use crate::assembly::Variant;
use crate::compare::{Difference, Side};
use crate::facts::Fact;
use crate::links::Linked;
use crate::machines::Linker;
use crate::output::{Output, static_names, without_section};

pub const SECTION_NUMBERS: &str =
    "bfd for ppc64le: stubs of the PLT are sorted by names with section numbers in them";
pub const NO_COPY: &str = "mold for ppc64le and riscv64: no copy relocation, the program has \
                           the address that data has in the library's file: broken";
pub const LOST_COPIES: &str =
    "bfd for ppc64le: copies under a weak alias overflow their table, others are lost: broken";
pub const TLS_GET_ADDR: &str =
    "gold for ppc64le: a pointer to __tls_get_addr_opt holds its address in the library's file";
pub const FIRST_REFUSED: &str =
    "bfd for mips64el: refuses copies, and names the first symbol that it meets";

/// A link in which a linker may show a quirk.
pub struct Scene<'a> {
    pub machine: &'static str,
    pub linker: Linker,
    pub variant: Variant,
    pub interface: &'a Interface<'a>,
}

impl Scene<'_> {
    /// Takes out the differences that are expected, and tells why they are.
    pub fn take_out(
        &self,
        real: &Linked,
        stub: &Linked,
        differences: &mut Vec<Difference>,
    ) -> Result<BTreeSet<&'static str>, String> {
        let mut quirks = BTreeSet::new();
        let before = differences.len();
        let named = |machine: &str| self.machine == machine && self.linker == Linker::Bfd;
        let quirk = if named("ppc64le") {
            take_out_lost_copies(real, stub, differences)?;
            LOST_COPIES
        } else if named("mips64el") {
            self.take_out_first_refused(differences);
            FIRST_REFUSED
        } else {
            return Ok(quirks);
        };
        if differences.len() < before {
            quirks.insert(quirk);
        }
        Ok(quirks)
    }

    /// What makes links to an exact stub differ though the same facts hold.
    pub fn of_bytes(&self, real: &Linked, stub: &Linked) -> Result<Option<&'static str>, String> {
        let (Some(real), Some(stub)) = (&real.output, &stub.output) else {
            return Ok(None);
        };
        if self.machine == "ppc64le"
            && self.linker == Linker::Bfd
            && self.variant == Variant::Libfirst
        {
            // elf64-ppc.c, `ppc_stub_name`; the stubs are built in the order of
            // the hash table of these names. Sections are numbered over all
            // inputs, and stubs have fewer of them than libraries.
            let (real, stub) = (static_names(real)?, static_names(stub)?);
            if real != stub && without_numbers(&real) == without_numbers(&stub) {
                return Ok(Some(SECTION_NUMBERS));
            }
        }
        if matches!(self.machine, "ppc64le" | "riscv64")
            && self.linker == Linker::Mold
            && !self.variant.is_pic()
        {
            // mold 1.10 goes by `Symbol::get_addr`, which for data of libraries
            // is st_value.
            let has_data = self.interface.symbols.iter().any(|symbol| {
                symbol.size > 0 && matches!(symbol.definition, Definition::Data { .. })
            });
            if has_data && without_section(real, ".text")? == without_section(stub, ".text")? {
                return Ok(Some(NO_COPY));
            }
        }
        if self.machine == "ppc64le" && self.linker == Linker::Gold {
            let exports = |name: &str| self.interface.symbols.iter().any(|s| s.name == name);
            if exports("__tls_get_addr_opt")
                && without_section(real, ".data")? == without_section(stub, ".data")?
            {
                return Ok(Some(TLS_GET_ADDR));
            }
        }
        Ok(None)
    }

    /// Of the same message once with this and once with that name of data.
    fn take_out_first_refused(&self, differences: &mut Vec<Difference>) {
        const MESSAGE: &str = "non-dynamic relocations refer to dynamic symbol ";
        let is_data = |name: &str| {
            let name = name.split('@').next().unwrap_or_default();
            let mut symbols = self.interface.symbols.iter();
            symbols.any(|symbol| {
                symbol.name == name && matches!(symbol.definition, Definition::Data { .. })
            })
        };
        let named = |difference: &Difference| match &difference.fact {
            Fact::Message(line) => {
                let (_, name) = line.split_once(MESSAGE)?;
                is_data(name).then_some(difference.only_with)
            }
            _ => None,
        };
        let sides: BTreeSet<Side> = differences.iter().filter_map(named).collect();
        if sides.len() == 2 {
            differences.retain(|difference| named(difference).is_none());
        }
    }
}

/// elf64-ppc.c has room for one copy relocation for each object
/// (`ppc64_elf_adjust_dynamic_symbol`), and writes one for each of its names
/// (`ppc64_elf_finish_dynamic_symbol`), over others or over the heap. Which
/// others depends on order; how many does not.
fn take_out_lost_copies(
    real: &Linked,
    stub: &Linked,
    differences: &mut Vec<Difference>,
) -> Result<(), String> {
    const R_PPC64_COPY: u32 = 19;
    let counts = |bytes| -> Result<(usize, bool), String> {
        let addresses = Output::read(bytes, R_PPC64_COPY)?.copy_addresses;
        let different: BTreeSet<&u64> = addresses.iter().collect();
        Ok((addresses.len(), different.len() < addresses.len()))
    };
    let crashed = |link: &Linked| {
        matches!(link.status, 134 | 139)
            && ["free(): invalid", "malloc(): ", "corrupted"]
                .iter()
                .any(|words| link.messages.contains(words))
    };
    match (&real.output, &stub.output) {
        (Some(real), Some(stub)) => {
            let (real, stub) = (counts(real)?, counts(stub)?);
            if real == stub && real.1 {
                differences.retain(|d| !matches!(d.fact, Fact::Relocation(R_PPC64_COPY, _)));
            }
        }
        (Some(real), None) if crashed(stub) && counts(real)?.1 => differences.clear(),
        (None, Some(stub)) if crashed(real) && counts(stub)?.1 => differences.clear(),
        _ => {}
    }
    Ok(())
}

fn without_numbers(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names
        .iter()
        .map(|name| match name.split_once(".plt_call.") {
            Some((_, name)) => name,
            None => name,
        })
        .collect();
    names.sort_unstable();
    names
}
