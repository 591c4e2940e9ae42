//! Relinks one file: copies it while looking for what is to be replaced, puts
//! the replacements in, and reads them back.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::{File, FileTimes, Permissions};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use foldhash::fast::FixedState;

use super::faults::Faults;
use super::outside::Outside;
use crate::commands::files::open;
use crate::commands::mapping::Mapping;
use crate::elf;
use crate::problem::Fault;
use crate::relink::edit::Editor;
use crate::relink::exchange::Exchanged;
use crate::relink::hidden::{self, Wide};
use crate::relink::python_cache::{self, Patience};
use crate::relink::scan::{Window, parts, slices};
use crate::relink::search_path;
use crate::relink::tally::Tally;
use crate::relink::target::Context;

/// How much around a replacement is read back, in bytes: more than a store
/// path's hash, which two replacements side by side could make between them.
const AROUND: usize = 64;

/// What all files have in common.
pub struct Relinker<'m> {
    pub editor: Editor<'m, Outside<'m>>,
    wide: Wide,
    /// Whether the file system shares blocks between files. Found out once.
    reflinks: AtomicBool,
}

/// Where a file is, and what it should be like.
pub struct Job<'a> {
    pub from: &'a Path,
    /// Empty as yet.
    pub to: File,
    /// Below its output.
    pub path: &'a Path,
    pub mode: u32,
    pub modified: Option<SystemTime>,
}

/// Bytes in place of as many others.
struct Edit<'m> {
    at: u64,
    /// Shared: a file of debug information names a few directories a million
    /// times.
    text: Arc<Text<'m>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Text<'m> {
    bytes: Vec<u8>,
    /// For the report.
    from: Cow<'m, str>,
    to: Cow<'m, str>,
}

impl<'m> Text<'m> {
    fn of(new: Exchanged<'m>) -> Text<'m> {
        Text {
            bytes: new.bytes,
            from: Cow::Borrowed(new.from),
            to: Cow::Borrowed(new.to),
        }
    }
}

/// What has become of a file.
#[derive(Default)]
pub struct Relinked {
    pub replaced: Tally,
    pub is_elf: bool,
}

/// What is to be done to a file.
#[derive(Default)]
struct Plan<'m> {
    edits: Vec<Edit<'m>>,
    texts: HashSet<Arc<Text<'m>>, FixedState>,
    faults: Faults,
    /// The first bytes.
    head: Vec<u8>,
}

impl<'m> Relinker<'m> {
    pub fn new(editor: Editor<'m, Outside<'m>>) -> Relinker<'m> {
        Relinker {
            wide: Wide::new(editor.store_dir()),
            editor,
            reflinks: AtomicBool::new(true),
        }
    }

    /// Writes the relinked file.
    pub fn file(&self, job: &Job) -> Result<Relinked, Vec<Fault>> {
        let one = |action| move |error| vec![Fault::io(action, &error)];
        let source = open(job.from).map_err(one("open what compile left"))?;
        let target = &job.to;
        let relinked = if in_nix_support(job.path) {
            let text = whole(&source).map_err(one("read what compile left"))?;
            self.text(&text, target, context(job.path))?
        } else {
            self.in_place(&source, target)?
        };
        // By hand, since the umask has its say when a file is created.
        target
            .set_permissions(Permissions::from_mode(job.mode))
            .map_err(one("set the mode of the file"))?;
        if let Some(modified) = job.modified {
            target
                .set_times(FileTimes::new().set_modified(modified))
                .map_err(one("set the time of the file"))?;
        }
        Ok(relinked)
    }

    /// What a symlink's target becomes.
    pub fn link(&self, target: &[u8], path: &Path) -> Result<(Vec<u8>, Tally), Vec<Fault>> {
        self.editor.rewrite(target, context(path))
    }

    /// Files take another length that setup hooks read: they compare paths as
    /// strings, so that none may have slashes to spare. So do texts with the
    /// path of a tool, in whose place one with a longer name is put.
    fn text(&self, text: &[u8], target: &File, context: Context) -> Result<Relinked, Vec<Fault>> {
        let one = |action| move |error| vec![Fault::io(action, &error)];
        let (text, replaced) = self.editor.rewrite(text, context)?;
        if self.editor.finds(&text) {
            return Err(vec![left(&text)]);
        }
        target
            .write_all_at(&text, 0)
            .map_err(one("write the file"))?;
        Ok(Relinked {
            replaced,
            is_elf: false,
        })
    }

    fn in_place(&self, source: &File, target: &File) -> Result<Relinked, Vec<Fault>> {
        let one = |action| move |error| vec![Fault::io(action, &error)];
        let length = source.metadata().map_err(one("read what compile left"))?;
        let length = length.len();
        let shared = length > 0 && self.share(source, target);
        let mut plan = Plan::default();
        for (range, own) in parts(length) {
            let mapped = Mapping::part(source, range.clone(), length)
                .map_err(one("map what compile left"))?;
            // What a core has in its cache costs little to write.
            let written = slices(&mapped, range.start, own, |window: Window| {
                plan.look(&self.editor, &self.wide, &window);
                let own = &window.bytes[window.own.clone()];
                match shared {
                    true => Ok(()),
                    false => { target }.write_all(own),
                }
            });
            intact(source, &mapped)?;
            written.map_err(one("write the file"))?;
        }
        let looked = hidden::look(&self.editor, source, length, &plan.head)?;
        plan.edits.retain(|edit| !looked.is_opaque(edit.at));
        plan.faults.retain(|at| !looked.is_opaque(at));
        if python_cache::is_one(&plan.head) && !plan.faults.is_empty() {
            let mapped = Mapping::of(source).map_err(one("map what compile left"))?;
            plan.python_cache(&self.editor, &mapped);
            intact(source, &mapped)?;
        }
        let is_elf = plan.head.starts_with(elf::MAGIC);
        if is_elf && !(plan.edits.is_empty() && plan.faults.is_empty()) {
            let mapped = Mapping::of(source).map_err(one("map what compile left"))?;
            plan.elf(&self.editor, &mapped)?;
            intact(source, &mapped)?;
        }
        if plan.faults.lack_only_room() {
            let text = whole(source).map_err(one("read what compile left"))?;
            if is_text(&text) {
                target.set_len(0).map_err(one("write the file"))?;
                return self.text(&text, target, Context::Elsewhere);
            }
        }
        if !plan.faults.is_empty() {
            return Err(plan.faults.told());
        }
        let mut replaced = Tally::default();
        for Edit { at, text } in &plan.edits {
            replaced.add(&text.from, &text.to, 1);
            target
                .write_all_at(&text.bytes, *at)
                .map_err(one("write the file"))?;
        }
        replaced.append(hidden::mend(&self.editor, target, &looked)?);
        self.read_back(target, &plan.edits)?;
        Ok(Relinked { replaced, is_elf })
    }

    /// Shares the blocks of the file where the file system can, so that only
    /// those that change take space. Says whether it could.
    fn share(&self, source: &File, target: &File) -> bool {
        if !self.reflinks.load(Ordering::Relaxed) {
            return false;
        }
        let shared = rustix::fs::ioctl_ficlone(target, source).is_ok();
        self.reflinks.store(shared, Ordering::Relaxed);
        shared
    }

    /// Reads what was replaced, and what is around it, from the file. All else
    /// was looked at on the way.
    fn read_back(&self, target: &File, edits: &[Edit]) -> Result<(), Vec<Fault>> {
        let one = |error| vec![Fault::io("read the file back", &error)];
        let mut bytes = Vec::new();
        for edit in edits {
            let start = edit.at.saturating_sub(AROUND as u64);
            let before = (edit.at - start) as usize;
            bytes.resize(before + edit.text.bytes.len() + AROUND, 0);
            let mut filled = 0;
            while filled < bytes.len() {
                match target.read_at(&mut bytes[filled..], start + filled as u64) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(one(error)),
                }
            }
            bytes.truncate(filled);
            let there = bytes.get(before..before + edit.text.bytes.len());
            if there != Some(&edit.text.bytes) || self.editor.finds(&bytes) {
                return Err(vec![left(&bytes)]);
            }
        }
        Ok(())
    }
}

impl<'m> Plan<'m> {
    fn look(&mut self, editor: &Editor<'m, Outside<'m>>, wide: &Wide, window: &Window) {
        if window.offset == 0 {
            let head = window.bytes.iter().take(hidden::HEAD);
            self.head = head.copied().collect();
        }
        wide.find(editor, window.bytes, window.own.clone(), |text| {
            let at = window.offset + text.at as u64;
            let place = format!("{} text at offset {at:#x}", text.encoding());
            let reference = text.reference;
            self.faults.push(at, Fault::Hidden { place, reference });
        });
        editor.find(window.bytes, |found| {
            if !window.own.contains(&found.hash) {
                return;
            }
            match editor.exchanged(window.bytes, found) {
                Ok(new) => self.add(window.offset + new.at as u64, Text::of(new)),
                Err(fault) => self.faults.push(window.offset + found.hash as u64, fault),
            }
        });
    }

    fn add(&mut self, at: u64, text: Text<'m>) {
        let text = match self.texts.get(&text) {
            Some(known) => known.clone(),
            None => {
                let text = Arc::new(text);
                self.texts.insert(text.clone());
                text
            }
        };
        self.edits.push(Edit { at, text });
    }

    /// Where a path ends that seems to name what isn't there is known of
    /// Python's strings.
    fn python_cache(&mut self, editor: &Editor<'m, Outside<'m>>, bytes: &[u8]) {
        let is_unsure = |fault: &Fault| matches!(fault, Fault::NotProvided { .. });
        let unsure = self.faults.places(is_unsure);
        let mut mended = HashSet::<u64, FixedState>::default();
        let patience = Patience::default();
        editor.find(bytes, |found| {
            let at = found.hash as u64;
            let Some(end) = editor.end_of_name(found).filter(|_| unsure.contains(&at)) else {
                return;
            };
            let mut ends = python_cache::ends_of_string(bytes, end - 1, &patience);
            let exchanged = ends.find_map(|end| editor.exchanged(&bytes[..end], found).ok());
            if let Some(new) = exchanged {
                mended.insert(at);
                self.add(new.at as u64, Text::of(new));
            }
        });
        self.faults.retain(|at| !mended.contains(&at));
        self.edits.sort_by_key(|edit| edit.at);
    }

    /// What is special about ELF files: search paths have their own rules, and
    /// strings may share their ends. A file that cannot be read as one is like
    /// any other.
    fn elf(&mut self, editor: &Editor<'m, Outside<'m>>, bytes: &[u8]) -> Result<(), Vec<Fault>> {
        let Ok(users) = elf::StringUsers::new(bytes) else {
            return Ok(());
        };
        if let Ok(Some(search)) = users.search_path() {
            for range in search.paths {
                let path = &bytes[range.clone()];
                let rewritten = search_path::rewrite(editor, path, &search.needed);
                let Some(new) = rewritten.map_err(|fault| vec![fault])? else {
                    continue;
                };
                let shown = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
                let text = Text {
                    from: shown(path).into(),
                    to: shown(&new).into(),
                    bytes: new,
                };
                let range = range.start as u64..range.end as u64;
                self.edits.retain(|edit| !range.contains(&edit.at));
                self.faults.retain(|at| !range.contains(&at));
                self.add(range.start, text);
            }
            self.edits.sort_by_key(|edit| edit.at);
        }
        let ranges: Vec<Range<usize>> = self.edits.iter().map(Edit::range).collect();
        for name in users.names_within(&ranges).unwrap_or_default() {
            let edit = ranges.partition_point(|range| range.end <= name);
            let (Some(range), Some(edit)) = (ranges.get(edit), self.edits.get(edit)) else {
                continue;
            };
            let old = &bytes[name..range.end];
            let new = &edit.text.bytes[name - range.start..];
            // A name that ends before the replaced one does has its own NUL.
            let end = |text: &[u8]| memchr::memchr(0, text).unwrap_or(text.len());
            if old[..end(old)] != new[..end(new)] {
                let fault = Fault::SharedString {
                    string: shown(&old[..end(old)]),
                    reference: shown(&bytes[range.clone()]),
                };
                self.faults.push(edit.at, fault);
            }
        }
        Ok(())
    }
}

impl Edit<'_> {
    fn range(&self) -> Range<usize> {
        self.at as usize..self.at as usize + self.text.bytes.len()
    }
}

fn whole(source: &File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; source.metadata()?.len() as usize];
    source.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// Whether nothing in a file counts bytes, as far as that can be seen: what does
/// has numbers in it that aren't written in letters.
fn is_text(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes).is_none()
}

/// Whether `source` still has what was read of it.
fn intact(source: &File, mapped: &Mapping) -> Result<(), Vec<Fault>> {
    let now = source.metadata().map(|meta| meta.len());
    now.and_then(|now| mapped.intact(now))
        .map_err(|error| vec![Fault::io("read what compile left", &error)])
}

/// Whether setup hooks read the file at `path`.
pub fn in_nix_support(path: &Path) -> bool {
    path.starts_with("nix-support")
}

/// Where references of the file or link at `path` stand.
fn context(path: &Path) -> Context {
    let name = path.strip_prefix("nix-support").ok();
    let name = name.and_then(Path::to_str).unwrap_or_default();
    // Programs for users' environments are no build inputs.
    if name.starts_with("propagated-") && name != "propagated-user-env-packages" {
        Context::Propagated
    } else {
        Context::Elsewhere
    }
}

fn left(bytes: &[u8]) -> Fault {
    Fault::Left {
        reference: shown(bytes),
    }
}

/// As much as a message needs of something that may be a whole file.
fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 512;
    String::from_utf8_lossy(&bytes[..bytes.len().min(MOST)]).into_owned()
}
