//! What has changed in a header, as far as that can be told without compiling
//! it: nothing but comments, nothing but additions, or more.
//!
//! A header is taken apart into what stands at its top: declarations up to
//! their `;` or closing brace, directives, and the branches of conditionals.
//! It is an addition if all that was there is still there, in this order, and
//! what is new declares something of its own. A member more, an enumerator
//! more, another macro body or a new `#pragma` are no additions: what was
//! compiled before has the old one. In doubt it is more.

use std::collections::HashSet;

/// How far a header has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderChange {
    /// Comments and white space.
    Comments,
    /// Declarations, macros and includes that were not there.
    Additions,
    Other,
}

pub fn header_change(old: &[u8], new: &[u8]) -> HeaderChange {
    let (Some(old_items), Some(new_items)) = (items(old), items(new)) else {
        return HeaderChange::Other;
    };
    if old_items == new_items {
        return HeaderChange::Comments;
    }
    let known = words(&old_items);
    if adds(&old_items, &new_items, &known) {
        HeaderChange::Additions
    } else {
        HeaderChange::Other
    }
}

/// Each branch's directive, and what stands in it.
type Branches = Vec<(String, Vec<Item>)>;

#[derive(Debug, PartialEq, Eq)]
enum Item {
    /// A declaration, its tokens separated by blanks.
    Declaration(String),
    /// A directive that is no conditional, and its name's rest.
    Directive(String),
    Conditional(Branches),
}

/// Whether `new` is `old` with additions.
fn adds(old: &[Item], new: &[Item], known: &HashSet<String>) -> bool {
    let mut rest = new.iter();
    for item in old {
        loop {
            match rest.next() {
                None => return false,
                Some(candidate) if is_kept(item, candidate, known) => break,
                Some(added) if is_addition(added, known) => {}
                Some(_) => return false,
            }
        }
    }
    rest.all(|added| is_addition(added, known))
}

fn is_kept(old: &Item, new: &Item, known: &HashSet<String>) -> bool {
    match (old, new) {
        (Item::Conditional(old), Item::Conditional(new)) => {
            old.len() == new.len()
                && old
                    .iter()
                    .zip(new)
                    .all(|((if_old, old), (if_new, new))| if_old == if_new && adds(old, new, known))
        }
        _ => old == new,
    }
}

/// Whether what was there means the same with this in front of it.
fn is_addition(item: &Item, known: &HashSet<String>) -> bool {
    match item {
        // `extern "C" {` and its end, around what was there.
        Item::Declaration(text) => !text.ends_with('{') && text != "}",
        Item::Directive(text) => match text.split_once(' ') {
            Some(("include", _)) => true,
            Some(("define", macro_)) => {
                let name = macro_.split(|c: char| !is_word(c)).next();
                name.is_some_and(|name| !name.is_empty() && !known.contains(name))
            }
            _ => false,
        },
        Item::Conditional(branches) => {
            let mut items = branches.iter().flat_map(|(_, items)| items);
            items.all(|item| is_addition(item, known))
        }
    }
}

/// All words of the old header, which a new macro would change.
fn words(items: &[Item]) -> HashSet<String> {
    let mut all = HashSet::new();
    let mut add = |text: &str| {
        let words = text.split(|c: char| !is_word(c));
        all.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    };
    let mut stack: Vec<&Item> = items.iter().collect();
    while let Some(item) = stack.pop() {
        match item {
            Item::Declaration(text) | Item::Directive(text) => add(text),
            Item::Conditional(branches) => {
                for (directive, items) in branches {
                    add(directive);
                    stack.extend(items);
                }
            }
        }
    }
    all
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// How deep conditionals may stand in one another: each takes a piece of the stack.
const DEEPEST: usize = 200;

/// What stands at the top of a header; nothing if it can't be taken apart.
fn items(text: &[u8]) -> Option<Vec<Item>> {
    let text = String::from_utf8_lossy(text);
    let lines = logical_lines(&text)?;
    // The branches so far, what stands around, the directive of the present one.
    let mut open: Vec<(Branches, Vec<Item>, String)> = Vec::new();
    let mut here = Vec::new();
    let mut declaration = Declaration::default();
    for line in lines {
        let trimmed = line.trim();
        let Some(directive) = trimmed.strip_prefix('#') else {
            declaration.read(trimmed, &mut here)?;
            continue;
        };
        let directive = directive.split_whitespace().collect::<Vec<_>>().join(" ");
        if !declaration.tokens.is_empty() {
            // In the middle of a declaration it is a part of it.
            declaration.tokens.push(format!("#{directive}\n"));
            continue;
        }
        let word = directive.split(|c: char| !is_word(c)).next().unwrap_or("");
        match word {
            "if" | "ifdef" | "ifndef" => {
                if open.len() >= DEEPEST {
                    return None;
                }
                open.push((Vec::new(), std::mem::take(&mut here), directive));
            }
            "elif" | "elifdef" | "elifndef" | "else" => {
                let (branches, _, current) = open.last_mut()?;
                let current = std::mem::replace(current, directive);
                branches.push((current, std::mem::take(&mut here)));
            }
            "endif" => {
                let (mut branches, around, current) = open.pop()?;
                branches.push((current, std::mem::replace(&mut here, around)));
                here.push(Item::Conditional(branches));
            }
            "" => {}
            _ => here.push(Item::Directive(directive)),
        }
    }
    (open.is_empty() && declaration.tokens.is_empty()).then_some(here)
}

/// A declaration that is being read.
#[derive(Default)]
struct Declaration {
    tokens: Vec<String>,
    /// How many brackets are open.
    depth: usize,
}

impl Declaration {
    /// Nothing if more is closed than was opened, within a declaration.
    fn read(&mut self, line: &str, items: &mut Vec<Item>) -> Option<()> {
        for token in tokens(line) {
            let is_end = match token.as_str() {
                "(" | "[" => {
                    self.depth += 1;
                    false
                }
                "{" if self.depth == 0 && self.is_around() => true,
                "{" => {
                    self.depth += 1;
                    false
                }
                ")" | "]" => {
                    self.depth = self.depth.checked_sub(1)?;
                    false
                }
                // The end of what is around.
                "}" if self.depth == 0 => self.tokens.is_empty().then_some(true)?,
                "}" => {
                    self.depth -= 1;
                    self.depth == 0 && !self.is_type()
                }
                ";" => self.depth == 0,
                _ => false,
            };
            self.tokens.push(token);
            if is_end {
                items.push(Item::Declaration(self.tokens.join(" ")));
                self.tokens.clear();
            }
        }
        Some(())
    }

    /// Whether a brace opens what others stand in.
    fn is_around(&self) -> bool {
        match self.tokens.first().map(String::as_str) {
            Some("extern") => self.tokens.len() == 2 && self.tokens[1].starts_with('"'),
            Some("namespace") => true,
            _ => false,
        }
    }

    /// Whether more may come behind its closing brace.
    fn is_type(&self) -> bool {
        let first = self.tokens.first().map_or("", String::as_str);
        let types = ["typedef", "struct", "union", "enum", "class", "template"];
        types.contains(&first) || self.tokens.iter().any(|token| token == "=")
    }
}

fn tokens(line: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if first.is_whitespace() => {
                rest = &rest[first.len_utf8()..];
                continue;
            }
            '"' | '\'' => literal(rest),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    tokens
}

/// The length of a string or character that `text` begins with; up to its end,
/// if there is no other quote.
fn literal(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() && bytes[at] != bytes[0] {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    let end = (at + 1).min(bytes.len());
    (end..=bytes.len())
        .find(|&end| text.is_char_boundary(end))
        .unwrap_or(bytes.len())
}

/// Lines without comments, those that go on put together. Nothing if a comment
/// doesn't end, or there is a raw string, whose lines are no lines.
fn logical_lines(text: &str) -> Option<Vec<String>> {
    let joined = text.replace("\r\n", "\n").replace("\\\n", "");
    let mut lines = Vec::new();
    let mut line = String::new();
    // Found once for all literals on a line.
    let mut line_end = 0;
    let mut rest = joined.as_str();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            line.push(' ');
            comment.find("*/")? + 4
        } else if rest.starts_with("R\"") {
            return None;
        } else if first == '\n' {
            lines.push(std::mem::take(&mut line));
            1
        } else if first == '"'
            || (first == '\'' && !line.ends_with(|c: char| c.is_ascii_hexdigit()))
        {
            // Not the separator of a number; and no literal goes beyond its line.
            let at = joined.len() - rest.len();
            if line_end <= at {
                line_end = at + rest.find('\n').unwrap_or(rest.len());
            }
            let length = literal(&rest[..line_end - at]);
            line.push_str(&rest[..length]);
            length
        } else {
            line.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    lines.push(line);
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::HeaderChange::{Additions, Comments, Other};
    use super::*;

    const OLD: &str = "\
/* A library. */
#ifndef A_H
#define A_H
#include <stddef.h>
#ifdef __cplusplus
extern \"C\" {
#endif
#define A_VERSION 1
#define A_MAX(a, b) \\
  ((a) > (b) ? (a) : (b))
typedef struct a { int x; /* first */ } a_t;
enum kind { ONE, TWO };
struct a *make(int count, const char *name);
static inline int twice(int x) { return 2 * x; }
#ifdef A_WIDE
int wide(void);
#else
int narrow(void);
#endif
#ifdef __cplusplus
}
#endif
#endif
";

    #[track_caller]
    fn is(expected: HeaderChange, from: &str, to: &str) {
        let new = OLD.replacen(from, to, 1);
        assert_ne!(new, OLD, "{from} isn't there");
        let change = header_change(OLD.as_bytes(), new.as_bytes());
        assert_eq!(change, expected, "{from} -> {to}");
    }

    #[test]
    fn comments_and_white_space_mean_nothing() {
        is(Comments, "/* A library. */", "// Another\n// comment");
        is(Comments, "/* first */", "");
        is(Comments, "int count, const", "int count,\n    const");
        is(Comments, "\\\n  ((a)", "((a)");
        is(Comments, "#define A_VERSION", "#  define  A_VERSION");
        is(Comments, "A library. */", "A \"library */");
    }

    #[test]
    fn what_only_adds_is_an_addition() {
        is(
            Additions,
            "int wide(void);",
            "int wide(void);\nint wider(void);",
        );
        is(Additions, "enum kind", "struct b { int y; };\nenum kind");
        is(
            Additions,
            "enum kind",
            "static inline int no(void) { if (1) { return 0; } return 1; }\nenum kind",
        );
        is(
            Additions,
            "#define A_VERSION 1",
            "#define A_VERSION 1\n#define A_NEW 2",
        );
        is(
            Additions,
            "#include <stddef.h>",
            "#include <stddef.h>\n#include <stdint.h>",
        );
        is(
            Additions,
            "enum kind",
            "#ifdef A_NEW\nint n(void);\n#else\nint o(void);\n#endif\nenum kind",
        );
        is(
            Additions,
            "#endif\n#ifdef __cplusplus\n}",
            "#endif\ntypedef int (*call)(struct a *);\n#ifdef __cplusplus\n}",
        );
    }

    #[test]
    fn what_changes_the_meaning_of_what_was_there_is_more() {
        is(Other, "int x;", "int x; int y;");
        is(Other, "int x;", "long x;");
        is(Other, "TWO }", "TWO, THREE }");
        is(Other, "TWO }", "TWO,\n#ifdef A_NEW\n THREE\n#endif\n }");
        is(Other, "return 2 * x", "return 3 * x");
        is(Other, "A_VERSION 1", "A_VERSION 2");
        is(Other, "A_MAX(a", "A_MAX (a");
        is(Other, "(a) : (b))", "(b) : (a))");
        is(Other, "int wide(void);", "");
        is(Other, "#ifdef A_WIDE", "#ifndef A_WIDE");
        is(
            Other,
            "int narrow(void);\n#endif",
            "#endif\nint narrow(void);",
        );
        // Around or in front of what was there.
        is(
            Other,
            "typedef struct a",
            "#pragma pack(1)\ntypedef struct a",
        );
        is(
            Other,
            "#define A_VERSION 1",
            "#define x y\n#define A_VERSION 1",
        );
        is(
            Other,
            "#define A_VERSION 1",
            "#define make a_make\n#define A_VERSION 1",
        );
        is(
            Other,
            "#define A_VERSION 1",
            "#undef NULL\n#define A_VERSION 1",
        );
        is(
            Other,
            "enum kind { ONE, TWO };",
            "#ifdef A_NEW\nenum kind { ONE, TWO };\n#endif",
        );
        is(
            Other,
            "enum kind { ONE, TWO };",
            "namespace n {\nenum kind { ONE, TWO };\n}",
        );
        // Order may matter.
        is(
            Other,
            "enum kind { ONE, TWO };\nstruct a *make(int count, const char *name);",
            "struct a *make(int count, const char *name);\nenum kind { ONE, TWO };",
        );
    }

    #[test]
    fn what_cannot_be_taken_apart_is_more() {
        let deep = "#if 1\n".repeat(100_000) + &"#endif\n".repeat(100_000);
        for broken in [
            "/* no end",
            "#if 1\n",
            "#endif\n",
            &deep,
            "int f(;\n",
            ")",
            "const char *s = R\"(\n)\";\n",
        ] {
            let change = header_change(OLD.as_bytes(), format!("{OLD}{broken}").as_bytes());
            assert_eq!(change, Other, "{broken}");
        }
    }
}
