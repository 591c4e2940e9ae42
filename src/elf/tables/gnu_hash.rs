//! DT_GNU_HASH: symbols by name, without reading more than the way to them
//! (glibc, elf/dl-lookup.c, do_lookup_x).

use bstr::BStr;
use goblin::container::{Container, Ctx};
use goblin::elf::Sym;
use goblin::elf::dynamic::DT_SYMTAB;

use super::allowance::Allowance;
use super::dynamic::Dynamic;
use super::hash;
use super::image::{Image, malformed, record, string};
use crate::problem::Fault;

const WHAT: &str = "GNU hash table";

/// Linkers make as many buckets as a few symbols for each take. A chain of all symbols
/// would be gone through for each name that is looked for.
const LONGEST_CHAIN: u32 = 1 << 14;

pub struct GnuHash<'a> {
    ctx: Ctx,
    strings: &'a [u8],
    /// The symbol table and whatever follows it in its segment.
    symbols: &'a [u8],
    bloom: &'a [u8],
    bloom_shift: u32,
    buckets: &'a [u8],
    /// From the first hashed symbol on, and whatever follows.
    chains: &'a [u8],
    first: u32,
}

impl<'a> GnuHash<'a> {
    /// The table at the address `table`.
    pub fn new(image: &Image<'a>, dynamic: &Dynamic<'a>, table: u64) -> Result<Self, Fault> {
        let short = || malformed("the GNU hash table runs over the end of its segment");
        let table = image.rest_from_address(table, WHAT)?;
        let word = |index: u64| record::<u32, _>(table, index * 4, image.ctx.le, WHAT);
        let (buckets, first, masks, bloom_shift) = (word(0)?, word(1)?, word(2)?, word(3)?);
        let (bloom, rest) = table[16..]
            .split_at_checked(masks as usize * image.ctx.size())
            .ok_or_else(short)?;
        let (buckets, chains) = rest
            .split_at_checked(buckets as usize * 4)
            .ok_or_else(short)?;
        if bloom.is_empty() || buckets.is_empty() {
            return Err(malformed("an empty GNU hash table"));
        }
        let symbols = dynamic
            .value(DT_SYMTAB)
            .ok_or_else(|| malformed("the dynamic section names no symbol table"))?;
        Ok(GnuHash {
            ctx: image.ctx,
            strings: dynamic.strings,
            symbols: image.rest_from_address(symbols, "dynamic symbol table")?,
            bloom,
            bloom_shift,
            buckets,
            chains,
            first,
        })
    }

    /// The first symbol that it can hold.
    pub fn first(&self) -> u64 {
        self.first.into()
    }

    /// How many symbols there are, since those that it holds come last (binutils,
    /// bfd: `elf_gnu_hash_process_symidx`); `None` if it holds none.
    pub fn count(&self) -> Result<Option<u64>, Fault> {
        let mut last = 0;
        for bucket in 0..self.bucket_count() {
            last = last.max(self.bucket(bucket)?);
        }
        if last < self.first || last == 0 {
            return Ok(None);
        }
        while self.chain(last)? & 1 == 0 {
            last = last.checked_add(1).ok_or_else(lies)?;
        }
        Ok(Some(u64::from(last) + 1))
    }

    /// Whether it leads to each of the symbols from the first on, and to nothing
    /// else. The masks tell of those that it has lost.
    ///
    /// Faults: those of reading, `Contradictory`.
    pub fn check(&self, mut names: Allowance) -> Result<(), Fault> {
        let count = self.count()?.unwrap_or(self.first());
        let count = u32::try_from(count).map_err(|_| lies())?;
        let mut masks = vec![0u64; self.bloom.len() / self.ctx.size()];
        let mut chains = 0;
        let mut last = None;
        for index in self.first..count {
            let name = self.name(&self.symbol(index)?)?;
            names.take(name.len())?;
            let hash = hash::gnu(name);
            let bucket = hash % self.bucket_count();
            let entry = self.chain(index)?;
            let follows = last == Some(bucket);
            if entry | 1 != hash | 1 || !(follows || self.bucket(bucket)? == index) {
                return Err(lies());
            }
            chains += u32::from(!follows);
            last = (entry & 1 == 0).then_some(bucket);
            let (mask, bits) = self.mask_of(hash);
            masks[mask] |= bits;
        }
        let mut used = 0;
        for bucket in 0..self.bucket_count() {
            used += u32::from(self.bucket(bucket)? != 0);
        }
        let mut masks = masks.into_iter().enumerate();
        let same = masks.all(|(at, mask)| self.mask(at).is_ok_and(|found| found == mask));
        match last.is_none() && used == chains && same {
            true => Ok(()),
            false => Err(lies()),
        }
    }

    /// Whether `accept` takes a symbol with this name, given its index. A
    /// damaged table holds nothing, to the loader as to us.
    pub fn find(&self, name: &BStr, hash: u32, accept: impl FnMut(u32, &Sym) -> bool) -> bool {
        self.search(name, hash, accept).unwrap_or(false)
    }

    fn search(
        &self,
        name: &BStr,
        hash: u32,
        mut accept: impl FnMut(u32, &Sym) -> bool,
    ) -> Result<bool, Fault> {
        let (mask, bits) = self.mask_of(hash);
        if self.mask(mask)? & bits != bits {
            return Ok(false);
        }
        let mut index = self.bucket(hash % self.bucket_count())?;
        if index < self.first {
            return Ok(false);
        }
        let last = index.saturating_add(LONGEST_CHAIN);
        while index < last {
            let entry = self.chain(index)?;
            if entry | 1 == hash | 1 {
                let sym = self.symbol(index)?;
                if self.name(&sym)? == name && accept(index, &sym) {
                    return Ok(true);
                }
            }
            if entry & 1 == 1 {
                return Ok(false);
            }
            index = index.checked_add(1).ok_or_else(|| malformed(WHAT))?;
        }
        Err(lies())
    }

    /// The mask that a hash is told by, and the bits of it.
    fn mask_of(&self, hash: u32) -> (usize, u64) {
        let size = self.ctx.size();
        let bits = size as u32 * 8;
        let mask = (hash / bits) as usize % (self.bloom.len() / size);
        let second = hash.checked_shr(self.bloom_shift).unwrap_or(0);
        (mask, 1 << (hash % bits) | 1 << (second % bits))
    }

    fn mask(&self, index: usize) -> Result<u64, Fault> {
        let at = (index * self.ctx.size()) as u64;
        match self.ctx.container {
            Container::Little => record::<u32, _>(self.bloom, at, self.ctx.le, WHAT).map(u64::from),
            Container::Big => record(self.bloom, at, self.ctx.le, WHAT),
        }
    }

    fn bucket_count(&self) -> u32 {
        (self.buckets.len() / 4) as u32
    }

    fn bucket(&self, index: u32) -> Result<u32, Fault> {
        record(self.buckets, u64::from(index) * 4, self.ctx.le, WHAT)
    }

    /// What the chains say of a symbol, which is no less than the first.
    fn chain(&self, symbol: u32) -> Result<u32, Fault> {
        let at = u64::from(symbol - self.first) * 4;
        record(self.chains, at, self.ctx.le, WHAT)
    }

    fn symbol(&self, index: u32) -> Result<Sym, Fault> {
        let at = u64::from(index) * Sym::size(self.ctx.container) as u64;
        record(self.symbols, at, self.ctx, "symbol")
    }

    fn name(&self, sym: &Sym) -> Result<&'a BStr, Fault> {
        string(self.strings, sym.st_name as u64, "name of a symbol")
    }
}

fn lies() -> Fault {
    Fault::Contradictory {
        what: "symbol table and GNU hash table disagree on what is defined".into(),
    }
}
