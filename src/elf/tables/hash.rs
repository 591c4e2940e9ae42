//! The hashes by which symbols are found.

/// Of DT_HASH, and of the names of versions: gABI, "Hash Table".
pub fn sysv(name: &[u8]) -> u32 {
    name.iter().fold(0, |hash: u32, &byte| {
        let hash = (hash << 4).wrapping_add(byte.into());
        let high = hash & 0xf000_0000;
        (hash ^ (high >> 24)) & !high
    })
}

/// Of DT_GNU_HASH (glibc, elf/dl-hash.h).
pub fn gnu(name: &[u8]) -> u32 {
    name.iter().fold(5381, |hash: u32, &byte| {
        hash.wrapping_mul(33).wrapping_add(byte.into())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn hashes_are_those_of_the_gabi() {
        assert_eq!(super::sysv(b""), 0);
        // readelf -V of any program: "GLIBC_2.2.5".
        assert_eq!(super::sysv(b"GLIBC_2.2.5"), 0x0969_1a75);
        assert_eq!(super::sysv(b"GLIBC_2.34"), 0x0696_91b4);
    }
}
