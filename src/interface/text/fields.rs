//! A map of the text, field by field; what nobody asked for is a fault.

use super::bad;
use super::yaml::{Node, Value};
use crate::problem::Fault;

pub(super) struct Fields<'n, 't> {
    pub line: usize,
    entries: &'n [(std::borrow::Cow<'t, str>, Node<'t>)],
    taken: Vec<bool>,
}

/// The value of one field.
#[derive(Clone, Copy)]
pub(super) struct Field<'n, 't>(pub &'n Node<'t>);

impl<'n, 't> Fields<'n, 't> {
    pub fn of(node: &'n Node<'t>) -> Result<Fields<'n, 't>, Fault> {
        match &node.value {
            Value::Map(entries) => Ok(Fields {
                line: node.line,
                entries,
                taken: vec![false; entries.len()],
            }),
            _ => Err(bad(node.line, "fields are wanted here: { Name: ... }")),
        }
    }

    pub fn take(&mut self, name: &str) -> Option<&'n Node<'t>> {
        let index = self.entries.iter().position(|(known, _)| known == name)?;
        self.taken[index] = true;
        Some(&self.entries[index].1)
    }

    pub fn required(&mut self, name: &str) -> Result<Field<'n, 't>, Fault> {
        self.take(name)
            .map(Field)
            .ok_or_else(|| bad(self.line, format!("no field {name}")))
    }

    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'n Node<'t>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.take(name).map(read).transpose()
    }

    pub fn flag(&mut self, name: &str) -> Result<bool, Fault> {
        let flag = self.optional(name, |node| match text_of(node)? {
            (_, "true") => Ok(true),
            (_, "false") => Ok(false),
            (line, text) => Err(bad(line, format!("{text} is neither true nor false"))),
        })?;
        Ok(flag.unwrap_or_default())
    }

    pub fn number<T: TryFrom<u64>>(&mut self, name: &str, default: T) -> Result<T, Fault> {
        let number = self.optional(name, |node| Field(node).number())?;
        Ok(number.unwrap_or(default))
    }

    pub fn list<T>(
        &mut self,
        name: &str,
        read: impl FnMut(&'n Node<'t>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let Some(node) = self.take(name) else {
            return Ok(Vec::new());
        };
        match &node.value {
            Value::List(elements) => elements.iter().map(read).collect(),
            // `Symbols:` with nothing below it.
            Value::Scalar(text) if text.is_empty() || **text == *b"~" => Ok(Vec::new()),
            _ => Err(bad(node.line, format!("{name} is a list"))),
        }
    }

    /// All fields have been asked for.
    pub fn finish(self) -> Result<(), Fault> {
        match self.taken.iter().position(|taken| !taken) {
            None => Ok(()),
            Some(index) => {
                let (name, node) = &self.entries[index];
                Err(bad(node.line, format!("{name} has no meaning here")))
            }
        }
    }
}

impl<'n> Field<'n, '_> {
    pub fn text(self) -> Result<(usize, &'n str), Fault> {
        text_of(self.0)
    }

    /// Decimal, or hexadecimal after `0x`.
    pub fn number<T: TryFrom<u64>>(self) -> Result<T, Fault> {
        let (line, text) = text_of(self.0)?;
        let value = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        value
            .ok()
            .and_then(|value| T::try_from(value).ok())
            .ok_or_else(|| bad(line, format!("{text} is no number that fits here")))
    }
}

/// The bytes of a scalar, and its line.
pub(super) fn scalar<'n>(node: &'n Node) -> Result<(usize, &'n [u8]), Fault> {
    match &node.value {
        Value::Scalar(bytes) => Ok((node.line, bytes)),
        _ => Err(bad(node.line, "a word is wanted here")),
    }
}

pub(super) fn text_of<'n>(node: &'n Node) -> Result<(usize, &'n str), Fault> {
    let (line, bytes) = scalar(node)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((line, text)),
        Err(_) => Err(bad(line, "a word is wanted here")),
    }
}
