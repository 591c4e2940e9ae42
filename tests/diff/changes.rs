//! Each kind of change of definitions, with its verdict and its reason.

use bumpalo::Bump;
use stub_builder::interface::diff::{Change, ChangeKind, Undefined, Verdict, diff, verdict};
use stub_builder::interface::text;

use crate::lab::interface_text;

use ChangeKind as Kind;
use Verdict::{Compatible, Identical, Incompatible};

pub fn changes_with(old: &str, new: &str, undefined: Undefined) -> Vec<Change> {
    let arena = Bump::new();
    let [old, new] = [old, new].map(|lines| {
        let text = interface_text(lines);
        let document = text::parse(text.as_bytes(), &arena);
        document.unwrap_or_else(|fault| panic!("{fault}\n{text}"))
    });
    diff(&old.interface, &new.interface, undefined)
}

pub fn changes(old: &str, new: &str) -> Vec<Change> {
    changes_with(old, new, Undefined::Unsupplied)
}

/// The only change, whose reason must have these words.
pub fn one(old: &str, new: &str, kind: Kind, verdict: Verdict, words: &str) -> Change {
    let mut changes = changes(old, new);
    assert_eq!(changes.len(), 1, "{old} -> {new}: {changes:#?}");
    let change = changes.remove(0);
    assert_eq!((change.kind, change.verdict), (kind, verdict), "{change:?}");
    assert!(change.why.contains(words), "{change:?}");
    change
}

/// The same for one symbol.
pub fn symbol(old: &str, new: &str, kind: Kind, verdict: Verdict, words: &str) -> Change {
    let lines = |symbol: &str| {
        let versions = "VersionDefinitions: [ { Name: V_1 }, { Name: V_2 }, { Name: X_PRIVATE } ]";
        let symbols = symbol.split('|').filter(|symbol| !symbol.is_empty());
        let symbols: String = symbols.map(|s| format!("\n  - {{ Name: {s} }}")).collect();
        format!("{versions}\nSymbols:\n  - {{ Name: other, Type: Func }}{symbols}")
    };
    one(&lines(old), &lines(new), kind, verdict, words)
}

#[test]
fn nothing_changes() {
    let same = "Symbols:\n  - { Name: f, Type: Func }";
    assert_eq!(changes(same, same), []);
    assert_eq!(verdict(&[]), Identical);
}

#[test]
fn symbols_come_and_go() {
    let function = "f, Version: V_1, Type: Func";
    let change = symbol(
        function,
        "",
        Kind::SymbolRemoved,
        Incompatible,
        "will not start",
    );
    assert_eq!(change.subject, "f@@V_1");
    let change = symbol(
        "",
        function,
        Kind::SymbolAdded,
        Compatible,
        "nothing that is linked",
    );
    assert_eq!(change.subject, "f@@V_1");
    let hidden = "f, Version: V_1, Hidden: true, Type: Func";
    let change = symbol(
        hidden,
        "",
        Kind::SymbolRemoved,
        Incompatible,
        "function removed",
    );
    assert_eq!(change.subject, "f@V_1");
    let data = "d, Type: Object, Size: 4";
    symbol(
        data,
        "",
        Kind::SymbolRemoved,
        Incompatible,
        "data removed: programs that use it",
    );
    let both = "d, Type: Object, Size: 4|e, Type: Object, Size: 4, Alias: d";
    symbol(
        data,
        both,
        Kind::SymbolAdded,
        Compatible,
        "another name of d",
    );
}

#[test]
fn reasons_for_coming_and_going() {
    let private = "f, Version: X_PRIVATE, Type: Func";
    let words = "private version node (X_PRIVATE): only the project's own libraries use it";
    symbol(private, "", Kind::SymbolRemoved, Incompatible, words);
    symbol("", private, Kind::SymbolAdded, Compatible, words);

    let foreign = "_ZNSt6vectorIiSaIiEE5clearEv, Type: Func, Weak: true";
    let words = "weak C++ symbol of a foreign namespace (std::): an inlined template, which comes and goes with the compiler";
    let change = symbol(foreign, "", Kind::SymbolRemoved, Incompatible, words);
    let demangled = "std::vector<int, std::allocator<int> >::clear()";
    assert_eq!(change.demangled.as_deref(), Some(demangled));
    // Unless the library has more than templates there.
    let own = format!("_ZNSt3fooEv, Type: Func|{foreign}");
    let words = "weak C++ symbol of the library's own namespace std";
    symbol(
        &own,
        "_ZNSt3fooEv, Type: Func",
        Kind::SymbolRemoved,
        Incompatible,
        words,
    );

    let rust = "_ZN4core3fmt5write17h0123456789abcdefE, Type: Func";
    let change = symbol(
        rust,
        "",
        Kind::SymbolRemoved,
        Incompatible,
        "function removed",
    );
    assert_eq!(change.demangled.as_deref(), Some("core::fmt::write"));
}

#[test]
fn versions_of_symbols() {
    let (none, one, two) = (
        "f, Type: Func",
        "f, Version: V_1, Type: Func",
        "f, Version: V_2, Type: Func",
    );
    symbol(
        none,
        one,
        Kind::SymbolVersioned,
        Compatible,
        "has a version now",
    );
    symbol(
        one,
        none,
        Kind::SymbolVersioned,
        Incompatible,
        "has no version any more",
    );
    // The old one stays: only the default moves.
    let kept = format!("f, Version: V_1, Hidden: true, Type: Func|{two}");
    let lines = |symbols: &str| {
        let symbols: String = symbols
            .split('|')
            .map(|s| format!("\n  - {{ Name: {s} }}"))
            .collect();
        format!("VersionDefinitions: [ {{ Name: V_1 }}, {{ Name: V_2 }} ]\nSymbols:{symbols}")
    };
    let moved = changes(&lines(one), &lines(&kept));
    let kinds: Vec<Kind> = moved.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [Kind::SymbolAdded, Kind::DefaultVersion]);
    assert_eq!(verdict(&moved), Compatible);
    assert!(
        moved[1]
            .why
            .contains("new links bind to f@@V_2, old ones keep this")
    );
    // It goes: the new one doesn't help.
    let gone = changes(&lines(one), &lines(two));
    let kinds: Vec<Kind> = gone.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [Kind::SymbolRemoved, Kind::SymbolAdded]);
    assert!(
        gone[0]
            .why
            .contains("f@@V_2 does not serve those who ask for the old version")
    );
    let hidden = "f, Version: V_1, Hidden: true, Type: Func";
    symbol(
        one,
        hidden,
        Kind::DefaultVersion,
        Incompatible,
        "no default any more",
    );
    symbol(
        hidden,
        one,
        Kind::DefaultVersion,
        Compatible,
        "new links bind to it",
    );
}

#[test]
fn data_change() {
    let of = |size: u32, rest: &str| format!("d, Type: Object, Size: {size}{rest}");
    for (old, new, kind, verdict, words) in [
        (
            of(4, ""),
            of(8, ""),
            Kind::Size,
            Incompatible,
            "data grew from 4 to 8 bytes: programs that copied it (copy relocation) have room for 4 only",
        ),
        (
            of(8, ""),
            of(4, ""),
            Kind::Size,
            Incompatible,
            "data shrank from 8 to 4 bytes",
        ),
        (
            of(4, ""),
            of(4, ", Align: 128"),
            Kind::Alignment,
            Incompatible,
            "aligned to 64 only",
        ),
        (
            of(4, ", Align: 128"),
            of(4, ""),
            Kind::Alignment,
            Compatible,
            "need not be aligned",
        ),
        (
            of(4, ", Placement: ReadOnly"),
            of(4, ""),
            Kind::Placement,
            Incompatible,
            "the library writes to it now",
        ),
        (
            of(4, ""),
            of(4, ", Placement: RelRo"),
            Kind::Placement,
            Compatible,
            "read-only now",
        ),
        (
            of(4, ""),
            of(4, ", Placement: Zero"),
            Kind::Placement,
            Compatible,
            "from now on",
        ),
        (
            of(4, ""),
            of(4, ", Visibility: Protected"),
            Kind::Visibility,
            Incompatible,
            "copies of its data",
        ),
        (
            of(4, ", Visibility: Protected"),
            of(4, ""),
            Kind::Visibility,
            Compatible,
            "their own",
        ),
        (
            "d, Type: TLS, Size: 4".into(),
            "d, Type: TLS, Size: 8".into(),
            Kind::Size,
            Incompatible,
            "thread-local data changed from 4 to 8 bytes",
        ),
        (
            of(4, ""),
            "d, Type: TLS, Size: 4".into(),
            Kind::Type,
            Incompatible,
            "another way",
        ),
    ] {
        symbol(&old, &new, kind, verdict, words);
    }
    for (kind, parted, joined) in [
        ("Object", "a program that copied", "programs that copied"),
        ("TLS", "what a thread writes", "what a thread writes"),
    ] {
        let apart = format!("a, Type: {kind}, Size: 4|b, Type: {kind}, Size: 4");
        let together = format!("{apart}, Alias: a");
        let words = format!("a, b were one object and are several now: {parted}");
        let change = |old, new, words| symbol(old, new, Kind::Aliases, Incompatible, words);
        change(&together, &apart, &words);
        let words = format!("a, b were several objects and are one now: {joined}");
        change(&apart, &together, &words);
    }
    // Data that is thread-local now is not an alias parted.
    let old = "Symbols: [ { Name: a, Type: Object }, { Name: b, Type: Object, Alias: a } ]";
    let new = "Symbols: [ { Name: a, Type: TLS }, { Name: b, Type: Object } ]";
    assert!(
        changes(old, new)
            .iter()
            .all(|change| change.kind == Kind::Type)
    );
}

#[test]
fn functions_change() {
    let of = |rest: &str| format!("f, Type: Func{rest}");
    let plain = of("");
    for (old, new, kind, verdict, words) in [
        (
            &plain,
            of(", Weak: true"),
            Kind::Binding,
            Compatible,
            "no difference between weak",
        ),
        (
            &plain,
            of(", Binding: Unique"),
            Kind::Binding,
            Compatible,
            "one for the whole",
        ),
        (
            &of(", Binding: Unique"),
            plain.clone(),
            Kind::Binding,
            Incompatible,
            "no longer one",
        ),
        (
            &plain,
            of(", Other: 0x80"),
            Kind::Visibility,
            Incompatible,
            "called in another way",
        ),
        (
            &plain,
            of(", Size: 9"),
            Kind::Size,
            Compatible,
            "nobody depends",
        ),
        (
            &plain,
            "f, Type: IFunc".into(),
            Kind::Type,
            Compatible,
            "callers don't notice",
        ),
        (
            &plain,
            "f, Type: Object".into(),
            Kind::Type,
            Incompatible,
            "code is called",
        ),
    ] {
        symbol(old, &new, kind, verdict, words);
    }
}

/// Where there are two.
#[test]
fn the_instruction_set_changes() {
    let of = |rest: &str| {
        format!(
            "Target: {{ ObjectFormat: ELF, Arch: arm, Endianness: little, BitWidth: 32 }}\nSymbols:\n  - {{ Name: f, Type: Func{rest} }}"
        )
    };
    let kind = Kind::InstructionSet;
    one(&of(""), &of(", Odd: true"), kind, Compatible, "Thumb");
}

#[test]
fn numbers_change() {
    let of = |value: &str| format!("n, Type: NoType, Placement: Absolute, Value: {value}");
    let change = |old: &str, new: &str| {
        symbol(
            &of(old),
            &of(new),
            Kind::Value,
            Incompatible,
            "keep the old one",
        );
    };
    change("1", "2");
    change("0x10", "0");
}
