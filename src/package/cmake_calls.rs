//! The commands of a CMake file and their arguments, as
//! `cmake-language(7)` defines them.

use std::collections::BTreeSet;
use std::ops::Range;

/// How an argument is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Quoted,
    Bare,
    /// `[[...]]`: variables are not replaced.
    Bracket,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Argument {
    /// Without the quotes or brackets.
    pub range: Range<usize>,
    pub style: Style,
}

/// Where a command runs, as far as it changes what `CMAKE_CURRENT_LIST_DIR`
/// means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    File,
    Function,
    Macro,
}

#[derive(Debug)]
pub struct Call {
    /// In lower case: CMake's commands know no case.
    pub name: String,
    pub arguments: Vec<Argument>,
    pub body: Body,
}

/// All commands, in order. What CMake could not read either gives a command
/// with the arguments found so far.
pub fn calls(text: &[u8]) -> Vec<Call> {
    let mut reader = Reader {
        text,
        at: 0,
        unclosed: BTreeSet::new(),
    };
    let mut all = Vec::new();
    let mut bodies = Vec::new();
    let mut macros = 0_usize;
    while reader.at < text.len() {
        if reader.skip_comment() {
            continue;
        }
        let length = reader.count(|b| b.is_ascii_alphanumeric() || b == b'_');
        if length == 0 {
            reader.at += 1;
            continue;
        }
        let name = text[reader.at..reader.at + length].to_ascii_lowercase();
        let name = String::from_utf8_lossy(&name).into_owned();
        reader.at += length;
        reader.at += reader.count(|b| b == b' ' || b == b'\t');
        if reader.peek() != Some(b'(') {
            continue;
        }
        reader.at += 1;
        let arguments = reader.arguments();
        match name.as_str() {
            "endfunction" | "endmacro" => {
                macros -= usize::from(bodies.pop() == Some(Body::Macro));
            }
            _ => {}
        }
        let body = match macros > 0 {
            true => Body::Macro,
            false => bodies.last().copied().unwrap_or(Body::File),
        };
        match name.as_str() {
            "function" => bodies.push(Body::Function),
            "macro" => {
                bodies.push(Body::Macro);
                macros += 1;
            }
            _ => {}
        }
        all.push(Call {
            name,
            arguments,
            body,
        });
    }
    all
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    /// Numbers of `=` in brackets that nothing closes from here on.
    unclosed: BTreeSet<usize>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn count(&self, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = &self.text[self.at..];
        rest.iter().take_while(|&&b| wanted(b)).count()
    }

    /// `#` to the end of the line, or `#[[ ... ]]`.
    fn skip_comment(&mut self) -> bool {
        if self.peek() != Some(b'#') {
            return false;
        }
        self.at += 1;
        if self.bracket().is_none() {
            self.at += self.count(|b| b != b'\n');
        }
        true
    }

    /// `[=[ ... ]=]`: moves behind it and gives the range within.
    fn bracket(&mut self) -> Option<Range<usize>> {
        let rest = self.text[self.at..].strip_prefix(b"[")?;
        let equals = rest.iter().take_while(|&&b| b == b'=').count();
        if rest.get(equals) != Some(&b'[') {
            return None;
        }
        if self.unclosed.contains(&equals) {
            return None;
        }
        let start = self.at + equals + 2;
        let close = [b"]".as_slice(), &vec![b'='; equals], b"]"].concat();
        let Some(length) = memchr::memmem::find(&self.text[start..], &close) else {
            self.unclosed.insert(equals);
            return None;
        };
        self.at = start + length + close.len();
        Some(start..start + length)
    }

    /// Arguments up to the bracket that closes the command; inner brackets
    /// only group.
    fn arguments(&mut self) -> Vec<Argument> {
        let mut all = Vec::new();
        let mut depth = 1;
        while let Some(byte) = self.peek() {
            if byte.is_ascii_whitespace() || byte == b';' {
                self.at += 1;
            } else if self.skip_comment() {
            } else if byte == b'(' {
                depth += 1;
                self.at += 1;
            } else if byte == b')' {
                depth -= 1;
                self.at += 1;
                if depth == 0 {
                    break;
                }
            } else if let Some(range) = self.bracket() {
                all.push(Argument {
                    range,
                    style: Style::Bracket,
                });
            } else if byte == b'"' {
                let start = self.at + 1;
                self.quoted();
                let closed = self.at > start && self.text[self.at - 1] == b'"';
                all.push(Argument {
                    range: start..self.at - usize::from(closed),
                    style: Style::Quoted,
                });
            } else {
                let start = self.at;
                self.bare();
                all.push(Argument {
                    range: start..self.at,
                    style: Style::Bare,
                });
            }
        }
        all
    }

    /// Moves behind the quote that closes the one here.
    fn quoted(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at = (self.at + if byte == b'\\' { 2 } else { 1 }).min(self.text.len());
            if byte == b'"' {
                break;
            }
        }
    }

    /// Moves to the end of an unquoted argument, which may hold quoted parts
    /// (`-Da="b c"`). A `;` in it only separates the elements of a list.
    fn bare(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.quoted(),
                b'\\' => self.at = (self.at + 2).min(self.text.len()),
                b'(' | b')' | b'#' => break,
                _ if byte.is_ascii_whitespace() => break,
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Vec<&str>, Body)> {
        calls(text.as_bytes())
            .into_iter()
            .map(|call| {
                let arguments = call.arguments.into_iter().map(|a| &text[a.range]);
                (call.name, arguments.collect(), call.body)
            })
            .collect()
    }

    #[test]
    fn arguments_are_told_apart() {
        let text =
            "# c (\"\n#[[ f(\n]] SET (a \"b \\\" ; ) c\" # \" )\n d\\ e [=[ ]] ]=] (f) -D=\"g h\")";
        let arguments = vec!["a", "b \\\" ; ) c", "d\\ e", " ]] ", "f", "-D=\"g h\""];
        assert_eq!(read(text), [("set".into(), arguments, Body::File)]);
    }

    #[test]
    fn bodies_are_told_apart() {
        let text = "function(f)\na()\nendfunction()\nmacro(m)\nb()\nendmacro()\nc()";
        let bodies: Vec<_> = read(text)
            .into_iter()
            .map(|(name, _, body)| (name, body))
            .collect();
        for (name, body) in [("a", Body::Function), ("b", Body::Macro), ("c", Body::File)] {
            assert!(bodies.contains(&(name.into(), body)), "{bodies:?}");
        }
    }

    #[test]
    fn damaged_files_are_read_to_their_end() {
        for text in [
            "set(",
            "set(\"a",
            "set(a\\",
            "set([[",
            "#[[",
            "set(\"",
            "\\",
            "set(\"a\\",
        ] {
            let _ = read(text);
        }
    }
}
