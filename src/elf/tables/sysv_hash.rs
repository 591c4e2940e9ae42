//! DT_HASH (gABI, "Hash Table").

use goblin::container::{Container, Ctx};
use goblin::elf::Sym;
use goblin::elf::header::EM_S390;
use goblin::elf::section_header::SHN_UNDEF;
use goblin::elf::sym::STB_LOCAL;

use super::allowance::Allowance;
use super::hash;
use super::image::{Image, record, string};
use crate::problem::Fault;

const WHAT: &str = "hash table";

pub struct SysvHash<'a> {
    ctx: Ctx,
    is_wide: bool,
    /// From its start on, and whatever follows.
    table: &'a [u8],
    buckets: u64,
    chains: u64,
}

impl<'a> SysvHash<'a> {
    /// The table at `address`.
    pub fn new(image: &Image<'a>, address: u64) -> Result<SysvHash<'a>, Fault> {
        let mut hash = SysvHash {
            ctx: image.ctx,
            is_wide: has_wide_hash(image.header.e_machine, image.ctx.container),
            table: image.rest_from_address(address, WHAT)?,
            buckets: 0,
            chains: 0,
        };
        hash.buckets = hash.entry(0)?;
        hash.chains = hash.entry(1)?;
        Ok(hash)
    }

    /// How many symbols there are: each has an entry among the chains.
    pub fn count(&self) -> u64 {
        self.chains
    }

    /// Whether it leads to every definition among the `symbols`, each in the
    /// bucket of its name, and nowhere else.
    ///
    /// Faults: those of reading, `Contradictory`.
    pub fn check(&self, symbols: &[u8], strings: &[u8], mut names: Allowance) -> Result<(), Fault> {
        let size = Sym::size(self.ctx.container);
        let symbol = |index: usize| -> Result<Sym, Fault> {
            record(symbols, (index * size) as u64, self.ctx, "symbol")
        };
        let mut found = vec![false; symbols.len() / size];
        for bucket in 0..self.buckets {
            let mut next = self.entry(2 + bucket)?;
            while next != 0 {
                let index = usize::try_from(next).unwrap_or(usize::MAX);
                // Twice would be a circle.
                match found.get_mut(index) {
                    Some(found) if !*found => *found = true,
                    _ => return Err(lies()),
                }
                let name = symbol(index)?.st_name as u64;
                let name = string(strings, name, "name of a symbol")?;
                names.take(name.len())?;
                if u64::from(hash::sysv(name)) % self.buckets != bucket {
                    return Err(lies());
                }
                next = self.entry(2 + self.buckets + next)?;
            }
        }
        for (index, found) in found.into_iter().enumerate() {
            let sym = symbol(index)?;
            let is_defined = sym.st_shndx as u32 != SHN_UNDEF && sym.st_bind() != STB_LOCAL;
            if is_defined && !found {
                return Err(lies());
            }
        }
        Ok(())
    }

    fn entry(&self, index: u64) -> Result<u64, Fault> {
        if self.is_wide {
            record(self.table, index.saturating_mul(8), self.ctx.le, WHAT)
        } else {
            record::<u32, _>(self.table, index.saturating_mul(4), self.ctx.le, WHAT).map(u64::from)
        }
    }
}

/// Two 64-bit machines have hash tables of 8-byte entries (binutils, bfd:
/// `elf_backend_size_info.sizeof_hash_entry`).
pub fn has_wide_hash(machine: u16, container: Container) -> bool {
    const EM_ALPHA: u16 = 0x9026;
    container == Container::Big && matches!(machine, EM_S390 | EM_ALPHA)
}

fn lies() -> Fault {
    Fault::Contradictory {
        what: "symbol table and hash table disagree on what is defined".into(),
    }
}
