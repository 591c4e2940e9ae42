//! C++ names as the Itanium ABI mangles them: to which namespace they belong,
//! and what people call them.

use std::fmt::{self, Write};

use cpp_demangle::DemangleOptions;

/// What a C++ name lies in, outermost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// Without template arguments.
    pub name: &'a [u8],
    /// It is surely a class: it has a constructor, a vtable or the like. What is
    /// not may be either, which mangling leaves open.
    pub is_class: bool,
}

/// The outermost namespace of what a mangled C++ name stands for, or the class
/// if that is in no namespace: `std` for `_ZNSt6vectorIiE9push_backERKi` and for
/// the typeinfo of that class.
///
/// `None` for names that aren't C++, for what is in the global namespace, and
/// for typeinfo of types that are in none (`int*`, functions).
pub fn outermost_scope(name: &[u8]) -> Option<Scope<'_>> {
    let mut encoding = name.strip_prefix(b"_Z")?;
    // What a function defines belongs to the function.
    while let Some(inner) = encoding.strip_prefix(b"Z") {
        encoding = inner;
    }
    let (is_type, encoding) = special(encoding)?;
    let (std, class) = (
        Scope {
            name: b"std",
            is_class: false,
        },
        |name| Scope {
            name,
            is_class: true,
        },
    );
    if let Some(nested) = encoding.strip_prefix(b"N") {
        // Qualifiers of member functions.
        let start = nested.iter().position(|byte| !b"rVKRO".contains(byte))?;
        let nested = &nested[start..];
        if is_std(nested) {
            return Some(std);
        }
        let (name, rest) = component(nested)?;
        let is_class = is_member(rest, start > 0);
        return Some(Scope { name, is_class });
    }
    if is_std(encoding) {
        return Some(std);
    }
    // An unscoped class is its own scope, an unscoped function has none.
    component(encoding)
        .filter(|_| is_type)
        .map(|(name, _)| class(name))
}

/// `St` and the abbreviations of the standard library's classes.
fn is_std(encoding: &[u8]) -> bool {
    matches!(encoding, [b'S', second, ..] if b"abdiost".contains(second))
}

/// Whether only a class can have this behind its name in a nested name.
/// `qualified` is whether the whole is a member function that is const or so.
fn is_member(rest: &[u8], qualified: bool) -> bool {
    match rest {
        // Template arguments, constructors, destructors, assignment.
        [b'I', ..] | [b'C', b'1'..=b'5' | b'I', ..] | [b'D', b'0'..=b'5', ..] => true,
        [b'a', b'S', ..] => true,
        // `foo::operator==() const`, `foo::bar() const`.
        [b'a'..=b'z', ..] => qualified,
        _ => qualified && component(rest).is_some_and(|(_, rest)| rest.starts_with(b"E")),
    }
}

/// Without the prefix of what the compiler makes of an entity (Itanium C++ ABI,
/// 5.1.4, special names), and whether that entity is a type.
fn special(encoding: &[u8]) -> Option<(bool, &[u8])> {
    Some(match encoding {
        [b'T', b'V' | b'T' | b'I' | b'S', rest @ ..] => (true, rest),
        // Construction vtables name both classes; thread-local wrappers and
        // guards a variable, thunks how they adjust what.
        [b'T', b'C', rest @ ..] => (true, rest),
        [b'T', b'H' | b'W', rest @ ..] => (false, rest),
        [b'T', b'h' | b'v', ..] => (false, after_offset(&encoding[1..])?),
        [b'T', b'c', rest @ ..] => (false, after_offset(after_offset(rest)?)?),
        [b'G', b'V' | b'R', rest @ ..] => match rest {
            [b'Z', inner @ ..] => (false, inner),
            _ => (false, rest),
        },
        _ => (false, encoding),
    })
}

/// `h <number> _` or `v <number> _ <number> _`.
fn after_offset(offset: &[u8]) -> Option<&[u8]> {
    let numbers = match offset.first()? {
        b'h' => 1,
        b'v' => 2,
        _ => return None,
    };
    let mut rest = &offset[1..];
    for _ in 0..numbers {
        let end = rest.iter().position(|byte| *byte == b'_')?;
        rest = &rest[end + 1..];
    }
    Some(rest)
}

/// The name that a nested name starts with, and what follows.
fn component(nested: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = nested.iter().take_while(|byte| byte.is_ascii_digit());
    let (length, rest) = nested.split_at(digits.count());
    let length: usize = std::str::from_utf8(length).ok()?.parse().ok()?;
    rest.split_at_checked(length)
}

/// What people call a symbol, if its name is mangled (C++, Rust). Nobody reads
/// names that are longer than [`READABLE`]: these stay as they are.
pub fn demangled(name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name).ok()?;
    // Rust's old scheme looks like C++, so it is asked first.
    if let Ok(rust) = rustc_demangle::try_demangle(text) {
        return readable(|name| write!(name, "{rust:#}"));
    }
    if !name.starts_with(b"_Z") {
        return None;
    }
    let symbol = cpp_demangle::Symbol::new(name).ok()?;
    readable(|name| symbol.structured_demangle(name, &DemangleOptions::default()))
}

/// In bytes. What stands for an earlier part of the name (`S_`) can make it twice
/// as long each time.
const READABLE: usize = 1 << 16;

fn readable(print: impl FnOnce(&mut Readable) -> fmt::Result) -> Option<String> {
    let mut name = Readable(String::new());
    print(&mut name).ok().map(|()| name.0)
}

struct Readable(String);

impl Write for Readable {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        match self.0.len() {
            ..=READABLE => Ok(()),
            _ => Err(fmt::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outermost_scopes() {
        for (name, scope, is_class) in [
            ("_ZNSt6vectorIiSaIiEE9push_backERKi", Some("std"), false),
            ("_ZNKSs4sizeEv", Some("std"), false),
            ("_ZNSs6appendEPKc", Some("std"), false),
            ("_ZSt4swapIiEvRT_S1_", Some("std"), false),
            ("_ZTISt9exception", Some("std"), false),
            ("_ZTSN5boost9exceptionE", Some("boost"), false),
            ("_ZNK5boost9exception4whatEv", Some("boost"), false),
            (
                "_ZN9__gnu_cxx13new_allocatorIcED1Ev",
                Some("__gnu_cxx"),
                false,
            ),
            ("_ZNK7QString6lengthEv", Some("QString"), true),
            ("_ZN7QString6numberEi", Some("QString"), false),
            ("_ZNK7QStringeqERKS_", Some("QString"), true),
            ("_ZN7QStringaSERKS_", Some("QString"), true),
            ("_ZN7QStringC1Ev", Some("QString"), true),
            ("_ZN7QStringD0Ev", Some("QString"), true),
            ("_ZN5QListIiE6appendERKi", Some("QList"), true),
            ("_ZTV7QString", Some("QString"), true),
            ("_ZThn16_N3foo3BarD1Ev", Some("foo"), false),
            ("_ZTv0_n24_N3foo3BarD1Ev", Some("foo"), false),
            ("_ZTch0_h16_N3foo3Bar5cloneEv", Some("foo"), false),
            ("_ZGVZN3foo3barEvE1x", Some("foo"), false),
            ("_ZZN3foo3barEvE1x", Some("foo"), false),
            ("_ZGVN3foo1xE", Some("foo"), false),
            ("_ZTCN3foo1AE0_NS_1BE", Some("foo"), false),
            ("_Z3fooIiEvT_", None, false),
            ("_Z3foov", None, false),
            ("_ZTSPFvvE", None, false),
            ("_ZTIPKc", None, false),
            ("_ZN", None, false),
            ("_ZN99999999999999999999999fooE", None, false),
            ("_ZN9foo", None, false),
            ("foo", None, false),
            ("", None, false),
        ] {
            let found = outermost_scope(name.as_bytes());
            assert_eq!(
                found.map(|scope| scope.name),
                scope.map(str::as_bytes),
                "{name}"
            );
            assert_eq!(
                found.is_some_and(|scope| scope.is_class),
                is_class,
                "{name}"
            );
        }
    }

    #[test]
    fn names_for_people() {
        assert_eq!(
            demangled(b"_ZNK7QString6lengthEv").as_deref(),
            Some("QString::length() const")
        );
        assert_eq!(
            demangled(b"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE").as_deref(),
            Some("core::fmt::Write::write_fmt")
        );
        assert_eq!(demangled(b"deflate"), None);
        assert_eq!(demangled(b"_Z\xff"), None);
    }

    #[test]
    fn names_that_double_end_somewhere() {
        // A pair of two a, one of two such pairs, and so on.
        let doubled = |times: usize| {
            let last = ('1'..='9').chain('A'..='Z').take(times);
            let pairs: String = last.map(|n| format!("S_IS{n}_S{n}_E")).collect();
            demangled(format!("_Z1fSt4pairI1aS0_E{pairs}").as_bytes())
        };
        let pair = "std::pair<a, a>";
        let expected = format!("f({pair}, std::pair<{pair}, {pair} >)");
        assert_eq!(doubled(1), Some(expected));
        assert_eq!(doubled(20), None);
    }
}
