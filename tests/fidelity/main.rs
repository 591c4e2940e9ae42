//! Linking against a stub is linking against the library: links every library
//! it is given in nine ways with each linker, against the library and against
//! its stubs, under the same command line, and compares exit status, messages
//! and output.
//!
//! - *identical*: all three are the same.
//! - *equivalent*: the same symbols, versions, relocations, placement, aliases;
//!   copied data aligned at least as strictly; the same messages. Order, layout
//!   and the recorded sizes of imported functions differ.
//! - *explained*: but for what a rule of `docs/rules.md` says, which is checked.
//! - *different*: anything else.
//!
//! Exact stubs must give identical links, canonical stubs any but different
//! ones; and stubs from which something was taken away must give different
//! ones. Without arguments (`cargo test`) a sample is tried; `make fidelity`
//! tries all that the machine has.

mod assembly;
mod compare;
mod damage;
mod explain;
mod facts;
mod library;
mod links;
mod machines;
mod output;
mod quirks;
mod table;
mod trial;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Parser;
use rayon::prelude::*;

use assembly::{VARIANTS, Variant};
use damage::{CASES, Case, Property};
use library::{Library, PROFILES, Profile};
use machines::{LINKERS, Linker, MACHINES, Machine};
use table::{Record, Verdict};
use trial::Plan;

/// Telling, small, and on every machine that can run the tests.
const SAMPLE: [&str; 9] = [
    "libgcc_s.so.1",
    "libm.so.6",
    "libncursesw.so.6",
    // A library without exports.
    "libnss_dns.so.2",
    "libstdc++.so.6",
    "libthread_db.so.1",
    "libtinfo.so.6",
    "libxml2.so.2",
    "libz.so.1",
];

#[derive(Debug, Parser)]
struct Arguments {
    /// Libraries, or directories of them [default: a sample of this machine's]
    ///
    /// What has no slash is the name of a test that Cargo is to run.
    #[arg(value_name = "PATH")]
    paths: Vec<String>,

    /// Try all libraries of this machine, and those below --cross
    #[arg(long)]
    all: bool,

    /// The tree that tests/tools/get-cross.sh has made
    #[arg(long, value_name = "DIR", default_value = ".work/cross")]
    cross: PathBuf,

    #[arg(long, value_enum, value_delimiter = ',', default_values_t = LINKERS)]
    linkers: Vec<Linker>,

    #[arg(long, value_enum, value_delimiter = ',', default_values_t = VARIANTS)]
    variants: Vec<Variant>,

    #[arg(long = "profile", value_enum, value_delimiter = ',', default_values_t = PROFILES)]
    profiles: Vec<Profile>,

    /// Take this away from every stub
    #[arg(long, value_enum, value_name = "PROPERTY")]
    without: Option<Property>,

    /// Leave what is linked in this directory
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Name every link that is not identical
    #[arg(long)]
    verbose: bool,

    // What Cargo's own test programs understand.
    #[arg(long, hide = true)]
    list: bool,
    #[arg(long, hide = true)]
    nocapture: bool,
    #[arg(long, hide = true)]
    test_threads: Option<usize>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_name = |path: &&String| !path.contains('/');
    if arguments.list || arguments.paths.iter().any(|path| is_name(&path)) {
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fidelity: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, String> {
    let cross = std::path::absolute(&arguments.cross).map_err(|error| error.to_string())?;
    let paths: Vec<PathBuf> = if arguments.all {
        if !cross.is_dir() {
            let cross = cross.display();
            return Err(format!("no {cross}: tests/tools/get-cross.sh {cross}"));
        }
        let folders = MACHINES.iter().flat_map(|machine| machine.folders(&cross));
        folders.collect()
    } else if arguments.paths.is_empty() {
        let find = |name| find(&MACHINES[0], name, &cross);
        SAMPLE.into_iter().map(find).collect::<Result<_, _>>()?
    } else {
        arguments.paths.iter().map(PathBuf::from).collect()
    };
    let libraries = library::libraries(&paths, &cross)?;
    let plan = Plan {
        profiles: arguments.profiles.clone(),
        variants: arguments.variants.clone(),
        linkers: arguments.linkers.clone(),
        without: arguments.without,
        cross: &cross,
        keep: arguments.keep.as_deref(),
    };
    let started = Instant::now();
    let records = try_all(&libraries, &plan, arguments.verbose);
    print!("{}", table::report(&records));
    let bad: Vec<&Record> = records.iter().filter(|record| !record.is_good()).collect();
    println!(
        "\n{} libraries, {} links in {:.0} s, {} not as they should be",
        libraries.len(),
        records.len(),
        started.elapsed().as_secs_f64(),
        bad.len()
    );
    for record in &bad {
        println!("{}", table::complaint(record));
    }
    let mut good = bad.is_empty() && !records.is_empty();
    if arguments.paths.is_empty() && arguments.without.is_none() {
        println!("\nStubs without something, and the first difference that it makes:");
        let is_here = |case: &&Case| arguments.all || case.machine == MACHINES[0].name;
        for case in CASES.iter().filter(is_here) {
            good &= is_noticed(case, &cross)?;
        }
    }
    Ok(good)
}

fn find(machine: &Machine, name: &str, cross: &Path) -> Result<PathBuf, String> {
    let paths = machine
        .folders(cross)
        .into_iter()
        .map(|folder| folder.join(name));
    let found = paths.into_iter().find(|path| path.exists());
    found.ok_or_else(|| {
        let script = match machine.name {
            "x86_64" => "get-tools.sh",
            _ => "get-cross.sh",
        };
        format!(
            "there is no {name} for {} (tests/tools/{script})",
            machine.name
        )
    })
}

fn try_all(libraries: &[Library], plan: &Plan, verbose: bool) -> Vec<Record> {
    let done = AtomicUsize::new(0);
    // In this order, unlike what an iterator over a slice would do.
    let tried = libraries.iter().par_bridge().map(|library| {
        let started = Instant::now();
        let records = plan
            .carry_out(library)
            .unwrap_or_else(|error| vec![Record::failure(library, error)]);
        let bad = records.iter().filter(|record| !record.is_good()).count();
        eprintln!(
            "{:>4}/{} {} {}: {} links in {:.1} s{}",
            done.fetch_add(1, Ordering::Relaxed) + 1,
            libraries.len(),
            library.machine.name,
            library.soname,
            records.len(),
            started.elapsed().as_secs_f64(),
            match bad {
                0 => String::new(),
                bad => format!(", {bad} NOT AS THEY SHOULD BE"),
            }
        );
        for record in records.iter().filter(|_| verbose) {
            if record.verdict != Verdict::Identical {
                eprintln!("{}", table::complaint(record));
            }
        }
        (library.path.clone(), records)
    });
    let mut tried: Vec<(PathBuf, Vec<Record>)> = tried.collect();
    tried.sort_by(|(a, _), (b, _)| a.cmp(b));
    tried.into_iter().flat_map(|(_, records)| records).collect()
}

/// Whether the link of a case is different, and only then.
fn is_noticed(case: &Case, cross: &Path) -> Result<bool, String> {
    let machine = MACHINES.iter().find(|machine| machine.name == case.machine);
    let machine = machine.ok_or("no such machine")?;
    let path = find(machine, case.library, cross)?;
    let libraries = library::libraries(&[path], cross)?;
    let verdict = |without| -> Result<Verdict, String> {
        let plan = Plan {
            profiles: vec![Profile::Canonical],
            variants: vec![case.variant],
            linkers: vec![case.linker],
            without,
            cross,
            keep: None,
        };
        let records = libraries.first().map(|library| plan.carry_out(library));
        let record = records.transpose()?.and_then(|mut records| records.pop());
        Ok(record.ok_or("no such library")?.verdict)
    };
    let whole = verdict(None)?;
    let damaged = verdict(Some(case.property))?;
    let (is_good, told) = match (&whole, &damaged) {
        (Verdict::Different(_), _) => (false, "different with everything in place"),
        (_, Verdict::Different(differences)) => (true, differences[0].as_str()),
        _ => (false, "NOT NOTICED"),
    };
    let told: String = told.chars().take(160).collect();
    println!(
        "{:?} ({} {} {} {}): {told}",
        case.property,
        case.machine,
        case.library,
        case.variant.name(),
        case.linker.name()
    );
    Ok(is_good)
}
