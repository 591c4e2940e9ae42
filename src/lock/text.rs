//! The file's text. Sorted, one field a line, nothing in it that a run could
//! change without meaning to: it is compared and merged line by line.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use data_encoding::BASE64;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{FORMAT_VERSION, Key, Lock, Pin, Source};
use crate::problem::Fault;
use crate::tree;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code)] // looked at before
    version: u64,
    pins: Unique<Unique<Unique<Pin>>>,
}

/// A map in which no key stands twice, as a careless merge leaves them.
struct Unique<T>(BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unique<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Keys<T> {
            type Value = Unique<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if all.contains_key(&key) {
                        return Err(A::Error::custom(format!("\"{key}\" is there twice")));
                    }
                    all.insert(key, map.next_value()?);
                }
                Ok(Unique(all))
            }
        }
        deserializer.deserialize_map(Keys(PhantomData))
    }
}

/// The pins in a lock file.
///
/// Faults: `BadLock`, `LockVersion`; all there are, if it is JSON of the right
/// form.
pub fn parse(text: &[u8]) -> Result<Lock, Vec<Fault>> {
    if let Some(line) = conflict(text) {
        let what = format!("line {line}: two versions of the file were not merged");
        return Err(vec![Fault::BadLock { what }]);
    }
    let bad = |error: serde_json::Error| {
        let what = format!("line {}: {}", error.line(), message(&error));
        vec![Fault::BadLock { what }]
    };
    let value: serde_json::Value = serde_json::from_slice(text).map_err(bad)?;
    let version = value.get("version").and_then(serde_json::Value::as_u64);
    if let Some(found) = version.filter(|found| *found != FORMAT_VERSION) {
        return Err(vec![Fault::LockVersion { found }]);
    }
    let file: File = serde_json::from_slice(text).map_err(bad)?;
    let mut lock = Lock::default();
    let mut faults = Vec::new();
    for (system, libraries) in file.pins.0 {
        for (library, variants) in libraries.0 {
            for (variant, pin) in variants.0 {
                let key = Key {
                    system: system.clone(),
                    library: library.clone(),
                    variant,
                };
                let wrong = wrong_with(&pin).into_iter();
                faults.extend(wrong.map(|what| Fault::BadLock {
                    what: format!("{key}: {what}"),
                }));
                lock.pins.insert(key, pin);
            }
        }
    }
    if faults.is_empty() {
        Ok(lock)
    } else {
        Err(faults)
    }
}

/// What version control leaves where it could not merge.
fn conflict(text: &[u8]) -> Option<usize> {
    let mut lines = text.split(|&byte| byte == b'\n');
    let marks: [&[u8]; 3] = [b"<<<<<<<", b"=======", b">>>>>>>"];
    let line = lines.position(|line| marks.iter().any(|mark| line.starts_with(mark)))?;
    Some(line + 1)
}

/// Without the place, which serde_json puts last.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

fn wrong_with(pin: &Pin) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut hash = |field: &str, value: &str| {
        if !is_hash(value) {
            wrong.push(format!("{field}: \"{value}\" is no hash (sha256-...)"));
        }
    };
    hash("hash", &pin.hash);
    hash("interface", &pin.interface);
    if let Some(current) = &pin.current {
        hash("current", current);
    }
    for (path, digest) in &pin.accepted {
        if digest != super::digest::REMOVED {
            hash(&format!("accepted: {path}"), digest);
        }
    }
    let is_place = |path: &String| !path.is_empty() && tree::normal(path).as_ref() == Some(path);
    if let Source::Recorded(path) = &pin.source
        && !is_place(path)
    {
        wrong.push(format!("source: \"{path}\" is no path beside the file"));
    }
    wrong
}

/// SRI of SHA-256, as Nix prints it.
pub(super) fn is_hash(text: &str) -> bool {
    let digits = text.strip_prefix("sha256-");
    digits.is_some_and(|digits| {
        BASE64
            .decode(digits.as_bytes())
            .is_ok_and(|bytes| bytes.len() == 32)
    })
}

/// The text of a lock file. The same pins give the same text.
pub fn print(lock: &Lock) -> String {
    type Variants<'l> = BTreeMap<&'l str, &'l Pin>;
    #[derive(Serialize)]
    struct File<'l> {
        version: u64,
        pins: BTreeMap<&'l str, BTreeMap<&'l str, Variants<'l>>>,
    }
    let mut file = File {
        version: FORMAT_VERSION,
        pins: BTreeMap::new(),
    };
    for (key, pin) in &lock.pins {
        let libraries = file.pins.entry(&key.system).or_default();
        let variants = libraries.entry(&key.library).or_default();
        variants.insert(&key.variant, pin);
    }
    // Maps of strings and strings: nothing in it can fail.
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn key(system: &str, library: &str, variant: &str) -> Key {
        Key {
            system: system.into(),
            library: library.into(),
            variant: variant.into(),
        }
    }

    fn pin(source: Source) -> Pin {
        Pin {
            hash: HASH.into(),
            interface: HASH.into(),
            source,
            current: None,
            accepted: BTreeMap::new(),
        }
    }

    fn example() -> Lock {
        let mut lock = Lock::default();
        let mut held = pin(Source::Recorded("stubs.lock.d/x/zlib-default-A".into()));
        held.current = Some(HASH.into());
        held.accepted = [("include/zlib.h", HASH), ("include/old.h", "removed")]
            .map(|(path, digest)| (path.to_owned(), digest.to_owned()))
            .into();
        lock.pins
            .insert(key("x86_64-linux", "zlib", "default"), held);
        let of = |source| pin(source);
        lock.pins
            .insert(key("x86_64-linux", "zlib", "static"), of(Source::Set));
        lock.pins.insert(
            key("aarch64-linux", "zlib", "default"),
            of(Source::Baseline),
        );
        let revision = Source::Revision("v1".into());
        lock.pins
            .insert(key("aarch64-linux", "libpng", "default"), of(revision));
        lock
    }

    #[test]
    fn text_and_lock_give_each_other() {
        let text = print(&example());
        assert_eq!(parse(text.as_bytes()).unwrap(), example());
        assert_eq!(print(&parse(text.as_bytes()).unwrap()), text);
        assert!(text.starts_with("{\n  \"version\": 1,\n  \"pins\": {\n    \"aarch64-linux\": {\n      \"libpng\": {\n        \"default\": {\n          \"hash\": "), "{text}");
        assert!(
            text.contains("\"source\": {\n            \"revision\": \"v1\"\n"),
            "{text}"
        );
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn empty_file_is_no_file_but_an_empty_lock_is_a_lock() {
        assert_eq!(
            parse(print(&Lock::default()).as_bytes()).unwrap(),
            Lock::default()
        );
        assert!(parse(b"").is_err());
        assert!(parse(b"{}").is_err());
    }

    #[track_caller]
    fn refused(text: &str, parts: &[&str]) {
        let faults = parse(text.as_bytes()).unwrap_err();
        assert_eq!(faults.len(), parts.len(), "{faults:?}");
        for (fault, part) in faults.iter().zip(parts) {
            assert!(fault.to_string().contains(part), "{fault}");
        }
    }

    #[test]
    fn what_hands_break_is_told_with_its_place() {
        let text = print(&example());
        let broken = |from: &str, to: &str| text.replacen(from, to, 1);
        refused(&text[..text.len() / 2], &["line "]);
        refused(
            &broken("\"source\"", "\"sauce\""),
            &["line 9: unknown field `sauce`"],
        );
        refused(
            &broken("\"static\"", "\"default\""),
            &["\"default\" is there twice"],
        );
        refused(
            &broken("\"revision\"", "\"tag\""),
            &["unknown variant `tag`"],
        );
        refused(
            &broken("stubs.lock.d/x", "../x"),
            &["no path beside the file"],
        );
        refused(
            &text.replace("AAA=", "AAA"),
            &[
                "libpng (aarch64-linux): hash",
                "libpng (aarch64-linux): interface",
            ]
            .into_iter()
            .chain([
                "zlib (aarch64-linux): hash",
                "zlib (aarch64-linux): interface",
            ])
            .chain(["hash", "interface", "current", "accepted: include/zlib.h"])
            .chain(["zlib (x86_64-linux, static): hash", "static): interface"])
            .collect::<Vec<_>>(),
        );
        let unmerged = text.replacen("    \"x86", "<<<<<<< HEAD\n    \"x86", 1);
        refused(&unmerged, &["were not merged"]);
    }

    #[test]
    fn other_versions_of_the_format_are_not_guessed_at() {
        for version in ["0", "2"] {
            let text =
                print(&example()).replacen("\"version\": 1", &format!("\"version\": {version}"), 1);
            let faults = parse(text.as_bytes()).unwrap_err();
            assert_eq!(faults[0].code(), "SB0902");
        }
    }
}
