//! Changes of symbols.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::words::{self, shown};
use super::{Change, ChangeKind, Undefined, Verdict};
use crate::interface::mangled::demangled;
use crate::interface::policy::own_scopes;
use crate::interface::{Binding, Definition, Interface, Kind, Name, Object, Place, Symbol};

use Verdict::{Compatible, Incompatible};

/// Name and version, and which of several that have both.
type Key<'a> = (Name<'a>, Option<Name<'a>>, usize);

/// The symbols of one interface.
struct Side<'i, 'a> {
    interface: &'i Interface<'a>,
    defined: BTreeMap<Key<'a>, &'i Symbol<'a>>,
    undefined: BTreeMap<Key<'a>, &'i Symbol<'a>>,
    /// Of each name the symbol that links without a version find.
    defaults: BTreeMap<Name<'a>, &'i Symbol<'a>>,
    /// The first two names of each place, by key.
    names: HashMap<Place, [Option<&'i Symbol<'a>>; 2]>,
    /// Namespaces of its own.
    scopes: BTreeSet<&'a [u8]>,
}

impl<'i, 'a> Side<'i, 'a> {
    fn new(interface: &'i Interface<'a>) -> Self {
        let mut side = Side {
            interface,
            defined: BTreeMap::new(),
            undefined: BTreeMap::new(),
            defaults: BTreeMap::new(),
            names: HashMap::new(),
            scopes: own_scopes(interface),
        };
        for symbol in &interface.symbols {
            let table = match symbol.is_defined() {
                true => &mut side.defined,
                false => &mut side.undefined,
            };
            let (name, version) = (symbol.name, symbol.version);
            let like_it = (name, version, 0)..=(name, version, usize::MAX);
            let last = table.range(like_it).next_back();
            let number = last.map_or(0, |((.., number), _)| number + 1);
            table.insert((name, version, number), symbol);
        }
        for ((name, ..), &symbol) in &side.defined {
            if !symbol.hidden {
                side.defaults.entry(*name).or_insert(symbol);
            }
            if let Some(place) = symbol.place() {
                let names = side.names.entry(place).or_default();
                if let Some(free) = names.iter_mut().find(|name| name.is_none()) {
                    *free = Some(symbol);
                }
            }
        }
        side
    }

    fn default(&self, name: Name<'a>) -> Option<&'i Symbol<'a>> {
        self.defaults.get(name).copied()
    }

    /// Another name of the symbol's place.
    fn alias(&self, symbol: &Symbol<'a>) -> Option<&'i Symbol<'a>> {
        let names = self.names.get(&symbol.place()?)?;
        names
            .iter()
            .flatten()
            .copied()
            .find(|other| *other != symbol)
    }

    fn object(&self, symbol: &Symbol) -> Option<Object> {
        match symbol.definition {
            Definition::Data { object } => self.interface.objects.get(object).copied(),
            _ => None,
        }
    }
}

pub(super) fn diff(
    old: &Interface,
    new: &Interface,
    undefined: Undefined,
    changes: &mut Vec<Change>,
) {
    let (old, new) = (Side::new(old), Side::new(new));
    let first = changes.len();
    let mut differ = Differ {
        old: &old,
        new: &new,
        undefined,
        changes,
    };
    differ.definitions();
    differ.aliases();
    differ.wanted();
    for change in &mut changes[first..] {
        let name = change.subject.split('@').next().unwrap_or_default();
        change.demangled = demangled(name.as_bytes());
    }
}

struct Differ<'d, 'i, 'o, 'n> {
    old: &'d Side<'i, 'o>,
    new: &'d Side<'i, 'n>,
    undefined: Undefined,
    changes: &'d mut Vec<Change>,
}

impl<'d, 'i, 'a> Differ<'d, 'i, 'a, 'a> {
    fn definitions(&mut self) {
        for (key, symbol) in &self.old.defined {
            match self.new.defined.get(key) {
                Some(now) => self.changed(symbol, now),
                None => self.removed(symbol),
            }
        }
        for (key, symbol) in &self.new.defined {
            if !self.old.defined.contains_key(key) {
                self.added(symbol);
            }
        }
    }

    fn push(&mut self, symbol: &Symbol, kind: ChangeKind, verdict: Verdict, why: String) -> usize {
        self.changes
            .push(Change::new(shown(symbol), kind, verdict, why));
        self.changes.len() - 1
    }

    fn push_between(
        &mut self,
        symbol: &Symbol,
        kind: ChangeKind,
        verdict: Verdict,
        between: (String, String),
        why: impl Into<String>,
    ) {
        let change = Change::new(shown(symbol), kind, verdict, why);
        self.changes.push(change.between(between.0, between.1));
    }

    fn removed(&mut self, symbol: &Symbol<'a>) {
        let default = self.new.default(symbol.name);
        match (symbol.version, default) {
            (None, Some(now)) if now.version.is_some() => {
                let why = "has a version now: programs that ask for none still find it, those linked from now on ask for this one";
                let between = (shown(symbol), shown(now));
                let kind = ChangeKind::SymbolVersioned;
                self.push_between(symbol, kind, Compatible, between, why);
                return;
            }
            (Some(version), Some(now)) if now.version.is_none() => {
                let why = format!(
                    "has no version any more: programs ask for {version}, which the loader misses or warns about"
                );
                let between = (shown(symbol), shown(now));
                let kind = ChangeKind::SymbolVersioned;
                self.push_between(symbol, kind, Incompatible, between, why);
                return;
            }
            _ => {}
        }
        let lost = match symbol.definition {
            Definition::Code { .. } => {
                "programs that call it will not start, or stop at the first call"
            }
            _ => "programs that use it will not start",
        };
        let instead = default.map_or(String::new(), |now| {
            format!(
                " ({} does not serve those who ask for the old version)",
                shown(now)
            )
        });
        let origin = words::origin(symbol, &self.old.scopes);
        let what = words::kind(symbol.kind);
        let why = format!("{what} removed: {lost}{instead}{origin}");
        self.push(symbol, ChangeKind::SymbolRemoved, Incompatible, why);
    }

    fn added(&mut self, symbol: &Symbol<'a>) {
        // Told of as a symbol that got a version, or lost it.
        let retold = self.old.default(symbol.name).is_some_and(|before| {
            let key = (before.name, before.version, 0);
            before.version.is_none() != symbol.version.is_none()
                && !symbol.hidden
                && !self.new.defined.contains_key(&key)
        });
        if retold {
            return;
        }
        let alias = self.new.alias(symbol).map_or(String::new(), |other| {
            format!(", another name of {}", shown(other))
        });
        let origin = words::origin(symbol, &self.new.scopes);
        let what = words::kind(symbol.kind);
        let why =
            format!("{what} added{alias}: nothing that is linked already asks for it{origin}");
        self.push(symbol, ChangeKind::SymbolAdded, Compatible, why);
    }

    fn changed(&mut self, was: &Symbol<'a>, now: &Symbol<'a>) {
        if was.hidden != now.hidden {
            self.default_version(was, now);
        }
        let class = |symbol: &Symbol| words::definition(&symbol.definition);
        if was.kind != now.kind || class(was) != class(now) {
            let show = |symbol: &Symbol| format!("{}, {}", words::kind(symbol.kind), class(symbol));
            let functions = |kind| matches!(kind, Kind::Function | Kind::IndirectFunction);
            let (verdict, why) = if functions(was.kind) && functions(now.kind) {
                (
                    Compatible,
                    "which function it is may be decided at start: callers don't notice",
                )
            } else {
                (
                    Incompatible,
                    "programs were compiled and linked for the old kind: code is called, data is read and perhaps copied, thread-local data is found another way",
                )
            };
            let between = (show(was), show(now));
            self.push_between(now, ChangeKind::Type, verdict, between, why);
        }
        if let (Definition::Absolute { value: old }, Definition::Absolute { value: new }) =
            (&was.definition, &now.definition)
            && old != new
        {
            let why =
                "bfd and mold write the number into what they link: programs keep the old one";
            let between = (format!("{old:#x}"), format!("{new:#x}"));
            self.push_between(now, ChangeKind::Value, Incompatible, between, why);
        }
        if was.binding != now.binding {
            let (verdict, why) = match (was.binding, now.binding) {
                (Binding::Unique, _) => (
                    Incompatible,
                    "no longer one for the whole process: plug-ins may each have their own",
                ),
                (_, Binding::Unique) => (
                    Compatible,
                    "one for the whole process from now on; the library cannot be unloaded any more",
                ),
                (Binding::Global | Binding::Weak, Binding::Global | Binding::Weak) => (
                    Compatible,
                    "linkers and loaders make no difference between weak and global definitions in libraries",
                ),
                _ => (Incompatible, "a binding that loaders may not look at"),
            };
            let between = (words::binding(was.binding), words::binding(now.binding));
            self.push_between(now, ChangeKind::Binding, verdict, between, why);
        }
        if was.other != now.other {
            let (verdict, why) = match (was.other & !3 == now.other & !3, now.other & 3) {
                (true, 0) => (Compatible, "programs may put their own in its place"),
                (true, _) => (
                    Incompatible,
                    "the library itself no longer sees what programs put in its place: copies of its data (copy relocations) and addresses of its functions differ inside and outside",
                ),
                (false, _) => (Incompatible, "it is called in another way on this machine"),
            };
            let between = (words::visibility(was.other), words::visibility(now.other));
            self.push_between(now, ChangeKind::Visibility, verdict, between, why);
        }
        if was.size != now.size {
            self.size(was, now);
        }
        if let (Definition::Code { odd: was_odd }, Definition::Code { odd }) =
            (&was.definition, &now.definition)
            && was_odd != odd
        {
            let set = |odd: bool| if odd { "compressed" } else { "plain" }.to_owned();
            let why = "compiled for the other instruction set (Thumb, MIPS16, microMIPS): calls through the loader go to either";
            let between = (set(*was_odd), set(*odd));
            self.push_between(now, ChangeKind::InstructionSet, Compatible, between, why);
        }
        if let (Some(before), Some(after)) = (self.old.object(was), self.new.object(now)) {
            self.place(now, before, after);
        }
    }

    fn default_version(&mut self, was: &Symbol<'a>, now: &Symbol<'a>) {
        let (verdict, why) = if !now.hidden {
            (
                Compatible,
                "the default from now on: new links bind to it".to_owned(),
            )
        } else if let Some(default) = self.new.default(now.name) {
            let why = format!(
                "default version moved: new links bind to {}, old ones keep this",
                shown(default)
            );
            (Compatible, why)
        } else {
            let why = "no default any more: programs that have it keep it, but nothing links to it from now on";
            (Incompatible, why.to_owned())
        };
        let between = (shown(was), shown(now));
        self.push_between(now, ChangeKind::DefaultVersion, verdict, between, why);
    }

    fn size(&mut self, was: &Symbol<'a>, now: &Symbol<'a>) {
        let (before, after) = (was.size, now.size);
        let from_to = format!("from {before} to {after} bytes");
        let (verdict, why) = match now.definition {
            Definition::Code { .. } => (
                Compatible,
                format!("code changed {from_to}: nobody depends on it"),
            ),
            Definition::Tls { .. } => (
                Incompatible,
                format!(
                    "thread-local data changed {from_to}: programs were compiled for the old layout"
                ),
            ),
            Definition::Data { .. } if after > before => (
                Incompatible,
                format!(
                    "data grew {from_to}: programs that copied it (copy relocation) have room for {before} only"
                ),
            ),
            Definition::Data { .. } => (
                Incompatible,
                format!(
                    "data shrank {from_to}: programs that copied it (copy relocation) expect {before}, and the loader complains"
                ),
            ),
            _ => (Compatible, format!("the size changed {from_to}")),
        };
        let between = (before.to_string(), after.to_string());
        self.push_between(now, ChangeKind::Size, verdict, between, why);
    }

    fn place(&mut self, now: &Symbol<'a>, before: Object, after: Object) {
        if before.placement != after.placement {
            let writable = words::is_writable;
            let (verdict, why) = match (writable(before.placement), writable(after.placement)) {
                (false, true) => (
                    Incompatible,
                    "the library writes to it now: programs that copied it (copy relocation) may have put the copy where nothing can be written",
                ),
                (true, false) => (
                    Compatible,
                    "read-only now: copies in programs that are linked already stay writable, which harms nobody",
                ),
                _ => (
                    Compatible,
                    "linkers put copies of it elsewhere from now on; programs that are linked already don't notice",
                ),
            };
            let between = (
                words::placement(before.placement).to_owned(),
                words::placement(after.placement).to_owned(),
            );
            self.push_between(now, ChangeKind::Placement, verdict, between, why);
        }
        if before.alignment != after.alignment {
            let (verdict, why) = if after.alignment > before.alignment {
                let why = format!(
                    "must be aligned to {} bytes now: copies in programs (copy relocation) are aligned to {} only",
                    after.alignment, before.alignment
                );
                (Incompatible, why)
            } else {
                let why = "need not be aligned as strictly: copies in programs still are";
                (Compatible, why.to_owned())
            };
            let between = (before.alignment.to_string(), after.alignment.to_string());
            self.push_between(now, ChangeKind::Alignment, verdict, between, why);
        }
    }

    /// Symbols that were one object and are several, or the other way round.
    fn aliases(&mut self) {
        let mut parted: BTreeMap<Place, Vec<(&Symbol<'a>, Place)>> = BTreeMap::new();
        let mut joined: BTreeMap<Place, Vec<(&Symbol<'a>, Place)>> = BTreeMap::new();
        for (key, was) in &self.old.defined {
            let Some(now) = self.new.defined.get(key) else {
                continue;
            };
            if let (Some(before), Some(after)) = (was.place(), now.place())
                && matches!(
                    (before, after),
                    (Place::Data(_), Place::Data(_)) | (Place::Tls(_), Place::Tls(_))
                )
            {
                parted.entry(before).or_default().push((now, after));
                joined.entry(after).or_default().push((now, before));
            }
        }
        for (groups, of_data, thread_local) in [
            (
                parted,
                "were one object and are several now: a program that copied one of them (copy relocation) no longer has what the others name",
                "were one object and are several now: what a thread writes under one name is no longer there under the others",
            ),
            (
                joined,
                "were several objects and are one now: programs that copied one of them (copy relocation) did not copy it under the other names",
                "were several objects and are one now: what a thread writes under one name overwrites the others",
            ),
        ] {
            for (place, group) in groups {
                let apart: BTreeSet<Place> = group.iter().map(|(_, place)| *place).collect();
                if apart.len() > 1 {
                    let names: Vec<String> =
                        group.iter().map(|(symbol, _)| shown(symbol)).collect();
                    let why = match place {
                        Place::Data(_) => of_data,
                        Place::Tls(_) => thread_local,
                    };
                    let why = format!("{} {why}", names.join(", "));
                    self.push(group[0].0, ChangeKind::Aliases, Incompatible, why);
                }
            }
        }
    }

    fn wanted(&mut self) {
        for (key, symbol) in &self.old.undefined {
            if !self.new.undefined.contains_key(key) {
                let why = "no longer wanted from outside: programs that define it no longer export it for the library, nor take it from an archive for its sake";
                self.push(symbol, ChangeKind::UndefinedRemoved, Compatible, why.into());
            }
        }
        for (key, symbol) in &self.new.undefined {
            match self.old.undefined.get(key) {
                None => {
                    let (verdict, why) = match (symbol.binding, self.undefined) {
                        (Binding::Weak, _) => (
                            Compatible,
                            "used if a program or another library defines it",
                        ),
                        (_, Undefined::All) => (
                            Compatible,
                            "wanted from outside: one of the libraries that it needs has to define it, or the program",
                        ),
                        (_, Undefined::Unsupplied) => (
                            Incompatible,
                            "wanted from outside, and none of the libraries that it needs, as they were found, defines it: programs have to, or they will not link or start",
                        ),
                    };
                    self.push(symbol, ChangeKind::UndefinedAdded, verdict, why.into());
                }
                Some(was) if was.binding != symbol.binding || was.kind != symbol.kind => {
                    let show = |s: &Symbol| {
                        format!("{}, {}", words::binding(s.binding), words::kind(s.kind))
                    };
                    let verdict = match symbol.binding {
                        Binding::Weak => Compatible,
                        _ if was.binding == Binding::Weak => Incompatible,
                        _ => Compatible,
                    };
                    let between = (show(was), show(symbol));
                    let why = "wanted from outside in another way";
                    self.push_between(symbol, ChangeKind::Binding, verdict, between, why);
                }
                Some(_) => {}
            }
        }
    }
}
