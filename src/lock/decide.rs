//! What becomes of a pin when the library's own tree is another than the one
//! in force.

use std::collections::BTreeMap;

use super::Pin;
use crate::interface::diff::Verdict;

/// What is known of a library when its tree has been made anew.
#[derive(Debug)]
pub struct Seen<'s> {
    /// Nothing if it is new.
    pub pin: Option<&'s Pin>,
    /// The NAR hash of the library's own tree.
    pub hash: &'s str,
    /// From the tree in force to the library's own; nothing if they are the
    /// same, or if there is no tree in force.
    pub comparison: Option<&'s Comparison>,
    /// The library wants to be pinned to what it is.
    pub exact: bool,
    /// Somebody has said that its headers may differ from those in force.
    pub accept: bool,
    /// Somebody has said that its own tree is to be in force.
    pub renew: bool,
}

/// How a tree differs from the one in force.
#[derive(Debug)]
pub struct Comparison {
    /// Of the libraries alone.
    pub libraries: Verdict,
    pub files: Vec<FileSeen>,
}

/// A header or the like that differs.
#[derive(Debug)]
pub struct FileSeen {
    pub path: String,
    pub verdict: Verdict,
    /// [`digest::file`](super::digest::file) of what it is now, or `removed`.
    pub digest: String,
}

/// What becomes of the pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// There was none: the library's own tree.
    New,
    /// The tree in force is the library's own.
    Same,
    /// It stays in force, since the library still provides all of it.
    /// `accepted` holds what headers were accepted, now or before.
    Kept { accepted: BTreeMap<String, String> },
    /// Headers differ, and somebody has to say whether that matters.
    Unaccepted { files: Vec<String> },
    /// The library's own tree comes into force: dependents compile again.
    Renewed { why: Why },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The library no longer provides the interface in force.
    Incompatible,
    /// The library wants it so.
    Exact,
    /// Somebody has asked for it.
    Asked,
}

pub fn decide(seen: &Seen) -> Decision {
    let Some(pin) = seen.pin else {
        return Decision::New;
    };
    if pin.hash == seen.hash {
        return Decision::Same;
    }
    if seen.exact {
        return Decision::Renewed { why: Why::Exact };
    }
    if seen.renew {
        return Decision::Renewed { why: Why::Asked };
    }
    let Some(comparison) = seen.comparison else {
        return Decision::Renewed { why: Why::Asked };
    };
    if comparison.libraries == Verdict::Incompatible {
        let why = Why::Incompatible;
        return Decision::Renewed { why };
    }
    // What only adds is harmless to those who don't know of it; what has been
    // accepted is so until it changes again.
    let mut accepted = BTreeMap::new();
    let mut files = Vec::new();
    let doubtful = comparison.files.iter();
    for file in doubtful.filter(|file| file.verdict == Verdict::Incompatible) {
        if seen.accept || pin.accepted.get(&file.path) == Some(&file.digest) {
            accepted.insert(file.path.clone(), file.digest.clone());
        } else {
            files.push(file.path.clone());
        }
    }
    if files.is_empty() {
        Decision::Kept { accepted }
    } else {
        Decision::Unaccepted { files }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;

    fn pin(accepted: &[(&str, &str)]) -> Pin {
        let pairs = accepted.iter();
        Pin {
            hash: "old".into(),
            interface: "i".into(),
            source: Source::Set,
            current: None,
            accepted: pairs
                .map(|(path, digest)| ((*path).to_owned(), (*digest).to_owned()))
                .collect(),
        }
    }

    fn file(path: &str, verdict: Verdict, digest: &str) -> FileSeen {
        FileSeen {
            path: path.into(),
            verdict,
            digest: digest.into(),
        }
    }

    fn seen<'s>(pin: &'s Pin, comparison: &'s Comparison) -> Seen<'s> {
        Seen {
            pin: Some(pin),
            hash: "new",
            comparison: Some(comparison),
            exact: false,
            accept: false,
            renew: false,
        }
    }

    fn kept(accepted: &[(&str, &str)]) -> Decision {
        Decision::Kept {
            accepted: pin(accepted).accepted,
        }
    }

    #[test]
    fn pin_stays_while_the_library_provides_it() {
        let (none, compatible) = (
            pin(&[]),
            Comparison {
                libraries: Verdict::Compatible,
                files: vec![file("include/new.h", Verdict::Compatible, "n")],
            },
        );
        assert_eq!(decide(&seen(&none, &compatible)), kept(&[]));
        let same = Seen {
            hash: "old",
            ..seen(&none, &compatible)
        };
        assert_eq!(decide(&same), Decision::Same);
        let new = Seen {
            pin: None,
            ..seen(&none, &compatible)
        };
        assert_eq!(decide(&new), Decision::New);
        let exact = Seen {
            exact: true,
            ..seen(&none, &compatible)
        };
        assert_eq!(decide(&exact), Decision::Renewed { why: Why::Exact });
        let asked = Seen {
            renew: true,
            ..seen(&none, &compatible)
        };
        assert_eq!(decide(&asked), Decision::Renewed { why: Why::Asked });
        let gone = Comparison {
            libraries: Verdict::Incompatible,
            files: Vec::new(),
        };
        let why = Why::Incompatible;
        assert_eq!(decide(&seen(&none, &gone)), Decision::Renewed { why });
    }

    #[test]
    fn header_is_accepted_until_it_changes_again() {
        let changed = |digest: &str| Comparison {
            libraries: Verdict::Identical,
            files: vec![
                file("include/a.h", Verdict::Incompatible, digest),
                file("include/b.h", Verdict::Compatible, "b"),
            ],
        };
        let (none, first) = (pin(&[]), changed("1"));
        let files = vec!["include/a.h".to_owned()];
        assert_eq!(decide(&seen(&none, &first)), Decision::Unaccepted { files });
        let accepting = Seen {
            accept: true,
            ..seen(&none, &first)
        };
        assert_eq!(decide(&accepting), kept(&[("include/a.h", "1")]));
        let accepted = pin(&[("include/a.h", "1")]);
        assert_eq!(
            decide(&seen(&accepted, &first)),
            kept(&[("include/a.h", "1")])
        );
        let second = changed("2");
        assert!(matches!(
            decide(&seen(&accepted, &second)),
            Decision::Unaccepted { .. }
        ));
        // What is as it was needs no word any more.
        let back = Comparison {
            libraries: Verdict::Compatible,
            files: Vec::new(),
        };
        assert_eq!(decide(&seen(&accepted, &back)), kept(&[]));
    }
}
