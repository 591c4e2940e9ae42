//! What is carried over as it stands in the file: sections with the target's build
//! attributes, and entries of the GNU property note. Which of them linkers look at
//! is a matter of the machine.

use super::{Attributes, EM_MIPS, Property};

/// The name of a section that holds a linker warning, before its symbol.
pub const WARNING_PREFIX: &[u8] = b".gnu.warning.";

/// Linkers find it by this name, whatever its type.
pub const DYNAMIC_SECTION: &[u8] = b".dynamic";

const EM_AARCH64: u16 = 183;
const EM_RISCV: u16 = 243;

const SHT_GNU_ATTRIBUTES: u32 = 0x6fff_fff5;
/// SHT_ARM_ATTRIBUTES and SHT_RISCV_ATTRIBUTES alike.
const SHT_ATTRIBUTES: u32 = 0x7000_0003;
const SHT_MIPS_ABIFLAGS: u32 = 0x7000_002a;

const SHF_ALLOC: u64 = 2;

/// All build attributes of a file together are aligned to no more, in bytes: each
/// is padded to its alignment in a stub, which would grow without limit. Linkers
/// align them to 1 or 8.
const MOST_PADDING: u64 = 1 << 16;

/// What GNU_PROPERTY_1_NEEDED says of copy relocations, and the branch protection
/// of aarch64 and riscv.
const GNU_PROPERTY_1_NEEDED: u32 = 0xb000_8000;
const GNU_PROPERTY_FEATURE_1_AND: u32 = 0xc000_0000;

impl Attributes<'_> {
    /// Whether sections of this type hold build attributes of this machine.
    pub fn are(section_type: u32, machine: u16) -> bool {
        match section_type {
            SHT_GNU_ATTRIBUTES => true,
            SHT_ATTRIBUTES => machine != EM_MIPS,
            SHT_MIPS_ABIFLAGS => machine == EM_MIPS,
            _ => false,
        }
    }

    /// They are mapped into memory.
    pub fn is_loaded(&self) -> bool {
        self.flags & SHF_ALLOC != 0
    }

    fn fault(&self, machine: u16) -> Option<&'static str> {
        if !Attributes::are(self.section_type, machine) {
            Some("has a type that is not one of build attributes")
        } else if self.name.starts_with(WARNING_PREFIX) {
            Some("is a warning by name and build attributes by type")
        } else if self.name == DYNAMIC_SECTION {
            Some("is the dynamic section by name and build attributes by type")
        } else if self.flags & !SHF_ALLOC != 0 {
            // Others speak of other sections, or of contents of another kind.
            Some("has flags that build attributes have not")
        } else if !self.alignment.is_power_of_two() {
            Some("has an alignment that is no power of two")
        } else {
            None
        }
    }
}

/// The first of these sections that no stub can carry, and why.
pub fn unfit(attributes: &[Attributes], machine: u16) -> Option<(usize, String)> {
    let mut padding: u64 = 0;
    attributes.iter().enumerate().find_map(|(index, section)| {
        padding = padding.saturating_add(section.alignment);
        let fault = section.fault(machine).or_else(|| {
            (padding > MOST_PADDING).then_some("is aligned to more than build attributes are")
        })?;
        Some((index, format!("section {} {fault}", section.name)))
    })
}

/// As stubs have them: those that are loaded come first.
pub fn sort(attributes: &mut [Attributes]) {
    attributes.sort_by_key(|section| !section.is_loaded());
}

impl Property<'_> {
    /// Whether linkers act on entries of this type when they stand in a shared
    /// object for this machine.
    pub fn is_acted_on(property_type: u32, machine: u16) -> bool {
        match property_type {
            GNU_PROPERTY_1_NEEDED => true,
            GNU_PROPERTY_FEATURE_1_AND => matches!(machine, EM_AARCH64 | EM_RISCV),
            _ => false,
        }
    }
}
