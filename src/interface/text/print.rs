//! [`Interface`] to text.

use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use data_encoding::HEXLOWER;

use super::words::{
    BINDINGS, CLASSES, ENDIANS, KINDS, MACHINES, PLACEMENTS, REMARKS, VISIBILITIES, Words, word,
};
use super::{DEFAULT_ALIGNMENT, HEAD, TAG, default_placement, label, yaml};
use crate::interface::{Alignment, Binding, Definition, Interface, Place, Policy, Symbol, Target};

/// The text of an interface that was made with this policy. It holds all of
/// it: [`parse`](super::parse()) gives the same back.
///
/// As everywhere, the interface's objects are in the order of their first
/// symbol, and none is without one.
pub fn print(interface: &Interface, policy: &Policy) -> String {
    let mut printer = Printer {
        out: String::with_capacity(64 * interface.symbols.len() + 512),
    };
    printer.document(interface, policy);
    printer.out
}

/// Bytes as lines take them up.
enum Scalar<'s> {
    Name(&'s [u8]),
    /// A word or number of ours, which needs no quotes.
    Word(String),
    Hex(&'s [u8]),
    List(Vec<Scalar<'s>>),
    Map(Vec<Field<'s>>),
}

type Field<'s> = (&'static str, Scalar<'s>);

fn yes<'s>() -> Scalar<'s> {
    Scalar::Word("true".into())
}

fn number<'s>(value: impl ToString) -> Scalar<'s> {
    Scalar::Word(value.to_string())
}

fn hex<'s>(value: impl Into<u64>) -> Scalar<'s> {
    Scalar::Word(format!("{:#x}", value.into()))
}

fn word_or<'s, T: PartialEq>(words: Words<T>, value: &T, number: impl ToString) -> Scalar<'s> {
    Scalar::Word(word(words, value).map_or_else(|| number.to_string(), str::to_owned))
}

fn names<'s>(names: impl IntoIterator<Item = &'s [u8]>) -> Scalar<'s> {
    Scalar::List(names.into_iter().map(Scalar::Name).collect())
}

struct Printer {
    out: String,
}

impl Printer {
    fn document(&mut self, interface: &Interface, policy: &Policy) {
        debug_assert!(HEAD.ends_with(TAG.as_bytes()));
        self.out.push_str(&String::from_utf8_lossy(HEAD));
        self.out.push('\n');
        self.field("IfsVersion", Scalar::Word("3.0".into()));
        if let Some(soname) = interface.soname {
            self.field("SoName", Scalar::Name(soname));
        }
        self.field("Target", Scalar::Map(target(&interface.target)));
        if *policy != Policy::default() {
            self.field("Policy", Scalar::Map(of_policy(policy)));
        }
        let needed = interface.needed.iter();
        self.list("NeededLibs", needed.map(|name| Scalar::Name(name)));
        let remarks = interface.remarks.iter().filter_map(|remark| {
            let tag = word(REMARKS, &remark.tag)?;
            Some(Scalar::Map(vec![(tag, Scalar::Name(remark.text))]))
        });
        self.list("Remarks", remarks);
        self.versions(interface);
        let alignments = of_alignments(interface);
        if !alignments.is_empty() {
            self.field("Alignments", Scalar::Map(alignments));
        }
        if interface.writable_relro {
            self.field("WritableRelRo", yes());
        }
        self.sections(interface);
        self.symbols(interface);
        self.out.push_str("...\n");
    }

    fn versions(&mut self, interface: &Interface) {
        let definitions = interface.versions.iter().map(|version| {
            let mut fields = vec![("Name", Scalar::Name(version.name))];
            if version.base {
                fields.push(("Base", yes()));
            }
            if version.weak {
                fields.push(("Weak", yes()));
            }
            if !version.parents.is_empty() {
                let parents = version.parents.iter().map(|name| name.as_ref());
                fields.push(("Parents", names(parents)));
            }
            Scalar::Map(fields)
        });
        self.list("VersionDefinitions", definitions);
        let requirements = interface.requirements.iter().map(|requirement| {
            let versions = requirement.versions.iter().map(|version| {
                let name = Scalar::Name(version.name);
                match version.weak {
                    false => name,
                    true => Scalar::Map(vec![("Name", name), ("Weak", yes())]),
                }
            });
            Scalar::Map(vec![
                ("File", Scalar::Name(requirement.file)),
                ("Names", Scalar::List(versions.collect())),
            ])
        });
        self.list("VersionRequirements", requirements);
    }

    fn sections(&mut self, interface: &Interface) {
        let warnings = interface.warnings.iter().map(|warning| {
            let message = match warning.message.split_last() {
                // As compilers write it: a C string.
                Some((0, text)) if std::str::from_utf8(text).is_ok() => {
                    ("Message", Scalar::Name(text))
                }
                _ => ("Contents", Scalar::Hex(warning.message)),
            };
            Scalar::Map(vec![("Symbol", Scalar::Name(warning.symbol)), message])
        });
        self.list("Warnings", warnings);
        let attributes = interface.attributes.iter().map(|section| {
            Scalar::Map(vec![
                ("Name", Scalar::Name(section.name)),
                ("Type", hex(section.section_type)),
                ("Flags", hex(section.flags)),
                ("Align", number(section.alignment)),
                ("EntrySize", number(section.entry_size)),
                ("Contents", Scalar::Hex(section.contents)),
            ])
        });
        self.list("Attributes", attributes);
        let properties = interface.properties.iter().map(|property| {
            Scalar::Map(vec![
                ("Type", hex(property.property_type)),
                ("Contents", Scalar::Hex(property.contents)),
            ])
        });
        self.list("Properties", properties);
    }

    fn symbols(&mut self, interface: &Interface) {
        let labels = Labels::new(interface);
        let mut seen = HashSet::new();
        let symbols = interface
            .symbols
            .iter()
            .map(|symbol| Scalar::Map(of_symbol(symbol, interface, &labels, &mut seen)));
        if interface.symbols.is_empty() {
            self.out.push_str("Symbols:         []\n");
        }
        self.list("Symbols", symbols);
    }

    fn field(&mut self, name: &str, value: Scalar) {
        let _ = write!(self.out, "{:<17}", format!("{name}:"));
        self.scalar(&value);
        self.out.push('\n');
    }

    fn list<'s>(&mut self, name: &str, items: impl Iterator<Item = Scalar<'s>>) {
        let mut items = items.peekable();
        if items.peek().is_some() {
            let _ = writeln!(self.out, "{name}:");
        }
        for item in items {
            self.out.push_str("  - ");
            self.scalar(&item);
            self.out.push('\n');
        }
    }

    fn scalar(&mut self, value: &Scalar) {
        match value {
            Scalar::Name(bytes) => yaml::print_scalar(bytes, &mut self.out),
            Scalar::Word(word) => self.out.push_str(word),
            Scalar::Hex(bytes) => {
                self.out.push('"');
                HEXLOWER.encode_append(bytes, &mut self.out);
                self.out.push('"');
            }
            Scalar::List(items) if items.is_empty() => self.out.push_str("[]"),
            Scalar::List(items) => {
                self.out.push_str("[ ");
                for (index, item) in items.iter().enumerate() {
                    self.out.push_str(if index == 0 { "" } else { ", " });
                    self.scalar(item);
                }
                self.out.push_str(" ]");
            }
            Scalar::Map(fields) => {
                self.out.push_str("{ ");
                for (index, (name, value)) in fields.iter().enumerate() {
                    self.out.push_str(if index == 0 { "" } else { ", " });
                    self.out.push_str(name);
                    self.out.push_str(": ");
                    self.scalar(value);
                }
                self.out.push_str(" }");
            }
        }
    }
}

fn target<'s>(target: &Target) -> Vec<Field<'s>> {
    let mut fields = vec![
        ("ObjectFormat", Scalar::Word("ELF".into())),
        ("Arch", word_or(MACHINES, &target.machine, target.machine)),
        ("Endianness", word_or(ENDIANS, &target.endian, "")),
        ("BitWidth", word_or(CLASSES, &target.class, "")),
    ];
    if target.flags != 0 {
        fields.push(("Flags", hex(target.flags)));
    }
    if target.os_abi != 0 {
        fields.push(("OSABI", number(target.os_abi)));
    }
    if target.abi_version != 0 {
        fields.push(("ABIVersion", number(target.abi_version)));
    }
    fields
}

fn of_policy(policy: &Policy) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    if !policy.drop_private.is_empty() {
        let patterns = policy.drop_private.iter().map(String::as_bytes);
        fields.push(("DropPrivate", names(patterns)));
    }
    if policy.drop_foreign_templates {
        fields.push(("DropForeignTemplates", yes()));
    }
    if policy.keep_undefined {
        fields.push(("KeepUndefined", yes()));
    }
    fields
}

/// Those that do not follow from the objects.
fn of_alignments<'s>(interface: &Interface) -> Vec<Field<'s>> {
    let derived = Alignment::of_sections(&interface.objects);
    let differing = (interface.alignments.iter())
        .filter(|(placement, alignment)| derived.get(placement) != Some(alignment));
    differing
        .filter_map(|(placement, alignment)| {
            Some((word(PLACEMENTS, placement)?, number(alignment)))
        })
        .collect()
}

fn of_symbol<'s>(
    symbol: &Symbol<'s>,
    interface: &Interface,
    labels: &'s Labels,
    seen: &mut HashSet<Place>,
) -> Vec<Field<'s>> {
    let mut fields = vec![("Name", Scalar::Name(symbol.name))];
    if let Some(version) = symbol.version {
        fields.push(("Version", Scalar::Name(version)));
    }
    if symbol.hidden {
        fields.push(("Hidden", yes()));
    }
    let kind = match symbol.kind {
        crate::interface::Kind::Other(kind) => number(kind),
        kind => word_or(KINDS, &kind, ""),
    };
    fields.push(("Type", kind));
    if symbol.size != 0 || symbol.place().is_some() {
        fields.push(("Size", number(symbol.size)));
    }
    definition(symbol, interface, labels, seen, &mut fields);
    match symbol.binding {
        Binding::Global => {}
        Binding::Weak => fields.push(("Weak", yes())),
        Binding::Other(binding) => fields.push(("Binding", number(binding))),
        binding => fields.push(("Binding", word_or(BINDINGS, &binding, ""))),
    }
    let visibility = symbol.other & 3;
    if visibility != 0 {
        fields.push(("Visibility", word_or(VISIBILITIES, &visibility, visibility)));
    }
    if symbol.other & !3 != 0 {
        fields.push(("Other", hex(symbol.other & !3)));
    }
    fields
}

fn definition<'s>(
    symbol: &Symbol<'s>,
    interface: &Interface,
    labels: &'s Labels,
    seen: &mut HashSet<Place>,
    fields: &mut Vec<Field<'s>>,
) {
    if let Some(place) = symbol.place()
        && !seen.insert(place)
    {
        fields.push(("Alias", Scalar::Name(&labels.all[&place])));
        return;
    }
    let mut placement = |word: &'static str| {
        if word != default_placement(symbol.kind) {
            fields.push(("Placement", Scalar::Word(word.into())));
        }
    };
    match &symbol.definition {
        Definition::Undefined { file } => {
            fields.push(("Undefined", yes()));
            if let Some(file) = file {
                fields.push(("File", Scalar::Name(file)));
            }
        }
        Definition::Code { odd } => {
            placement("Code");
            if *odd {
                fields.push(("Odd", yes()));
            }
        }
        Definition::Tls { .. } => placement("TLS"),
        Definition::Absolute { value } => {
            placement("Absolute");
            if *value != 0 {
                fields.push(("Value", hex(*value)));
            }
        }
        Definition::Data { object } => {
            let Some(object) = interface.objects.get(*object) else {
                return;
            };
            placement(word(PLACEMENTS, &object.placement).unwrap_or_default());
            if object.alignment != DEFAULT_ALIGNMENT {
                fields.push(("Align", number(object.alignment)));
            }
        }
    }
    if let Some(place) = symbol.place()
        && labels.explicit.contains(&place)
    {
        fields.push(("Label", Scalar::Name(&labels.all[&place])));
    }
}

/// What aliases call the places that they name.
struct Labels {
    all: HashMap<Place, Vec<u8>>,
    /// Places whose label isn't that of their first symbol.
    explicit: HashSet<Place>,
}

impl Labels {
    fn new(interface: &Interface) -> Labels {
        let mut labels = Labels {
            all: HashMap::new(),
            explicit: HashSet::new(),
        };
        let mut places = Vec::new();
        let mut shared = HashSet::new();
        let mut owners: HashMap<Vec<u8>, Place> = HashMap::new();
        for symbol in &interface.symbols {
            let Some(place) = symbol.place() else {
                continue;
            };
            match labels.all.entry(place) {
                Occupied(_) => {
                    shared.insert(place);
                }
                Vacant(entry) => {
                    entry.insert(label(symbol));
                    owners.entry(label(symbol)).or_insert(place);
                    places.push(place);
                }
            }
        }
        // The last number of each label, so that none is tried twice.
        let mut numbers: HashMap<Vec<u8>, usize> = HashMap::new();
        for place in places {
            let base = &labels.all[&place];
            if !shared.contains(&place) || owners.get(base) == Some(&place) {
                continue;
            }
            let numbered = |number| [&base[..], format!("#{number}").as_bytes()].concat();
            let number = numbers.entry(base.clone()).or_insert(1);
            let text = loop {
                *number += 1;
                let text = numbered(*number);
                if !owners.contains_key(&text) {
                    break text;
                }
            };
            owners.insert(text.clone(), place);
            labels.explicit.insert(place);
            labels.all.insert(place, text);
        }
        labels
    }
}
