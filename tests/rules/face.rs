//! What can be seen of a linked program or library, as `readelf` tells it, less
//! what a canonical stub may change: order, addresses, sizes of functions.

use std::collections::BTreeMap;

use crate::lab::Lab;

pub struct Face {
    pub lines: Vec<String>,
    /// Name, section, address and size of each defined data symbol.
    pub data: Vec<(String, String, u64, u64)>,
}

impl Face {
    /// Of `out-LINKER` in a directory of the lab.
    pub fn of(lab: &Lab, side: &str, linker: &str) -> Face {
        let readelf = |what: &str| lab.run(side, &format!("readelf -W {what} out-{linker}"));
        let sections = sections(&readelf("-S"));
        let mut face = Face {
            lines: Vec::new(),
            data: Vec::new(),
        };
        for line in readelf("-d").lines() {
            if ["NEEDED", "SONAME", "(FLAGS", "TEXTREL"]
                .iter()
                .any(|tag| line.contains(tag))
            {
                face.lines.push(line.trim()[18..].trim().to_owned());
            }
        }
        for line in readelf("-r").lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            // Offset, info, type, value of the symbol, its name.
            if words.len() >= 5 && words[2].starts_with("R_") {
                face.lines.push(format!("{} {}", words[2], words[4]));
            }
        }
        face.symbols(&readelf("--dyn-syms"), &sections);
        face.lines.sort();
        face
    }

    fn symbols(&mut self, table: &str, sections: &BTreeMap<String, String>) {
        let mut aliases: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for line in table.lines() {
            // mold 1.10 calls an import what the library calls the export.
            let line = line.replace("<OS specific>: 10", "FUNC");
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, value, size, kind, binding, visibility, rest @ ..] = &words[..] else {
                continue;
            };
            // st_other comes between visibility and section.
            let Some(at) = rest
                .iter()
                .position(|word| *word == "UND" || *word == "ABS" || word.parse::<u32>().is_ok())
            else {
                continue;
            };
            let Some(name) = rest.get(at + 1) else {
                continue;
            };
            // bfd makes programs export their own when a library has them.
            if *kind == "NOTYPE" && ["__bss_start", "_edata", "_end"].contains(name) {
                continue;
            }
            let section = sections.get(rest[at]).map_or(rest[at], |name| name);
            let mut seen = format!("{name} {kind} {binding} {visibility} {section}");
            seen.extend(rest[..at].iter().map(|other| format!(" {other}")));
            if *kind == "OBJECT" && rest[at] != "UND" {
                seen += &format!(" {size}");
                let address = u64::from_str_radix(value, 16).unwrap();
                let bytes = size.parse().unwrap();
                aliases.entry(address).or_default().push((*name).to_owned());
                self.data
                    .push(((*name).to_owned(), section.to_owned(), address, bytes));
            }
            self.lines.push(seen);
        }
        for mut names in aliases.into_values() {
            names.sort();
            self.lines.push(format!("one address: {}", names.join(" ")));
        }
    }
}

/// Names by number, from `readelf -S`.
fn sections(table: &str) -> BTreeMap<String, String> {
    let entry = |line: &str| {
        let (number, rest) = line.trim().strip_prefix('[')?.split_once(']')?;
        let name = rest.split_whitespace().next()?;
        Some((number.trim().to_owned(), name.to_owned()))
    };
    table.lines().filter_map(entry).collect()
}
