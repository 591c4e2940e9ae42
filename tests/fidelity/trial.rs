//! All links of one library, and a verdict on each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stub_builder::elf;
use stub_builder::interface::Interface;

use crate::assembly::Variant;
use crate::compare::{self, Difference};
use crate::damage::Property;
use crate::explain::{self, Explainer};
use crate::library::{Library, Profile};
use crate::links::{Bench, Linked, Reference};
use crate::machines::Linker;
use crate::quirks::Scene;
use crate::table::{self, Record, Refused, Verdict};

/// What to try with each library.
pub struct Plan<'p> {
    pub profiles: Vec<Profile>,
    pub variants: Vec<Variant>,
    pub linkers: Vec<Linker>,
    /// What to take away from stubs, to see that it is noticed.
    pub without: Option<Property>,
    pub cross: &'p Path,
    /// Where to leave what is linked.
    pub keep: Option<&'p Path>,
}

impl Plan<'_> {
    pub fn carry_out(&self, library: &Library) -> Result<Vec<Record>, String> {
        let told = |error: std::io::Error| error.to_string();
        let library_bytes = fs::read(&library.path).map_err(told)?;
        let interface = elf::read(&library_bytes).map_err(|fault| fault.to_string())?;
        let mut bench = Bench::new(library, &interface, self.cross, self.keep).map_err(told)?;
        let mut records = Vec::new();
        for &profile in &self.profiles {
            let directory = bench.path(profile.name());
            library.stub(profile, &directory)?;
            let path = directory.join(&library.soname);
            let bytes = fs::read(&path).map_err(told)?;
            let mut stub = elf::read(&bytes).map_err(|fault| fault.to_string())?;
            if let Some(property) = self.without {
                property.take_from(&mut stub);
                let written = elf::write(&stub).map_err(|fault| fault.to_string())?;
                fs::write(&path, written).map_err(told)?;
            }
            let artefacts = match profile {
                Profile::Exact => BTreeSet::new(),
                Profile::Canonical => explain::artefacts(&interface),
            };
            let explainer = Explainer::new(library, &interface, &stub);
            for &variant in &self.variants {
                for &linker in library.machine.linkers {
                    if !self.linkers.contains(&linker) {
                        continue;
                    }
                    let reference = bench.reference(variant, linker, &artefacts)?;
                    let link = Link {
                        library,
                        interface: &interface,
                        explainer: &explainer,
                        profile,
                        variant,
                        linker,
                    };
                    records.push(link.record(&bench, &reference)?);
                }
            }
        }
        Ok(records)
    }
}

struct Link<'a> {
    library: &'a Library,
    interface: &'a Interface<'a>,
    explainer: &'a Explainer<'a>,
    profile: Profile,
    variant: Variant,
    linker: Linker,
}

impl Link<'_> {
    fn record(&self, bench: &Bench, reference: &Reference) -> Result<Record, String> {
        let side = self.profile.name();
        let stub = bench.repeat(reference, side, self.variant, self.linker)?;
        let refused = reference.refused.as_ref().map(|messages| Refused {
            reason: table::reason(messages),
            links_after_all: reference.linked.status == 0,
        });
        Ok(Record {
            machine: self.library.machine.name,
            library: self.library.soname.clone(),
            profile: self.profile,
            variant: self.variant,
            linker: self.linker,
            verdict: self
                .verdict(&reference.linked, &stub)
                .unwrap_or_else(|error| Verdict::Different(vec![error])),
            refused,
        })
    }

    fn verdict(&self, real: &Linked, stub: &Linked) -> Result<Verdict, String> {
        if real == stub {
            return Ok(Verdict::Identical);
        }
        let machine = self.library.machine;
        let scene = Scene {
            machine: machine.name,
            linker: self.linker,
            variant: self.variant,
            interface: self.interface,
        };
        let mut differences = compare::differences(real, stub, machine.copy, self.interface)?;
        let mut reasons = scene.take_out(real, stub, &mut differences)?;
        match self.profile {
            Profile::Exact if differences.is_empty() && reasons.is_empty() => {
                reasons.extend(scene.of_bytes(real, stub)?);
            }
            Profile::Exact => {}
            Profile::Canonical => {
                reasons.extend(
                    self.explainer
                        .explain(self.variant, self.linker, &mut differences),
                );
            }
        }
        Ok(if !differences.is_empty() {
            Verdict::Different(differences.iter().map(Difference::to_string).collect())
        } else if reasons.is_empty() {
            Verdict::Equivalent
        } else {
            Verdict::Explained(reasons)
        })
    }
}
