//! From what is found in a file to what is written in its place.

use std::ops::Range;

use super::exchange::{Exchange, Exchanged, excerpt};
use super::manifest::{Manifest, Output, StandIn};
use super::replace::padded;
use super::tally::Tally;
use super::target::{Context, World, target};
use crate::problem::{Fault, Problem};
use crate::store::{Found, HASH_LENGTH, Known};
use crate::tree;

/// What each path means that may be found, and what is where.
pub struct Editor<'m, W> {
    known: Known,
    meanings: Vec<Meaning<'m>>,
    store_dir: &'m str,
    pub world: W,
}

/// What a known path is.
#[derive(Debug, Clone, Copy)]
enum Meaning<'m> {
    Own(&'m Output),
    StandIn(&'m StandIn),
}

/// What takes the place of a range of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement<'m> {
    pub range: Range<usize>,
    /// The store path that is meant there, and the one that takes its place.
    pub from: &'m str,
    pub to: &'m str,
    /// A store path, or as much of one as is replaced.
    pub real: String,
    /// What follows it.
    pub rest: String,
}

impl<'m, W: World> Editor<'m, W> {
    /// `store_dir` is usually `/nix/store`.
    ///
    /// Faults: `Manifest`.
    pub fn new(manifest: &'m Manifest, store_dir: &'m str, world: W) -> Result<Self, Problem> {
        let fault = |what: String| Fault::Manifest { what }.at("manifest");
        let own = manifest.outputs.values().map(Meaning::Own);
        let stand_ins = manifest.stand_ins.iter().map(Meaning::StandIn);
        let meanings: Vec<Meaning> = own.chain(stand_ins).collect();
        let known = Known::new(store_dir, meanings.iter().map(Meaning::path))
            .map_err(|path| fault(format!("{path} is no store path of {store_dir}")))?;
        for Output { compile, r#final } in manifest.outputs.values() {
            Known::new(store_dir, [r#final.as_str()])
                .map_err(|path| fault(format!("{path} is no store path of {store_dir}")))?;
            if base_name(compile)[HASH_LENGTH..] != base_name(r#final)[HASH_LENGTH..] {
                let what = format!("{compile} and {final} have different names");
                return Err(fault(what));
            }
        }
        for StandIn { path, real, .. } in &manifest.stand_ins {
            if real.is_empty() {
                return Err(fault(format!("{path} stands for nothing")));
            }
        }
        Ok(Editor {
            known,
            meanings,
            store_dir,
            world,
        })
    }

    /// Where store paths lie.
    pub fn store_dir(&self) -> &str {
        self.store_dir
    }

    /// Calls `each` with all known paths in `bytes`, in order, and all that
    /// somebody has masked and nobody knows.
    pub fn find(&self, bytes: &[u8], mut each: impl FnMut(Found)) {
        self.known.find(bytes, |found| {
            // What stands for itself is right once it isn't masked.
            let itself = found
                .path
                .is_some_and(|path| self.meanings[path].is_itself());
            if found.masked || !itself {
                each(found);
            }
        });
    }

    /// Whether `bytes` hold any of it.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        let mut any = false;
        self.find(bytes, |_| any = true);
        any
    }

    /// What takes the place of `found` in `bytes`.
    ///
    /// Faults: `UnknownMask`, `Fragment`, `NotProvided`.
    pub fn replacement(
        &self,
        bytes: &[u8],
        found: Found,
        context: Context,
    ) -> Result<Replacement<'m>, Fault> {
        let digits = found.hash..found.hash + HASH_LENGTH;
        let Some(path) = found.path else {
            return Err(Fault::UnknownMask {
                reference: excerpt(bytes, found.hash),
            });
        };
        // Wherever it stands and whatever follows: the names are the same.
        let from = self.meanings[path].path();
        let same_name = |to: &'m str| {
            Ok(Replacement {
                range: digits.clone(),
                from,
                to,
                real: base_name(to)[..HASH_LENGTH].to_owned(),
                rest: String::new(),
            })
        };
        let stand_in = match self.meanings[path] {
            Meaning::Own(output) => return same_name(&output.r#final),
            itself if itself.is_itself() => return same_name(itself.path()),
            Meaning::StandIn(stand_in) => stand_in,
        };
        let start = found.start.filter(|_| found.named);
        let (Some(start), Some(end)) = (start, self.end_of_name(found)) else {
            return Err(Fault::Fragment {
                reference: excerpt(bytes, found.hash),
                path: stand_in.path.clone(),
            });
        };
        let behind = &bytes[end..];
        let target =
            target(stand_in, behind, context, &self.world).map_err(|named| Fault::NotProvided {
                named: format!("{}{named}", stand_in.path),
                outputs: stand_in.real.values().cloned().collect(),
            })?;
        let (replaced, rest) = target.rest.unwrap_or_default();
        Ok(Replacement {
            range: start..end + replaced,
            from,
            to: target.output,
            real: target.output.to_owned(),
            rest,
        })
    }

    /// Where the name of a known store path ends.
    pub fn end_of_name(&self, found: Found) -> Option<usize> {
        Some(found.hash + HASH_LENGTH + self.known.name(found.path?).len())
    }

    /// The real outputs, the stand-in's own first, and what is named below
    /// them, with a slash in front or empty, if all of `bytes` is a path that
    /// begins with the stand-in `found` there.
    pub fn outputs(&self, bytes: &[u8], found: Found) -> Option<(Vec<&'m str>, String)> {
        let Meaning::StandIn(stand_in) = self.meanings[found.path?] else {
            return None;
        };
        let whole = found.named && found.start == Some(0);
        let behind = bytes.get(self.end_of_name(found)?..).filter(|_| whole)?;
        let below = match std::str::from_utf8(behind).ok()? {
            "" => String::new(),
            path => match tree::normal(path.strip_prefix('/')?)? {
                below if below.is_empty() => below,
                below => format!("/{below}"),
            },
        };
        Some((stand_in.outputs().collect(), below))
    }

    /// The bytes that take the place of those in the replacement's range, as
    /// many as they are.
    ///
    /// Faults: `NoRoom`.
    pub fn fit(&self, bytes: &[u8], replacement: &Replacement) -> Result<Vec<u8>, Fault> {
        let Replacement {
            range, real, rest, ..
        } = replacement;
        let next = bytes.get(range.end).copied();
        if range.len() == HASH_LENGTH && real.len() == HASH_LENGTH {
            return Ok(real.clone().into_bytes());
        }
        padded(real, rest, range.len(), next).ok_or_else(|| Fault::NoRoom {
            real: format!("{real}{rest}"),
            place: String::from_utf8_lossy(&bytes[range.clone()]).into_owned(),
        })
    }

    /// The bytes that take the place of `found` and what it names, outside of
    /// `nix-support`.
    ///
    /// Faults: those of [`Editor::replacement`] and [`Editor::fit`].
    pub fn exchanged(&self, bytes: &[u8], found: Found) -> Result<Exchanged<'m>, Fault> {
        let replacement = self.replacement(bytes, found, Context::Elsewhere)?;
        Ok(Exchanged {
            at: replacement.range.start,
            bytes: self.fit(bytes, &replacement)?,
            from: replacement.from,
            to: replacement.to,
        })
    }

    /// `bytes` with all replaced, without padding: of another length.
    pub fn rewrite(&self, bytes: &[u8], context: Context) -> Result<(Vec<u8>, Tally), Vec<Fault>> {
        let mut result = Vec::with_capacity(bytes.len());
        let mut copied = 0;
        let mut tally = Tally::default();
        let mut faults = Vec::new();
        self.find(bytes, |found| {
            match self.replacement(bytes, found, context) {
                Ok(Replacement {
                    range,
                    from,
                    to,
                    real,
                    rest,
                }) => {
                    tally.add(from, to, 1);
                    // What follows a path can be the path of another one only
                    // if `..` was resolved, which ends at the latest there.
                    result.extend_from_slice(&bytes[copied..range.start.max(copied)]);
                    result.extend_from_slice(real.as_bytes());
                    result.extend_from_slice(rest.as_bytes());
                    copied = range.end;
                }
                Err(fault) => faults.push(fault),
            }
        });
        result.extend_from_slice(&bytes[copied..]);
        if faults.is_empty() {
            Ok((result, tally))
        } else {
            Err(faults)
        }
    }
}

impl<W: World> Exchange for Editor<'_, W> {
    fn store_dir(&self) -> &str {
        self.store_dir
    }

    fn find(&self, bytes: &[u8], each: impl FnMut(Found)) {
        Editor::find(self, bytes, each);
    }

    fn exchanged(&self, bytes: &[u8], found: Found) -> Result<Exchanged<'_>, Fault> {
        Editor::exchanged(self, bytes, found)
    }
}

/// Hash and name of a store path.
fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

impl<'m> Meaning<'m> {
    fn path(&self) -> &'m str {
        match self {
            Meaning::Own(output) => &output.compile,
            Meaning::StandIn(stand_in) => &stand_in.path,
        }
    }

    /// Whether it is a path that stays: masking changed it, and nothing else is
    /// to take its place.
    fn is_itself(&self) -> bool {
        match self {
            Meaning::Own(_) => false,
            Meaning::StandIn(stand_in) => stand_in.real.values().any(|real| *real == stand_in.path),
        }
    }
}
