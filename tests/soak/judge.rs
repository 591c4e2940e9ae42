//! What becomes of a file, and whether that is right.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use bstr::BStr;
use stub_builder::elf::{self, FileKind};
use stub_builder::interface::normalize;
use stub_builder::problem::Fault;

use crate::facts::{Fact, facts};
use crate::memory::measured;
use crate::readelf;

/// For a file of a megabyte.
const LONGEST: Duration = Duration::from_secs(1);
const MEMORY: usize = 64 << 20;
const TIMES: usize = 4;

/// What came of a file.
pub enum Verdict {
    /// A fault that says so, with this code.
    Coded(Fault),
    /// Object files, programs and the like: nothing is made of them.
    NoLibrary,
    /// A stub on which others agree with the file.
    Stub {
        /// readelf was among them.
        readelf: bool,
    },
    /// What may not happen.
    Wrong(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Coded(fault) => write!(f, "{}: {fault}", fault.code()),
            Verdict::NoLibrary => write!(f, "no library"),
            Verdict::Stub { readelf: true } => write!(f, "a stub, to readelf too"),
            Verdict::Stub { readelf: false } => write!(f, "a stub"),
            Verdict::Wrong(what) => write!(f, "WRONG: {what}"),
        }
    }
}

pub struct Judge {
    /// One stub in this many is shown to readelf.
    every: u64,
    stubs: u64,
    readelf: readelf::Readelf,
}

impl Judge {
    pub fn new(every: u64) -> Judge {
        Judge {
            every: every.max(1),
            stubs: 0,
            readelf: readelf::Readelf::new(),
        }
    }

    /// Of a damaged file.
    pub fn mutant(&mut self, bytes: &[u8]) -> Verdict {
        let started = Instant::now();
        let (done, memory) = measured(|| catch_unwind(|| outcome(bytes)));
        let mut took = started.elapsed();
        let longest = LONGEST.mul_f64((bytes.len() as f64 / 1e6).max(1.0));
        if took > longest {
            // Others may have been at work.
            let started = Instant::now();
            let _ = catch_unwind(|| outcome(bytes));
            took = took.min(started.elapsed());
        }
        let done = match done {
            Ok(done) => done,
            Err(panic) => {
                let what = panic.downcast_ref::<String>().map(String::as_str);
                let what = what.or(panic.downcast_ref::<&str>().copied());
                return Verdict::Wrong(format!("a panic: {}", what.unwrap_or_default()));
            }
        };
        if took > longest {
            return Verdict::Wrong(format!("took {took:?}"));
        }
        if memory > MEMORY + TIMES * bytes.len() {
            return Verdict::Wrong(format!("{} MiB of memory", memory >> 20));
        }
        let (exact, canonical) = match done {
            Ok(Some(stubs)) => stubs,
            Ok(None) => return Verdict::NoLibrary,
            Err(fault) if matches!(fault, Fault::ReadBack { .. }) => {
                return Verdict::Wrong(format!("{}: {fault}", fault.code()));
            }
            Err(fault) if fault.code().starts_with("SB02") => return Verdict::Coded(fault),
            Err(fault) => return Verdict::Wrong(format!("{}: {fault}", fault.code())),
        };
        self.stubs += 1;
        let asked = self.stubs.is_multiple_of(self.every);
        self.agree(bytes, &exact, &canonical, asked)
    }

    /// The same, of a file that no one has damaged; readelf is always asked.
    pub fn undamaged(&mut self, bytes: &[u8]) -> Verdict {
        match catch_unwind(AssertUnwindSafe(|| outcome(bytes))) {
            Ok(Ok(Some((exact, canonical)))) => self.agree(bytes, &exact, &canonical, true),
            Ok(Ok(None)) => Verdict::Wrong("no library".to_owned()),
            Ok(Err(fault)) => Verdict::Wrong(format!("{}: {fault}", fault.code())),
            Err(_) => Verdict::Wrong("a panic".to_owned()),
        }
    }

    /// Of such a file less its section headers: the loader does not need them, and
    /// the symbols are the same.
    pub fn stripped(&mut self, bytes: &[u8], stripped: &[u8]) -> Verdict {
        let symbols = |bytes: &[u8]| match outcome(bytes) {
            Ok(Some((exact, _))) => facts(&exact).map(|facts| facts.symbols),
            Ok(None) => Err("no library".to_owned()),
            Err(fault) => Err(format!("{}: {fault}", fault.code())),
        };
        match (symbols(bytes), symbols(stripped)) {
            (Ok(file), Ok(stripped)) if file == stripped => Verdict::Stub { readelf: false },
            (Ok(file), Ok(stripped)) => Verdict::Wrong(difference(&file, &stripped)),
            (Err(what), _) | (_, Err(what)) => Verdict::Wrong(what),
        }
    }

    fn agree(&self, bytes: &[u8], exact: &[u8], canonical: &[u8], asked: bool) -> Verdict {
        let stub = match facts(exact) {
            Ok(facts) => facts,
            Err(error) => return Verdict::Wrong(format!("the stub can't be read: {error}")),
        };
        let alone = match facts(bytes) {
            // Without section headers it has nothing to go by.
            Ok(file) if !file.has_sections => true,
            Ok(file) if file.symbols == stub.symbols => false,
            Ok(file) => return Verdict::Wrong(difference(&file.symbols, &stub.symbols)),
            // It is stricter in places; then readelf has the say.
            Err(_) => true,
        };
        if !asked && !alone {
            return Verdict::Stub { readelf: false };
        }
        match self.readelf.agrees(bytes, exact, canonical, alone) {
            Ok(readelf) => Verdict::Stub { readelf },
            Err(what) => Verdict::Wrong(what),
        }
    }
}

type Stubs = Option<(Vec<u8>, Vec<u8>)>;

/// All that the program does with an ELF file: the stub with all that linkers
/// see, and the canonical one; nothing if the file is no library.
fn outcome(bytes: &[u8]) -> Result<Stubs, Fault> {
    let kind = elf::identify(bytes)?;
    loader(bytes);
    let Some(FileKind::SharedObject { .. }) = kind else {
        return Ok(None);
    };
    let interface = elf::read(bytes)?;
    let exact = elf::write(&interface)?;
    let canonical = elf::write(&normalize(interface, |_| false))?;
    Ok(Some((exact, canonical)))
}

/// What the loader looks at, whether or not it is sound.
fn loader(bytes: &[u8]) {
    let name = BStr::new("malloc");
    let _ = elf::is_stub(bytes);
    let _ = elf::needed(bytes);
    if let Ok(strings) = elf::StringUsers::new(bytes) {
        let _ = strings.search_path();
        let _ = strings.names_within(&[10..50, 400..bytes.len().max(400)]);
    }
    let _ = elf::Exports::new(bytes).map(|exports| exports.contains(name));
    let definitions = elf::Definitions::new(bytes);
    if let (Ok(definitions), Ok(imports)) = (definitions, elf::imports(bytes)) {
        for import in imports.symbols.iter().take(20) {
            let found = definitions.find(&elf::Wanted::new(import), true);
            let _ = found.map(|found| definitions.alignment(&found));
        }
    }
}

fn difference(file: &[Fact], stub: &[Fact]) -> String {
    let missing = file.iter().find(|fact| !stub.contains(fact));
    let added = stub.iter().find(|fact| !file.contains(fact));
    match (missing, added) {
        (None, None) => "a symbol more often than in the file".to_owned(),
        (missing, added) => format!("file has {missing:?}, stub has {added:?}"),
    }
}
