//! Which derivations are the same build, although their paths differ.
//!
//! The path of an output says that by itself where Nix knows it beforehand: it is
//! a hash of all that goes into the build, in which fixed outputs stand for
//! themselves (libstore/derivations.cc, hashDerivationModulo). Above floating
//! content-addressed derivations Nix knows it once these are built. So it is
//! computed here from the text of the derivation, in which each input stands under
//! its own identity; and what is known of interface trees, or assumed, can be put
//! in.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::Graph;
use crate::store::derivation::{Derivation, Output};
use crate::store::{HASH_LENGTH, is_base32, is_name_char, to_base32};

/// Two derivations that have the same are one build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    digest: [u8; 32],
    /// Whether Nix has the same idea of it.
    is_nix_own: bool,
}

/// The identities of one side, under some assumptions. Derivations are called by
/// their paths.
#[derive(Debug)]
pub struct Identities<'g> {
    graph: &'g Graph,
    /// What is the same as whatever else has this name.
    named: HashMap<&'g str, String>,
    /// What is taken for another derivation.
    instead: HashMap<&'g str, &'g str>,
    /// Fixed outputs that become others if this derivation isn't what Nix takes
    /// it for.
    follows: HashMap<&'g str, &'g str>,
    known: HashMap<&'g str, Identity>,
    /// The same without assumptions, for `follows`.
    plain: Option<Box<Identities<'g>>>,
}

/// Of what there is no more of than a path.
fn by_name(path: &str) -> Identity {
    Identity {
        digest: digest([path.as_bytes()]),
        is_nix_own: true,
    }
}

impl<'g> Identities<'g> {
    pub fn new(graph: &'g Graph) -> Identities<'g> {
        Identities {
            graph,
            named: HashMap::new(),
            instead: HashMap::new(),
            follows: HashMap::new(),
            known: HashMap::new(),
            plain: None,
        }
    }

    pub fn name(&mut self, derivation: &'g str, name: String) {
        self.named.insert(derivation, name);
    }

    pub fn replace(&mut self, derivation: &'g str, other: &'g str) {
        self.instead.insert(derivation, other);
    }

    pub fn follow(&mut self, fixed: &'g str, other: &'g str) {
        self.follows.insert(fixed, other);
        if self.plain.is_none() {
            self.plain = Some(Box::new(Identities::new(self.graph)));
        }
    }

    pub fn of(&mut self, derivation: &'g str) -> Identity {
        if let Some(known) = self.known.get(derivation) {
            return *known;
        }
        // What it is made from comes first, so that a long chain takes no stack.
        let mut way = vec![(derivation, 0)];
        self.known.insert(derivation, by_name(derivation));
        while let Some((path, looked_at)) = way.last_mut() {
            let path = *path;
            let input = match self.is_named_or_fixed(path) {
                true => None,
                false => self
                    .graph
                    .get(path)
                    .and_then(|of| of.inputs.get(*looked_at)),
            };
            *looked_at += 1;
            match input {
                Some((input, _)) if self.known.contains_key(input.as_str()) => {}
                Some((input, _)) => {
                    // Until more is known: Nix makes no circles, but a file can.
                    self.known.insert(input, by_name(input));
                    way.push((input, 0));
                }
                None => {
                    let identity = self.find(path);
                    self.known.insert(path, identity);
                    way.pop();
                }
            }
        }
        self.known[derivation]
    }

    /// Whether what it is made from says nothing of it.
    fn is_named_or_fixed(&self, path: &str) -> bool {
        self.named.contains_key(path)
            || self.instead.contains_key(path)
            || self.graph.get(path).is_none_or(Derivation::is_fixed)
    }

    fn find(&mut self, path: &'g str) -> Identity {
        if let Some(name) = self.named.get(path) {
            return Identity {
                digest: digest([name.as_bytes()]),
                is_nix_own: false,
            };
        }
        if let Some(other) = self.instead.get(path).copied() {
            return Identity {
                is_nix_own: false,
                ..self.of(other)
            };
        }
        let graph = self.graph;
        let Some(derivation) = graph.get(path) else {
            return by_name(path);
        };
        let by_path = || Identity {
            digest: digest(
                derivation
                    .outputs
                    .iter()
                    .map(|output| output.path.as_bytes()),
            ),
            is_nix_own: true,
        };
        if derivation.is_fixed() {
            return match self.follows.get(path).copied() {
                Some(other) if self.is_another(other) => Identity {
                    digest: digest([b"follows".as_slice(), &self.of(other).digest]),
                    is_nix_own: false,
                },
                _ => by_path(),
            };
        }
        let mut is_nix_own = derivation.outputs.iter().all(|o| !o.path.is_empty());
        for (input, _) in &derivation.inputs {
            is_nix_own &= self.of(input).is_nix_own;
        }
        if is_nix_own {
            return by_path();
        }
        Identity {
            digest: self.of_text(derivation),
            is_nix_own,
        }
    }

    fn is_another(&mut self, path: &'g str) -> bool {
        let assumed = self.of(path).digest;
        let plain = self.plain.as_mut().map(|plain| plain.of(path).digest);
        plain != Some(assumed)
    }

    fn of_text(&mut self, derivation: &'g Derivation) -> [u8; 32] {
        let mut inputs = Vec::new();
        for (path, outputs) in &derivation.inputs {
            let of = self.of(path).digest;
            inputs.extend(outputs.iter().map(|name| digest([&of, name.as_bytes()])));
        }
        inputs.sort_unstable();
        let words = self.words(derivation);
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        for input in &inputs {
            part(input);
        }
        for output in &derivation.outputs {
            part(output.name.as_bytes());
            part(output.method.as_bytes());
        }
        let mut sources: Vec<&String> = derivation.sources.iter().collect();
        sources.sort();
        let pairs = derivation.environment.iter();
        let pairs = pairs.flat_map(|(name, value)| [name, value]);
        let texts = [&derivation.system, &derivation.builder].into_iter();
        let texts = texts.chain(&derivation.arguments).chain(pairs);
        for text in texts.chain(sources) {
            part(&replaced(text, &words, Names::Stay));
        }
        hasher.finalize().into()
    }

    /// What stands for inputs and outputs in the texts of a derivation, and what
    /// they are.
    fn words(&mut self, derivation: &'g Derivation) -> HashMap<String, [u8; 32]> {
        let mut words = HashMap::new();
        for (path, names) in &derivation.inputs {
            let of = self.of(path).digest;
            let Some(input) = self.graph.get(path) else {
                continue;
            };
            let used = |output: &&Output| names.contains(&output.name);
            for output in input.outputs.iter().filter(used) {
                words.insert(word(path, output), digest([&of, output.name.as_bytes()]));
            }
        }
        for output in derivation.outputs.iter().filter(|o| !o.path.is_empty()) {
            let own = digest([b"own".as_slice(), output.name.as_bytes()]);
            words.insert(hash_of(&output.path).to_owned(), own);
        }
        words
    }

    /// The attributes of a derivation in which it differs from another by itself,
    /// and not by what its inputs are.
    pub fn own_changes(graph: &Graph, old: &Derivation, new: &Derivation) -> Vec<String> {
        let blank = |derivation: &Derivation| -> HashMap<String, Vec<u8>> {
            let mut words = HashMap::new();
            for (path, _) in &derivation.inputs {
                let outputs = graph.get(path).map(|input| &input.outputs);
                for output in outputs.into_iter().flatten() {
                    words.insert(word(path, output), [0; 32]);
                }
            }
            for path in &derivation.sources {
                words.insert(hash_of(path).to_owned(), [0; 32]);
            }
            for output in &derivation.outputs {
                words.insert(hash_of(&output.path).to_owned(), [0; 32]);
            }
            let pairs = derivation.environment.iter();
            let mut texts: HashMap<String, Vec<u8>> = pairs
                .map(|(name, value)| (name.clone(), replaced(value, &words, Names::Go)))
                .collect();
            let arguments = [&derivation.builder].into_iter();
            let arguments = arguments.chain(&derivation.arguments);
            let arguments: Vec<Vec<u8>> = arguments
                .map(|text| replaced(text, &words, Names::Go))
                .collect();
            texts.insert(BUILDER.into(), arguments.concat());
            texts
        };
        let (was, now) = (blank(old), blank(new));
        let names = was.keys().chain(now.keys());
        let mut names: Vec<&String> = names
            .filter(|name| was.get(*name) != now.get(*name))
            .collect();
        names.sort();
        names.dedup();
        // Arguments and names repeat what other attributes say.
        let says_version = names.iter().any(|name| *name == "version");
        names.retain(|name| !(says_version && *name == "name"));
        if names.len() > 1 {
            names.retain(|name| *name != BUILDER);
        }
        names.into_iter().cloned().collect()
    }
}

fn digest<'b>(parts: impl IntoIterator<Item = &'b [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// How a builder and its arguments are called among the attributes.
const BUILDER: &str = "builder";

/// The hash in a store path.
fn hash_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.get(..HASH_LENGTH).unwrap_or(name)
}

/// What a store path is called without its hash.
pub(super) fn name_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = name.get(HASH_LENGTH + 1..).unwrap_or(name);
    name.strip_suffix(".drv").unwrap_or(name)
}

/// How an output is called in the texts of those who use it: by its hash, or, as
/// long as that isn't known, by the digits of a placeholder
/// (libstore/downstream-placeholder.cc, unknownCaOutput).
pub(super) fn word(derivation: &str, output: &Output) -> String {
    if !output.path.is_empty() {
        return hash_of(&output.path).to_owned();
    }
    let name = name_of(derivation);
    let name = match output.name.as_str() {
        "out" => name.to_owned(),
        other => format!("{name}-{other}"),
    };
    let text = format!("nix-upstream-output:{}:{name}", hash_of(derivation));
    to_base32(&Sha256::digest(text.as_bytes()))
}

/// The digits of a SHA-256 hash.
const PLACEHOLDER_LENGTH: usize = 52;

/// What becomes of a store path's name behind a hash that is replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Stay,
    Go,
}

/// A text with what stands for known words in their place.
fn replaced(text: &str, words: &HashMap<String, [u8; 32]>, names: Names) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    for slash in memchr::memchr_iter(b'/', bytes) {
        let start = slash + 1;
        let rest = &bytes[start..];
        let digits = rest.iter().take(PLACEHOLDER_LENGTH + 1);
        let digits = digits.take_while(|byte| is_base32(**byte)).count();
        let is_word = match digits {
            HASH_LENGTH => rest.get(digits) == Some(&b'-'),
            PLACEHOLDER_LENGTH => true,
            _ => false,
        };
        let word = text.get(start..start + digits).filter(|_| is_word);
        if let Some(found) = word.and_then(|word| words.get(word)) {
            out.extend(&bytes[copied..start]);
            out.extend(found);
            copied = start + digits;
            if names == Names::Go && digits == HASH_LENGTH {
                let name = bytes[copied..].iter();
                copied += name.take_while(|byte| is_name_char(**byte)).count();
            }
        }
    }
    out.extend(&bytes[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Derivations that are each made from the next one.
    fn chain(count: usize, end: &str) -> Graph {
        let path = |number: usize| format!("{number}.drv");
        let derivation = |number: usize| {
            let next = match number + 1 < count {
                true => path(number + 1),
                false => end.to_owned(),
            };
            let output = Output {
                name: "out".to_owned(),
                ..Output::default()
            };
            let derivation = Derivation {
                outputs: vec![output],
                inputs: vec![(next, vec!["out".to_owned()])],
                ..Derivation::default()
            };
            (path(number), derivation)
        };
        (0..count).map(derivation).collect()
    }

    #[test]
    fn long_chains_take_no_stack() {
        let (long, longer) = (chain(50_000, "a"), chain(50_000, "b"));
        let of = |graph| Identities::new(graph).of("0.drv");
        assert_eq!(of(&long), of(&long));
        assert_ne!(of(&long), of(&longer));
    }

    #[test]
    fn circles_end() {
        let circle = chain(3, "0.drv");
        let mut identities = Identities::new(&circle);
        assert!(!identities.of("0.drv").is_nix_own);
    }
}
