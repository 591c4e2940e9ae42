//! DT_GNU_HASH: symbols by name, without reading more than the way to them
//! (glibc, elf/dl-lookup.c, do_lookup_x).

use bstr::BStr;
use goblin::container::{Container, Ctx};
use goblin::elf::Sym;
use goblin::elf::dynamic::DT_SYMTAB;

use super::dynamic::Dynamic;
use super::image::{Image, malformed, record, string};
use crate::problem::Fault;

pub(super) struct GnuHash<'a> {
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
        const WHAT: &str = "GNU hash table";
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
        const WHAT: &str = "GNU hash table";
        let le = self.ctx.le;
        let bits = self.ctx.size() as u32 * 8;
        let masks = (self.bloom.len() / self.ctx.size()) as u32;
        let mask = u64::from(hash / bits % masks);
        let mask: u64 = match self.ctx.container {
            Container::Little => record::<u32, _>(self.bloom, mask * 4, le, WHAT)?.into(),
            Container::Big => record(self.bloom, mask * 8, le, WHAT)?,
        };
        let second = hash.checked_shr(self.bloom_shift).unwrap_or(0);
        if mask >> (hash % bits) & mask >> (second % bits) & 1 == 0 {
            return Ok(false);
        }
        let buckets = (self.buckets.len() / 4) as u32;
        let bucket = u64::from(hash % buckets) * 4;
        let mut index: u32 = record(self.buckets, bucket, le, WHAT)?;
        if index < self.first {
            return Ok(false);
        }
        loop {
            let chain = u64::from(index - self.first) * 4;
            let entry: u32 = record(self.chains, chain, le, WHAT)?;
            if entry | 1 == hash | 1 {
                let at = u64::from(index) * Sym::size(self.ctx.container) as u64;
                let sym: Sym = record(self.symbols, at, self.ctx, "symbol")?;
                if string(self.strings, sym.st_name as u64, "name of a symbol")? == name
                    && accept(index, &sym)
                {
                    return Ok(true);
                }
            }
            if entry & 1 == 1 {
                return Ok(false);
            }
            index = index.checked_add(1).ok_or_else(|| malformed(WHAT))?;
        }
    }
}
