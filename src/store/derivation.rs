//! Derivations as Nix writes them into its store: `Derive(...)`, in the ATerm
//! format (libstore/derivations.cc, parseDerivation and unparse).

/// What is built, from what and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Derivation {
    pub outputs: Vec<Output>,
    /// Derivations, and which of their outputs.
    pub inputs: Vec<(String, Vec<String>)>,
    /// Store paths that are there without a build.
    pub sources: Vec<String>,
    pub system: String,
    pub builder: String,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    pub name: String,
    /// Empty if it depends on what is built first.
    pub path: String,
    /// `sha256`, `r:sha256`; empty unless the contents say the path.
    pub method: String,
    /// Of a fixed output.
    pub hash: String,
}

impl Derivation {
    /// Whether its contents were known beforehand, so that nobody who uses it can
    /// tell what it was made from.
    pub fn is_fixed(&self) -> bool {
        self.outputs.iter().any(|output| !output.hash.is_empty())
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut pairs = self.environment.iter();
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads one; what is wrong with it otherwise.
pub fn parse(text: &[u8]) -> Result<Derivation, String> {
    let mut at = Reader { text, position: 0 };
    at.expect("Derive(")?;
    let outputs = at.list(|at| {
        let [name, path, method, hash] = at.strings()?;
        Ok(Output {
            name,
            path,
            method,
            hash,
        })
    })?;
    at.expect(",")?;
    let inputs = at.list(|at| {
        at.expect("(")?;
        let path = at.string()?;
        at.expect(",")?;
        let outputs = at.list(Reader::string)?;
        at.expect(")")?;
        Ok((path, outputs))
    })?;
    at.expect(",")?;
    let sources = at.list(Reader::string)?;
    at.expect(",")?;
    let system = at.string()?;
    at.expect(",")?;
    let builder = at.string()?;
    at.expect(",")?;
    let arguments = at.list(Reader::string)?;
    at.expect(",")?;
    let environment = at.list(|at| {
        let [name, value] = at.strings()?;
        Ok((name, value))
    })?;
    at.expect(")")?;
    Ok(Derivation {
        outputs,
        inputs,
        sources,
        system,
        builder,
        arguments,
        environment,
    })
}

struct Reader<'t> {
    text: &'t [u8],
    position: usize,
}

impl Reader<'_> {
    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.text[self.position..].starts_with(word.as_bytes()) {
            self.position += word.len();
            return Ok(());
        }
        Err(format!("no `{word}` at byte {}", self.position))
    }

    fn list<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        self.expect("[")?;
        let mut elements = Vec::new();
        if self.expect("]").is_ok() {
            return Ok(elements);
        }
        loop {
            elements.push(element(self)?);
            if self.expect("]").is_ok() {
                return Ok(elements);
            }
            self.expect(",")?;
        }
    }

    /// As many in parentheses.
    fn strings<const N: usize>(&mut self) -> Result<[String; N], String> {
        let mut all = [const { String::new() }; N];
        for (index, text) in all.iter_mut().enumerate() {
            self.expect(if index == 0 { "(" } else { "," })?;
            *text = self.string()?;
        }
        self.expect(")")?;
        Ok(all)
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect("\"")?;
        let mut bytes = Vec::new();
        loop {
            let rest = &self.text[self.position..];
            let plain = memchr::memchr2(b'"', b'\\', rest)
                .ok_or_else(|| format!("a string without end at byte {}", self.position))?;
            bytes.extend(&rest[..plain]);
            self.position += plain + 1;
            if rest[plain] == b'"' {
                break;
            }
            let escaped = rest.get(plain + 1).ok_or("the text ends in a string")?;
            bytes.push(match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => *other,
            });
            self.position += 1;
        }
        Ok(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_is_read_as_nix_writes_it() {
        let text = br#"Derive([("out","/nix/store/a","",""),("tree","","r:sha256","")],[("/nix/store/b.drv",["dev","out"])],["/nix/store/s.sh"],"x86_64-linux","/bin/sh",["-e","a\nb"],[("name","\"x\" \\ y"),("out","")])"#;
        let derivation = parse(text).unwrap();
        assert_eq!(derivation.outputs[1].method, "r:sha256");
        assert_eq!(derivation.inputs[0].1, ["dev", "out"]);
        assert_eq!(derivation.arguments[1], "a\nb");
        assert_eq!(derivation.attribute("name"), Some("\"x\" \\ y"));
        assert_eq!(derivation.attribute("src"), None);
        assert!(!derivation.is_fixed());
        for end in 0..text.len() {
            assert!(parse(&text[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn fixed_output_is_one() {
        let text = br#"Derive([("out","/nix/store/a","r:sha256","00")],[],[],"s","b",[],[])"#;
        assert!(parse(text).unwrap().is_fixed());
    }
}
