//! What readelf says of the symbols in two files.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

pub struct Readelf {
    directory: TempDir,
}

const DEFINED: &str = "defined";

/// Name with version, size, type, binding, visibility, whether it is defined.
type Row = [String; 6];

impl Readelf {
    pub fn new() -> Readelf {
        Readelf {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// Whether `stub` has the symbols of `file`, and neither it nor `canonical`
    /// has anything that readelf complains about. False if it can't tell, as of names
    /// that it does not show as they are; `alone`, it has to.
    pub fn agrees(
        &self,
        file: &[u8],
        stub: &[u8],
        canonical: &[u8],
        alone: bool,
    ) -> Result<bool, String> {
        let mut whole = Vec::new();
        for (name, bytes) in [("exact", stub), ("canonical", canonical)] {
            let path = self.write(name, bytes);
            let (text, complaints) = run(&["-h", "-l", "-S", "-d", "-s", "-V", "-n"], &path);
            if !complaints.is_empty() {
                return Err(format!("readelf on the {name} stub: {complaints}"));
            }
            whole.push(text);
        }
        // Without section headers it finds the table through a hash table.
        let has_sections = crate::facts::facts(file).is_ok_and(|facts| facts.has_sections);
        let how: &[&str] = match has_sections {
            true => &["--dyn-syms"],
            false => &["--use-dynamic", "--syms"],
        };
        let path = self.write("file", file);
        let (text, complaints) = run(how, &path);
        // What has the version "local" is shown like any other without one.
        let versions = crate::facts::versions_of_symbols(file);
        let is_local = |number: usize| versions.get(number).is_some_and(|version| *version == 0);
        let wanted = rows(&text, is_local);
        let (text, _) = run(&["--dyn-syms"], &self.directory.path().join("exact"));
        let found = rows(&text, |_| false);
        let is_clean = wanted.iter().chain(&found).all(|row| {
            let mut name = row[0].bytes();
            name.all(|byte| byte.is_ascii_graphic() && !b"<^".contains(&byte))
        });
        // It gives up where it finds a table too damaged; we go by another.
        let gave_up = !has_sections && (!complaints.is_empty() || wanted.is_empty());
        if gave_up || !(is_clean || alone && has_sections) {
            return Ok(false);
        }
        let missing = wanted.iter().find(|row| !found.contains(row));
        let added = found.iter().find(|row| !wanted.contains(row));
        match wanted == found {
            true => Ok(true),
            false => Err(format!(
                "readelf has {missing:?} in the file, {added:?} in the stub {complaints}"
            )),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn run(options: &[&str], path: &PathBuf) -> (String, String) {
    let output = Command::new("readelf")
        .arg("-W")
        .args(options)
        .arg(path)
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// The symbols that linkers look at, sorted, less definitions with a number that
/// `is_local`.
fn rows(text: &str, is_local: impl Fn(usize) -> bool) -> Vec<Row> {
    let rows = text.lines().filter_map(row);
    let seen = rows.filter(|(number, row)| row[5] != DEFINED || !is_local(*number));
    let mut rows: Vec<Row> = seen.map(|(_, row)| row).collect();
    rows.sort();
    rows
}

/// What readelf says in several words where others say one: of a type or a binding
/// that it has no word for, of a section between SHN_LOOS and SHN_HIOS, of one that
/// is not there.
const JOINED: [(&str, &str); 6] = [
    (" specific>: ", "-specific:"),
    ("<unknown>: ", "unknown:"),
    (" OS [", " OS["),
    ("bad section index[", "no-section["),
    ("no-section[ ", "no-section["),
    ("no-section[ ", "no-section["),
];

/// `    12: 0000000000001130    42 FUNC    GLOBAL DEFAULT   14 name@@V (2)`
fn row(line: &str) -> Option<(usize, Row)> {
    let line = JOINED.iter().fold(line.to_owned(), |line, (words, word)| {
        line.replace(words, word)
    });
    let mut words = line.split_whitespace();
    let number = words.next()?.strip_suffix(':')?;
    let number = number.parse().ok()?;
    if number == 0 {
        return None;
    }
    let _value = words.next()?;
    let size = words.next()?;
    let [kind, binding, visibility] = [words.next()?, words.next()?, words.next()?];
    let rest: Vec<&str> = words.collect();
    // `st_other` may be told in brackets, with blanks in it.
    let section = match rest.first()?.starts_with('[') {
        true => 1 + rest.iter().position(|word| word.ends_with(']'))?,
        false => 0,
    };
    let other = rest[..section].join(" ");
    let is_defined = *rest.get(section)? != "UND";
    let name = rest.get(section + 1).copied().unwrap_or_default();
    // It tells no version that stands at the same place of the string table as the
    // name, as a version's own symbol does in one file and not in another.
    let half = |mark: &str| {
        let (own, version) = name.split_at_checked((name.len().checked_sub(mark.len())?) / 2)?;
        (version.strip_prefix(mark)? == own).then_some(own)
    };
    let name = half("@@").or(half("@")).unwrap_or(name);
    if binding == "LOCAL" || name.is_empty() || name.starts_with('@') {
        return None;
    }
    if is_defined && matches!(visibility, "HIDDEN" | "INTERNAL") {
        return None;
    }
    let size = if is_defined { size } else { "0" };
    let defined = if is_defined { DEFINED } else { "undefined" };
    let row = [
        name.to_owned(),
        size.to_owned(),
        kind.to_owned(),
        binding.to_owned(),
        format!("{visibility} {other}"),
        defined.to_owned(),
    ];
    Some((number, row))
}
