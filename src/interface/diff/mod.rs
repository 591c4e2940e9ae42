//! What became of an interface: every change, whether programs that were
//! linked before can tell, and why.

mod side_by_side;
mod symbols;
mod words;

use std::collections::BTreeMap;

use bstr::BStr;
use serde::Serialize;

use super::{Class, Interface, RemarkTag, Target, Version};

pub use side_by_side::{Fate, Row, Topic, side_by_side};

/// How a new interface serves those who were linked to the old one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    #[default]
    Identical,
    /// There is more, and nothing that was there is missing or different to
    /// those who use it.
    Compatible,
    Incompatible,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `name@@version` of a symbol, or what else it is about.
    pub subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demangled: Option<String>,
    pub kind: ChangeKind,
    pub verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// What it means to those who use the library.
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    Machine,
    Flags,
    OsAbi,
    Soname,
    Needed,
    Remark,
    VersionRemoved,
    VersionAdded,
    VersionParents,
    VersionFlags,
    BaseVersion,
    SymbolRemoved,
    SymbolAdded,
    SymbolVersioned,
    DefaultVersion,
    Type,
    Value,
    Binding,
    Visibility,
    Size,
    Placement,
    Alignment,
    Aliases,
    InstructionSet,
    UndefinedAdded,
    UndefinedRemoved,
    Warning,
    Attributes,
    Properties,
    Layout,
}

impl ChangeKind {
    /// Whether it is about one symbol that the library defines, by whose name
    /// and version the change's subject is called.
    pub fn is_of_symbol(self) -> bool {
        (ChangeKind::SymbolRemoved..=ChangeKind::InstructionSet).contains(&self)
    }
}

impl Change {
    fn new(
        subject: impl Into<String>,
        kind: ChangeKind,
        verdict: Verdict,
        why: impl Into<String>,
    ) -> Change {
        Change {
            subject: subject.into(),
            demangled: None,
            kind,
            verdict,
            old: None,
            new: None,
            why: why.into(),
        }
    }

    fn between(mut self, old: impl ToString, new: impl ToString) -> Change {
        self.old = Some(old.to_string());
        self.new = Some(new.to_string());
        self
    }
}

/// What the undefined symbols of two interfaces are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undefined {
    /// Those that nothing supplies which the library needs (rule 9).
    Unsupplied,
    /// Whoever supplies them.
    All,
}

/// The worst of all.
pub fn verdict(changes: &[Change]) -> Verdict {
    let verdicts = changes.iter().map(|change| change.verdict);
    verdicts.max().unwrap_or_default()
}

/// All changes from `old` to `new`, the incompatible ones first; none if and
/// only if the two are equal. Both should be in the same form, canonical or
/// exact.
pub fn diff(old: &Interface, new: &Interface, undefined: Undefined) -> Vec<Change> {
    let mut changes = Vec::new();
    if old == new {
        return changes;
    }
    target(&old.target, &new.target, &mut changes);
    names(old, new, &mut changes);
    versions(&old.versions, &new.versions, &mut changes);
    symbols::diff(old, new, undefined, &mut changes);
    rest(old, new, &mut changes);
    if changes.is_empty() {
        changes.push(Change::new(
            "layout",
            ChangeKind::Layout,
            Verdict::Compatible,
            "the order of symbols, the alignment of sections or the like differ: only the bytes of new links show it",
        ));
    }
    changes.sort_by(|a, b| {
        let key = |c: &Change| (std::cmp::Reverse(c.verdict), c.kind);
        key(a).cmp(&key(b)).then_with(|| a.subject.cmp(&b.subject))
    });
    changes
}

fn target(old: &Target, new: &Target, changes: &mut Vec<Change>) {
    use Verdict::{Compatible, Incompatible};
    let machine = |target: &Target| {
        let bits = match target.class {
            Class::Elf32 => 32,
            Class::Elf64 => 64,
        };
        let endian = format!("{:?}", target.endian).to_lowercase();
        format!("machine {}, {bits} bits, {endian} endian", target.machine)
    };
    if machine(old) != machine(new) {
        let why = "a library for another machine";
        changes.push(
            Change::new("machine", ChangeKind::Machine, Incompatible, why)
                .between(machine(old), machine(new)),
        );
    }
    if old.flags != new.flags {
        let why = "the ABI that e_flags name (floating point, calling convention) is another: linkers and loaders may refuse to combine the two";
        changes.push(
            Change::new("e_flags", ChangeKind::Flags, Incompatible, why)
                .between(format!("{:#x}", old.flags), format!("{:#x}", new.flags)),
        );
    }
    let abi = |target: &Target| format!("{}, version {}", target.os_abi, target.abi_version);
    if abi(old) != abi(new) {
        let why = "loaders that don't know this OSABI refuse the library; those of GNU and musl systems know both";
        changes.push(
            Change::new("OSABI", ChangeKind::OsAbi, Compatible, why).between(abi(old), abi(new)),
        );
    }
}

/// SONAME, DT_NEEDED and the like.
fn names(old: &Interface, new: &Interface, changes: &mut Vec<Change>) {
    use Verdict::{Compatible, Incompatible};
    if old.soname != new.soname {
        let show = |name: Option<&BStr>| name.map_or("none".to_owned(), |name| name.to_string());
        let why = "programs ask for the library by its old SONAME: it no longer answers to it";
        changes.push(
            Change::new("SONAME", ChangeKind::Soname, Incompatible, why)
                .between(show(old.soname), show(new.soname)),
        );
    }
    let list = |names: &[&BStr]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    if old.needed != new.needed {
        let why =
            "other libraries come along: who used theirs without saying so has to link them itself";
        changes.push(
            Change::new("DT_NEEDED", ChangeKind::Needed, Compatible, why)
                .between(list(&old.needed), list(&new.needed)),
        );
    }
    for (tag, name, verdict, why) in [
        (
            RemarkTag::Filter,
            "DT_FILTER",
            Incompatible,
            "another library supplies the symbols",
        ),
        (
            RemarkTag::Auxiliary,
            "DT_AUXILIARY",
            Incompatible,
            "another library may supply the symbols",
        ),
        (
            RemarkTag::Audit,
            "DT_AUDIT",
            Compatible,
            "programs linked from now on are audited differently",
        ),
        (
            RemarkTag::Rpath,
            "DT_RPATH",
            Compatible,
            "linkers look elsewhere for what the library needs",
        ),
        (
            RemarkTag::Runpath,
            "DT_RUNPATH",
            Compatible,
            "linkers look elsewhere for what the library needs",
        ),
    ] {
        let of = |interface: &Interface| {
            let remarks = interface.remarks.iter().filter(|remark| remark.tag == tag);
            let texts: Vec<String> = remarks.map(|remark| remark.text.to_string()).collect();
            texts.join(", ")
        };
        if of(old) != of(new) {
            changes.push(
                Change::new(name, ChangeKind::Remark, verdict, why).between(of(old), of(new)),
            );
        }
    }
}

fn versions(old: &[Version], new: &[Version], changes: &mut Vec<Change>) {
    use Verdict::{Compatible, Incompatible};
    let by_name = |versions: &[Version]| -> BTreeMap<Vec<u8>, usize> {
        let numbered = versions.iter().zip(0..);
        numbered
            .filter(|(version, _)| !version.base)
            .map(|(version, index)| (version.name.to_vec(), index))
            .collect()
    };
    let base = |versions: &[Version]| -> String {
        let base = versions.iter().filter(|version| version.base);
        let names: Vec<String> = base.map(|version| version.name.to_string()).collect();
        names.join(", ")
    };
    if base(old) != base(new) {
        let why = "what the version definitions call the library itself, its SONAME or file name: nothing asks for it";
        changes.push(
            Change::new("base version", ChangeKind::BaseVersion, Compatible, why)
                .between(base(old), base(new)),
        );
    }
    let (in_old, in_new) = (by_name(old), by_name(new));
    for (name, &index) in &in_old {
        let version = &old[index];
        let subject = version.name.to_string();
        let Some(&now) = in_new.get(name) else {
            let why = format!(
                "programs that ask for this version will not start{}",
                words::private(version.name)
            );
            let kind = ChangeKind::VersionRemoved;
            changes.push(Change::new(subject, kind, Incompatible, why));
            continue;
        };
        let now = &new[now];
        let parents = |version: &Version| {
            let parents: Vec<String> = version.parents.iter().map(ToString::to_string).collect();
            parents.join(", ")
        };
        if parents(version) != parents(now) {
            let why = "which versions this one inherits from: a note for readers, linkers and loaders go by the name alone";
            changes.push(
                Change::new(subject.clone(), ChangeKind::VersionParents, Compatible, why)
                    .between(parents(version), parents(now)),
            );
        }
        if version.weak != now.weak {
            let why = "a weak version need not be there; the loader warns instead of stopping";
            let show = |weak| if weak { "weak" } else { "strong" };
            changes.push(
                Change::new(subject, ChangeKind::VersionFlags, Compatible, why)
                    .between(show(version.weak), show(now.weak)),
            );
        }
    }
    for (name, &index) in &in_new {
        if !in_old.contains_key(name) {
            let name = new[index].name;
            let why = format!(
                "programs linked from now on may ask for it, and then need this library or a newer one{}",
                words::private(name)
            );
            let kind = ChangeKind::VersionAdded;
            changes.push(Change::new(name.to_string(), kind, Compatible, why));
        }
    }
}

/// What linkers print, and what they compare.
fn rest(old: &Interface, new: &Interface, changes: &mut Vec<Change>) {
    use Verdict::{Compatible, Incompatible};
    if old.warnings != new.warnings {
        let of = |interface: &Interface| {
            let texts = interface.warnings.iter().map(|warning| {
                let message = String::from_utf8_lossy(warning.message);
                format!("{}: {}", warning.symbol, message.trim_end_matches('\0'))
            });
            texts.collect::<Vec<_>>().join("; ")
        };
        let why = "linkers print something else; programs don't notice";
        changes.push(
            Change::new("linker warnings", ChangeKind::Warning, Compatible, why)
                .between(of(old), of(new)),
        );
    }
    if old.attributes != new.attributes {
        let why = "the build attributes (which floating point, which instruction set) are others: linkers may refuse to combine the library with what was compiled before";
        let kind = ChangeKind::Attributes;
        changes.push(Change::new("build attributes", kind, Incompatible, why));
    }
    if old.writable_relro != new.writable_relro {
        let why = "whether lld takes data that is read-only after relocation for writable: it puts copies of it elsewhere from now on, and programs that are linked already don't notice";
        let show = |writable| if writable { "writable" } else { "read-only" };
        changes.push(
            Change::new("PT_GNU_RELRO", ChangeKind::Placement, Compatible, why)
                .between(show(old.writable_relro), show(new.writable_relro)),
        );
    }
    if old.properties != new.properties {
        let why = "the GNU properties are others: they say how code may be entered and data copied, and linkers act on them";
        let kind = ChangeKind::Properties;
        changes.push(Change::new("GNU properties", kind, Incompatible, why));
    }
}
