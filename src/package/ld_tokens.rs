//! The words of GNU ld scripts, and whether a text is one.

use std::ops::Range;

/// One token of a script; comments and blanks are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// A name or number, without the quotes it may have.
    Word(&'a [u8]),
    /// Any other byte.
    Mark(u8),
}

/// Where a token lies; for a quoted name with its quotes.
pub type Placed<'a> = (Range<usize>, Token<'a>);

/// Reads tokens one by one, so that a file that is no script is left early.
pub struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Tokens { text, at: 0 }
    }

    /// Skips blanks and comments: `/* */`, and `#` to the end of the line, as
    /// all of bfd (`ldlex.l`), lld and mold do. `None` if a comment has no end.
    fn skip(&mut self) -> Option<()> {
        loop {
            let rest = &self.text[self.at..];
            if rest.first().is_some_and(u8::is_ascii_whitespace) {
                self.at += 1;
            } else if rest.starts_with(b"/*") {
                self.at += 4 + memchr::memmem::find(rest.get(2..)?, b"*/")?;
            } else if rest.starts_with(b"#") {
                self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            } else {
                return Some(());
            }
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Placed<'a>;

    fn next(&mut self) -> Option<Placed<'a>> {
        let start = match self.skip() {
            Some(()) => self.at,
            None => {
                // An open comment: no script. The mark makes the reader see it.
                let start = std::mem::replace(&mut self.at, self.text.len());
                return Some((start..self.at, Token::Mark(0)));
            }
        };
        let rest = &self.text[start..];
        let first = *rest.first()?;
        if first == b'"'
            && let Some(length) = memchr::memchr(b'"', &rest[1..])
        {
            self.at += length + 2;
            return Some((start..self.at, Token::Word(&rest[1..=length])));
        }
        let length = rest.iter().take_while(|&&b| is_word_byte(b)).count();
        self.at += length.max(1);
        let token = match length {
            0 => Token::Mark(first),
            _ => Token::Word(&rest[..length]),
        };
        Some((start..self.at, token))
    }
}

/// The bytes of an unquoted name, as in lld's `ScriptLexer` and mold's
/// tokenizer; bfd allows a few more.
pub fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.$/\\~=+[]*?-!^:".contains(&byte)
}

/// Commands with an argument list.
const WITH_LIST: [&[u8]; 18] = [
    b"INPUT",
    b"GROUP",
    b"AS_NEEDED",
    b"OUTPUT_FORMAT",
    b"OUTPUT_ARCH",
    b"TARGET",
    b"SEARCH_DIR",
    b"EXTERN",
    b"STARTUP",
    b"ENTRY",
    b"ASSERT",
    b"OUTPUT",
    b"NOCROSSREFS",
    b"NOCROSSREFS_TO",
    b"REGION_ALIAS",
    b"PROVIDE",
    b"PROVIDE_HIDDEN",
    b"HIDDEN",
];

/// Commands with a block in braces.
const WITH_BLOCK: [&[u8]; 4] = [b"SECTIONS", b"MEMORY", b"PHDRS", b"VERSION"];

/// Whether `text` is a linker script: nothing but comments, known commands and
/// assignments, and at least one command.
pub fn is_ld_script(text: &[u8]) -> bool {
    let mut tokens = Tokens::new(text);
    let mut commands = 0;
    while let Some((_, token)) = tokens.next() {
        let known = match token {
            Token::Word(word) if WITH_LIST.contains(&word) => {
                commands += 1;
                balanced(&mut tokens, b'(', b')')
            }
            Token::Word(word) if WITH_BLOCK.contains(&word) => {
                commands += 1;
                balanced(&mut tokens, b'{', b'}')
            }
            Token::Word(b"INCLUDE") => {
                commands += 1;
                is_word(tokens.next())
            }
            Token::Word(b"INSERT") => {
                let side = tokens.next();
                matches!(side, Some((_, Token::Word(b"AFTER" | b"BEFORE"))))
                    && is_word(tokens.next())
            }
            Token::Word(b"FORCE_COMMON_ALLOCATION" | b"INHIBIT_COMMON_ALLOCATION") => {
                commands += 1;
                true
            }
            Token::Mark(b';') => true,
            Token::Word(name) => is_assignment(name, &mut tokens),
            Token::Mark(_) => false,
        };
        if !known {
            return false;
        }
    }
    commands > 0
}

fn is_word(token: Option<Placed>) -> bool {
    matches!(token, Some((_, Token::Word(_))))
}

/// Whether a bracket follows and is closed again. A list ends on the few lines
/// that such a script has; braces may go on for pages.
fn balanced(tokens: &mut Tokens, open: u8, close: u8) -> bool {
    if !matches!(tokens.next(), Some((_, Token::Mark(mark))) if mark == open) {
        return false;
    }
    let mut depth = 1;
    for (_, token) in tokens {
        match token {
            Token::Mark(0) => return false,
            Token::Mark(mark) if mark == open => depth += 1,
            Token::Mark(mark) if mark == close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return true;
        }
    }
    false
}

/// `name = expression;`, the `=` perhaps part of the first word or the next.
fn is_assignment(name: &[u8], tokens: &mut Tokens) -> bool {
    let symbol = |b: &u8| b.is_ascii_alphanumeric() || b"_.$".contains(b);
    let begins = |b: &u8| b.is_ascii_alphabetic() || b"_.$".contains(b);
    if !name.first().is_some_and(begins) {
        return false;
    }
    let rest = name.iter().position(|b| !symbol(b)).map(|at| &name[at..]);
    let assigns = |word: &[u8]| {
        let word = word
            .first()
            .filter(|b| b"+-*".contains(b))
            .map_or(word, |_| &word[1..]);
        word.starts_with(b"=") && !word.starts_with(b"==")
    };
    let assigned = match rest {
        Some(rest) => assigns(rest),
        None => matches!(tokens.next(), Some((_, Token::Word(word))) if assigns(word)),
    };
    assigned
        && tokens
            .take_while(|(_, token)| !matches!(token, Token::Mark(b'{' | b'}' | b'#' | 0)))
            .any(|(_, token)| token == Token::Mark(b';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_by_their_commands() {
        for script in [
            "/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /lib/libc.so.6 AS_NEEDED ( a ) )\n",
            "INPUT(libncursesw.so.6 -ltinfo)\n",
            "INPUT ( \"a b\" , c )",
            "SEARCH_DIR(/x); foo = 3; bar=4;\nGROUP(a)",
            "x += 1;\n# comment\nSECTIONS { .text : { *(.text) } } INSERT AFTER .text;",
            "VERSION { V1 { global: a; local: *; }; }",
            "PROVIDE(a = b); INCLUDE other.ld",
        ] {
            assert!(is_ld_script(script.as_bytes()), "{script}");
        }
    }

    #[test]
    fn other_texts_are_no_scripts() {
        for text in [
            "",
            "\n/* only a comment */\n",
            "#!/bin/sh\nGROUP=1\n",
            "#!/bin/sh\necho INPUT '(a)'\n",
            "/* x */\n#ifndef A\n#define A\nextern int a(void);\n#endif\n",
            "#define X\nEXTERN(int) foo(void);\n",
            "a = 1;\n",
            "INPUT a",
            "GROUP ( a",
            "GROUP(a) /* open",
            "VERSION 1.0\n",
            "INPUT_FILES(a)",
            "prefix=/usr\nLibs: -lz\n",
            "!<arch>\n",
            "\x7fELF\x02\x01",
            "GROUP(a)\0",
        ] {
            assert!(!is_ld_script(text.as_bytes()), "{text}");
        }
    }
}
