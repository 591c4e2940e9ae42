//! YAML as far as it is needed: scalars, lists and maps with the lines that
//! they stand on, and scalars that can hold any bytes.

use std::borrow::Cow;

use data_encoding::BASE64;
use saphyr_parser::{Event, Parser, ScanError, Tag};

use super::bad;
use crate::problem::Fault;

/// An interface is four levels deep.
const DEEPEST: usize = 16;

/// Keys are compared each with each; no map that we read has half as many.
const MOST_FIELDS: usize = 64;

pub(super) struct Node<'t> {
    /// Counted from 1.
    pub line: usize,
    pub value: Value<'t>,
}

pub(super) enum Value<'t> {
    /// Text, or bytes if it was tagged `!!binary`.
    Scalar(Cow<'t, [u8]>),
    List(Vec<Node<'t>>),
    /// In the order of the text; no key occurs twice.
    Map(Vec<(Cow<'t, str>, Node<'t>)>),
}

/// The one document of `text`, which must have this tag, but for the elements of
/// the list in the root's field `apart`: these go to `each`, one after the other,
/// since nodes take ten times the memory of their text.
pub(super) fn document<'t>(
    text: &'t str,
    tag: &str,
    apart: &str,
    each: impl FnMut(Node<'t>) -> Result<(), Fault>,
) -> Result<Node<'t>, Fault> {
    let mut builder = Builder {
        open: Vec::new(),
        root: None,
        apart,
        each,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| scan_fault(&error))?;
        let line = span.start.line();
        let is_root = builder.open.is_empty();
        match event {
            Event::DocumentStart(_) if builder.root.is_some() => {
                return Err(bad(line, "a second document: one file holds one library"));
            }
            Event::Alias(_) => return Err(bad(line, "YAML aliases are not understood here")),
            Event::Scalar(text, _, _, tag) => {
                let bytes = scalar(text, tag.as_deref()).map_err(|what| bad(line, what))?;
                builder.add(Node {
                    line,
                    value: Value::Scalar(bytes),
                })?;
            }
            Event::SequenceStart(..) => builder.open(line, Value::List(Vec::new()))?,
            Event::MappingStart(_, found) => {
                if is_root && !found.is_some_and(|found| is_local(&found, tag)) {
                    return Err(bad(line, format!("it does not start with `--- !{tag}`")));
                }
                builder.open(line, Value::Map(Vec::new()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close()?,
            _ => {}
        }
    }
    builder.root.ok_or_else(|| bad(1, "nothing in it"))
}

struct Builder<'t, 'f, F> {
    /// What is not complete yet, outermost first; a map with the key whose
    /// value comes next.
    open: Vec<(Node<'t>, Option<Cow<'t, str>>)>,
    root: Option<Node<'t>>,
    apart: &'f str,
    each: F,
}

impl<'t, F: FnMut(Node<'t>) -> Result<(), Fault>> Builder<'t, '_, F> {
    fn open(&mut self, line: usize, value: Value<'t>) -> Result<(), Fault> {
        if self.open.len() == DEEPEST {
            return Err(bad(line, "nested too deeply"));
        }
        self.open.push((Node { line, value }, None));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        match self.open.pop() {
            Some((mut node, _)) => {
                // Most have one or two, and there may be very many of them.
                if let Value::Map(entries) = &mut node.value {
                    entries.shrink_to_fit();
                }
                self.add(node)
            }
            None => Ok(()),
        }
    }

    fn add(&mut self, node: Node<'t>) -> Result<(), Fault> {
        if let [(_, Some(field)), (list, _)] = &self.open[..]
            && *field == self.apart
            && matches!(list.value, Value::List(_))
        {
            return (self.each)(node);
        }
        let Some((parent, key)) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        match (&mut parent.value, key.take()) {
            (Value::Map(entries), Some(key)) => entries.push((key, node)),
            (Value::Map(entries), None) => {
                let line = node.line;
                let name = node.value.into_text();
                let name = name.ok_or_else(|| bad(line, "the name of a field is no word"))?;
                if entries.iter().any(|(known, _)| *known == name) {
                    return Err(bad(line, format!("the field {name} twice")));
                }
                if entries.len() == MOST_FIELDS {
                    return Err(bad(line, "too many fields"));
                }
                *key = Some(name);
            }
            (Value::List(elements), _) => elements.push(node),
            (Value::Scalar(_), _) => {}
        }
        Ok(())
    }
}

impl<'t> Value<'t> {
    fn into_text(self) -> Option<Cow<'t, str>> {
        match self {
            Value::Scalar(Cow::Borrowed(bytes)) => std::str::from_utf8(bytes).ok().map(Cow::from),
            Value::Scalar(Cow::Owned(bytes)) => String::from_utf8(bytes).ok().map(Cow::from),
            _ => None,
        }
    }
}

fn is_local(tag: &Tag, name: &str) -> bool {
    tag.handle == "!" && tag.suffix == name
}

fn scalar<'t>(text: Cow<'t, str>, tag: Option<&Tag>) -> Result<Cow<'t, [u8]>, String> {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "binary" => BASE64
            .decode(text.as_bytes())
            .map(Cow::Owned)
            .map_err(|error| format!("not base64: {error}")),
        _ => Ok(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        }),
    }
}

fn scan_fault(error: &ScanError) -> Fault {
    bad(error.marker().line(), format!("not YAML: {}", error.info()))
}

/// `bytes` as a scalar: plain if nobody could take it for anything else,
/// otherwise quoted, and in base64 what isn't UTF-8, for which YAML has no
/// escapes.
pub(super) fn print_scalar(bytes: &[u8], out: &mut String) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        out.push_str("!!binary \"");
        BASE64.encode_append(bytes, out);
        out.push('"');
        return;
    };
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\0' => out.push_str("\\0"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(character),
            _ if character.is_alphanumeric() => out.push(character),
            _ => {
                let code = u32::from(character);
                out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
            }
        }
    }
    out.push('"');
}

/// Words that some version of YAML takes for something other than text.
const RESERVED: &[&str] = &["false", "n", "no", "null", "off", "on", "true", "y", "yes"];

fn is_plain(text: &str) -> bool {
    let starts = |first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '/' | '$');
    let continues =
        |next: char| starts(next) || next.is_ascii_digit() || matches!(next, '.' | '-' | '+' | '@');
    text.starts_with(starts)
        && text.chars().all(continues)
        && !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word))
}
