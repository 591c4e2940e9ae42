//! Text to [`Interface`].

use std::collections::{HashMap, HashSet};

use bstr::BStr;
use bumpalo::Bump;
use data_encoding::HEXLOWER_PERMISSIVE;

use super::fields::{Fields, scalar, text_of};
use super::words::{
    BINDINGS, CLASSES, ENDIANS, KINDS, PLACEMENTS, REMARKS, VISIBILITIES, Words, list, machine,
    triple, value,
};
use super::yaml::{self, Node, Value};
use super::{DEFAULT_ALIGNMENT, Document, TAG, bad, default_placement, label};
use crate::interface::carried;
use crate::interface::{
    Alignment, Attributes, Binding, Definition, Interface, Kind, Name, Object, Placement, Policy,
    Property, Remark, RequiredVersion, Requirement, Symbol, Target, Version, Warning,
};
use crate::problem::Fault;

/// The interface that this text describes. Its names lie in `arena`.
///
/// Fault: `BadInterface`.
pub fn parse<'a>(text: &[u8], arena: &'a Bump) -> Result<Document<'a>, Fault> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let lines = text[..error.valid_up_to()].split(|byte| *byte == b'\n');
        bad(lines.count(), "not UTF-8")
    })?;
    let root = yaml::document(text, TAG, SYMBOLS, |_| Ok(()))?;
    let mut fields = Fields::of(&root)?;
    let (line, version) = fields.required("IfsVersion")?.text()?;
    if !matches!(version.split_once('.'), Some(("3", _))) {
        return Err(bad(
            line,
            format!("IFS version {version}: only 3.0 is known"),
        ));
    }
    let parser = Parser {
        arena,
        target: target(fields.required("Target")?)?,
        objects: Vec::new(),
        thread_local: 0,
        labels: HashMap::new(),
        warnings: Vec::new(),
    };
    parser.document(text, fields, root.line)
}

/// The field that has most of the text.
const SYMBOLS: &str = "Symbols";

struct Parser<'a> {
    arena: &'a Bump,
    target: Target,
    objects: Vec<Object>,
    /// How many places there are in thread-local data.
    thread_local: usize,
    /// The definitions that aliases share, by what they call them.
    labels: HashMap<Vec<u8>, Definition<'a>>,
    /// From symbols, which is where `llvm-ifs` has them.
    warnings: Vec<Warning<'a>>,
}

impl<'a> Parser<'a> {
    fn document(
        mut self,
        text: &str,
        mut fields: Fields,
        first_line: usize,
    ) -> Result<Document<'a>, Fault> {
        let soname = fields.optional("SoName", |node| self.name(node))?;
        let policy = fields.optional("Policy", policy)?.unwrap_or_default();
        let needed = fields.list("NeededLibs", |node| self.name(node))?;
        let remarks = fields.list("Remarks", |node| self.remark(node))?;
        let mut has_base = false;
        let versions = fields.list("VersionDefinitions", |node| {
            let version = self.version(node)?;
            if version.base && std::mem::replace(&mut has_base, true) {
                return Err(bad(node.line, "a second Base"));
            }
            Ok(version)
        })?;
        let requirements = fields.list("VersionRequirements", |node| self.requirement(node))?;
        let declared = fields.optional("Alignments", alignments)?;
        let relro_line = fields.take("WritableRelRo").map(|node| node.line);
        let writable_relro = fields.flag("WritableRelRo")?;
        let warnings = fields.list("Warnings", |node| self.warning(node))?;
        let attributes = fields.list("Attributes", |node| self.attributes(node))?;
        let attributes = checked(attributes, self.target.machine)?;
        let properties = fields.list("Properties", |node| self.property(node))?;
        let listed = Listed::of(&versions, &requirements);
        fields.list(SYMBOLS, |_| Ok(()))?;
        let mut symbols = Vec::new();
        yaml::document(text, TAG, SYMBOLS, |node| {
            let symbol = self.symbol(&node)?;
            if let Some(what) = listed.fault(&symbol) {
                return Err(bad(node.line, what));
            }
            symbols.push(symbol);
            Ok(())
        })?;
        fields.finish()?;
        self.warnings.splice(..0, warnings);
        let mut interface = Interface {
            target: self.target,
            soname,
            needed,
            remarks,
            versions,
            requirements,
            symbols,
            alignments: Alignment::of_sections(&self.objects),
            objects: self.objects,
            writable_relro,
            warnings: self.warnings,
            attributes,
            properties,
        };
        for (line, placement, alignment) in declared.unwrap_or_default() {
            let least = interface.alignments.get(&placement);
            if least.is_some_and(|&least| alignment < least) {
                return Err(bad(line, "less than the alignment of an object in it"));
            }
            interface.alignments.insert(placement, alignment);
        }
        let mut objects = interface.objects.iter();
        if writable_relro && !objects.any(|object| object.placement.is_relro()) {
            let line = relro_line.unwrap_or(first_line);
            return Err(bad(line, "there is no data in RELRO"));
        }
        Ok(Document { policy, interface })
    }

    fn name(&self, node: &Node) -> Result<Name<'a>, Fault> {
        let (line, bytes) = scalar(node)?;
        if bytes.contains(&0) {
            return Err(bad(line, "a name with a NUL in it"));
        }
        Ok(BStr::new(self.arena.alloc_slice_copy(bytes)))
    }

    fn hex(&self, node: &Node) -> Result<&'a [u8], Fault> {
        let (line, bytes) = scalar(node)?;
        let decoded = HEXLOWER_PERMISSIVE.decode(bytes);
        let decoded = decoded.map_err(|error| bad(line, format!("not hexadecimal: {error}")))?;
        Ok(self.arena.alloc_slice_copy(&decoded))
    }

    fn remark(&self, node: &Node) -> Result<Remark<'a>, Fault> {
        match &node.value {
            Value::Map(entries) if entries.len() == 1 => {
                let (tag, text) = &entries[0];
                let Some(tag) = value(REMARKS, tag.as_bytes()) else {
                    return Err(unknown(node.line, "remark", tag, REMARKS));
                };
                let text = self.name(text)?;
                Ok(Remark { tag, text })
            }
            _ => Err(bad(node.line, "a remark has one field")),
        }
    }

    fn version(&self, node: &Node) -> Result<Version<'a>, Fault> {
        let mut fields = Fields::of(node)?;
        let version = Version {
            name: self.name(fields.required("Name")?.0)?,
            base: fields.flag("Base")?,
            weak: fields.flag("Weak")?,
            parents: fields.list("Parents", |node| self.name(node))?,
        };
        fields.finish()?;
        Ok(version)
    }

    fn requirement(&self, node: &Node) -> Result<Requirement<'a>, Fault> {
        let mut fields = Fields::of(node)?;
        let requirement = Requirement {
            file: self.name(fields.required("File")?.0)?,
            versions: fields.list("Names", |node| match node.value {
                Value::Map(_) => {
                    let mut fields = Fields::of(node)?;
                    let name = self.name(fields.required("Name")?.0)?;
                    let weak = fields.flag("Weak")?;
                    fields.finish()?;
                    Ok(RequiredVersion { name, weak })
                }
                _ => Ok(RequiredVersion {
                    name: self.name(node)?,
                    weak: false,
                }),
            })?,
        };
        fields.finish()?;
        Ok(requirement)
    }

    fn warning(&self, node: &Node) -> Result<Warning<'a>, Fault> {
        let mut fields = Fields::of(node)?;
        let symbol = self.name(fields.required("Symbol")?.0)?;
        let message = fields.optional("Message", |node| self.message(node))?;
        let contents = fields.optional("Contents", |node| self.hex(node))?;
        fields.finish()?;
        match (message, contents) {
            (Some(message), None) | (None, Some(message)) => Ok(Warning { symbol, message }),
            _ => Err(bad(node.line, "a warning has one of Message and Contents")),
        }
    }

    /// A message as compilers write it: with a NUL at the end.
    fn message(&self, node: &Node) -> Result<&'a [u8], Fault> {
        let (_, text) = scalar(node)?;
        Ok(self.arena.alloc_slice_copy(&[text, b"\0"].concat()))
    }

    /// And the line that they are on.
    fn attributes(&self, node: &Node) -> Result<(usize, Attributes<'a>), Fault> {
        let mut fields = Fields::of(node)?;
        let attributes = Attributes {
            name: self.name(fields.required("Name")?.0)?,
            section_type: fields.required("Type")?.number()?,
            flags: fields.number("Flags", 0)?,
            alignment: fields.number("Align", 1)?,
            entry_size: fields.number("EntrySize", 0)?,
            contents: self.hex(fields.required("Contents")?.0)?,
        };
        fields.finish()?;
        Ok((node.line, attributes))
    }

    fn property(&self, node: &Node) -> Result<Property<'a>, Fault> {
        let mut fields = Fields::of(node)?;
        let property = Property {
            property_type: fields.required("Type")?.number()?,
            contents: self.hex(fields.required("Contents")?.0)?,
        };
        fields.finish()?;
        if !Property::is_acted_on(property.property_type, self.target.machine) {
            return Err(bad(
                node.line,
                "no property that linkers of this Target act on",
            ));
        }
        Ok(property)
    }

    fn symbol(&mut self, node: &Node) -> Result<Symbol<'a>, Fault> {
        let mut fields = Fields::of(node)?;
        let weak = fields.flag("Weak")?;
        let binding = fields.optional("Binding", |node| {
            word_or_number(node, "binding", BINDINGS, Binding::Other, 0xf)
        })?;
        let visibility = fields.optional("Visibility", |node| word(node, VISIBILITIES))?;
        let mut symbol = Symbol {
            name: self.name(fields.required("Name")?.0)?,
            version: fields.optional("Version", |node| self.name(node))?,
            hidden: fields.flag("Hidden")?,
            binding: match (weak, binding) {
                (true, Some(_)) => return Err(bad(node.line, "both Weak and Binding")),
                (true, None) => Binding::Weak,
                (false, binding) => binding.unwrap_or(Binding::Global),
            },
            kind: {
                let node = fields.required("Type")?.0;
                word_or_number(node, "type", KINDS, Kind::Other, 0xf)?
            },
            other: fields.number("Other", 0)? | visibility.unwrap_or_default(),
            size: fields.number("Size", 0)?,
            definition: Definition::Absolute { value: 0 },
        };
        if symbol.name.is_empty() {
            return Err(bad(node.line, "a symbol without a name"));
        }
        symbol.definition = self.definition(&mut fields, &symbol)?;
        if !symbol.is_defined() {
            // As it is read from files.
            symbol.size = 0;
        }
        if let Some(what) = symbol.unsayable(&self.target) {
            return Err(bad(node.line, what));
        }
        if let Some(message) = fields.optional("Warning", |node| self.message(node))? {
            let symbol = symbol.name;
            self.warnings.push(Warning { symbol, message });
        }
        fields.finish()?;
        Ok(symbol)
    }

    fn definition(
        &mut self,
        fields: &mut Fields,
        symbol: &Symbol,
    ) -> Result<Definition<'a>, Fault> {
        let line = fields.line;
        if fields.flag("Undefined")? {
            let file = fields.optional("File", |node| self.name(node))?;
            return Ok(Definition::Undefined { file });
        }
        if let Some(node) = fields.take("Alias") {
            let (line, name) = scalar(node)?;
            return match self.labels.get(name) {
                Some(definition) => Ok(definition.clone()),
                None => {
                    let name = String::from_utf8_lossy(name);
                    Err(bad(
                        line,
                        format!("an alias of {name}, which is not above it"),
                    ))
                }
            };
        }
        let placement = match fields.take("Placement") {
            Some(node) => text_of(node)?.1,
            None => default_placement(symbol.kind),
        };
        let definition = match placement {
            "Code" => {
                let odd = fields.flag("Odd")?;
                return Ok(Definition::Code { odd });
            }
            "Absolute" => {
                let value = fields.number("Value", 0)?;
                return Ok(Definition::Absolute { value });
            }
            "TLS" => {
                self.thread_local += 1;
                let object = self.thread_local - 1;
                Definition::Tls { object }
            }
            _ => {
                let Some(placement) = value(PLACEMENTS, placement.as_bytes()) else {
                    let known = list(PLACEMENTS);
                    return Err(bad(
                        line,
                        format!("no placement {placement}: there are {known}, Code, TLS, Absolute"),
                    ));
                };
                let alignment = match fields.take("Align") {
                    Some(node) => alignment(node)?,
                    None => DEFAULT_ALIGNMENT,
                };
                self.objects.push(Object {
                    placement,
                    alignment,
                });
                let object = self.objects.len() - 1;
                Definition::Data { object }
            }
        };
        if let Some(node) = fields.take("Label") {
            let (line, name) = scalar(node)?;
            let before = self.labels.insert(name.to_vec(), definition.clone());
            if before.is_some() {
                return Err(bad(line, "a label that stands for something else already"));
            }
        } else {
            let definition = definition.clone();
            self.labels.entry(label(symbol)).or_insert(definition);
        }
        Ok(definition)
    }
}

/// The versions that symbols can have.
struct Listed<'a> {
    defined: HashSet<Name<'a>>,
    required: HashSet<(Name<'a>, Name<'a>)>,
}

impl<'a> Listed<'a> {
    fn of(versions: &[Version<'a>], requirements: &[Requirement<'a>]) -> Listed<'a> {
        // The base is the file's name.
        let defined = versions.iter().filter(|version| !version.base);
        let required = requirements.iter().flat_map(|one| {
            let names = one.versions.iter().map(|version| version.name);
            names.map(|name| (one.file, name))
        });
        Listed {
            defined: defined.map(|version| version.name).collect(),
            required: required.collect(),
        }
    }

    /// What is wrong if the symbol's is none of these.
    fn fault(&self, symbol: &Symbol) -> Option<String> {
        // Without a version it is hidden behind those that there are (`foo@`).
        if symbol.hidden && symbol.version.is_none() && self.defined.is_empty() {
            return Some("Hidden, where there are no versions".to_owned());
        }
        let name = symbol.version?;
        match symbol.definition {
            Definition::Undefined { file: Some(file) } => (!self.required.contains(&(file, name)))
                .then(|| format!("Version {name} of {file}, which VersionRequirements don't have")),
            _ => (!self.defined.contains(&name))
                .then(|| format!("Version {name}, which VersionDefinitions don't have")),
        }
    }
}

fn target(field: super::fields::Field) -> Result<Target, Fault> {
    let super::fields::Field(node) = field;
    if let Value::Scalar(_) = node.value {
        let (line, text) = text_of(node)?;
        let arch = text.split('-').next().unwrap_or_default();
        let Some((machine, class, endian)) = triple(arch) else {
            return Err(bad(line, format!("unknown target {text}")));
        };
        return Ok(Target {
            class,
            endian,
            machine,
            os_abi: 0,
            abi_version: 0,
            flags: 0,
        });
    }
    let mut fields = Fields::of(node)?;
    if let Some(node) = fields.take("ObjectFormat") {
        let (line, format) = text_of(node)?;
        if format != "ELF" {
            return Err(bad(
                line,
                format!("object format {format}: only ELF is known"),
            ));
        }
    }
    let arch = fields.required("Arch")?;
    let target = Target {
        machine: match machine(arch.text()?.1) {
            Some(machine) => machine,
            None => arch
                .number()
                .map_err(|_| bad(arch.0.line, "unknown Arch"))?,
        },
        endian: word(fields.required("Endianness")?.0, ENDIANS)?,
        class: word(fields.required("BitWidth")?.0, CLASSES)?,
        flags: fields.number("Flags", 0)?,
        os_abi: fields.number("OSABI", 0)?,
        abi_version: fields.number("ABIVersion", 0)?,
    };
    fields.finish()?;
    Ok(target)
}

/// What stubs can carry, in their order.
fn checked<'a>(
    attributes: Vec<(usize, Attributes<'a>)>,
    machine: u16,
) -> Result<Vec<Attributes<'a>>, Fault> {
    let (lines, mut attributes): (Vec<_>, Vec<_>) = attributes.into_iter().unzip();
    match carried::unfit(&attributes, machine) {
        Some((index, what)) => Err(bad(lines[index], what)),
        None => {
            carried::sort(&mut attributes);
            Ok(attributes)
        }
    }
}

fn policy(node: &Node) -> Result<Policy, Fault> {
    let mut fields = Fields::of(node)?;
    let policy = Policy {
        drop_private: fields.list("DropPrivate", |node| Ok(text_of(node)?.1.to_owned()))?,
        drop_foreign_templates: fields.flag("DropForeignTemplates")?,
        keep_undefined: fields.flag("KeepUndefined")?,
    };
    fields.finish()?;
    Ok(policy)
}

fn alignments(node: &Node) -> Result<Vec<(usize, Placement, Alignment)>, Fault> {
    let Value::Map(entries) = &node.value else {
        return Err(bad(node.line, "Alignments has a field for each placement"));
    };
    let entries = entries.iter().map(|(name, node)| {
        let Some(placement) = value(PLACEMENTS, name.as_bytes()) else {
            return Err(unknown(node.line, "placement", name, PLACEMENTS));
        };
        Ok((node.line, placement, alignment(node)?))
    });
    entries.collect()
}

fn alignment(node: &Node) -> Result<Alignment, Fault> {
    let bytes = super::fields::Field(node).number()?;
    Alignment::new(bytes).ok_or_else(|| bad(node.line, "an alignment that is no power of two"))
}

fn word<T: Copy>(node: &Node, words: Words<T>) -> Result<T, Fault> {
    let (line, text) = text_of(node)?;
    value(words, text.as_bytes()).ok_or_else(|| unknown(line, "value", text, words))
}

/// A word, or the number of something that has none.
fn word_or_number<T: Copy>(
    node: &Node,
    what: &str,
    words: Words<T>,
    other: fn(u8) -> T,
    most: u8,
) -> Result<T, Fault> {
    let (line, text) = text_of(node)?;
    if let Some(value) = value(words, text.as_bytes()) {
        return Ok(value);
    }
    match text.parse::<u8>() {
        Ok(number) if number <= most => Ok(other(number)),
        _ => Err(unknown(line, what, text, words)),
    }
}

fn unknown<T>(line: usize, what: &str, text: &str, words: Words<T>) -> Fault {
    bad(line, format!("no {what} {text}: there are {}", list(words)))
}
