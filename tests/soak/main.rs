//! Real libraries, damaged at random and on purpose: what comes of each is a
//! problem with a code, or a stub with the names, versions, types and sizes that
//! others see in the damaged file. Nothing else ever: no panic, nothing that
//! takes long or much memory.
//!
//! `cargo test` tries some thousand; `make soak` a million of 50 libraries, and
//! compares the readers on every library of the machine.

mod facts;
mod judge;
mod libraries;
mod memory;
mod mutate;
mod places;
mod random;
mod readelf;
mod table;

#[path = "../golden/generator.rs"]
#[allow(dead_code)]
mod generator;

use std::panic;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;

use judge::{Judge, Verdict};
use libraries::Library;
use random::Random;
use table::Table;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

/// What takes longer is taken for something without an end.
const HANG: Duration = Duration::from_secs(60);

#[derive(Debug, Parser)]
struct Arguments {
    /// How many damaged libraries to try
    #[arg(long, default_value_t = 3000)]
    mutants: u64,

    /// The same seed gives the same damage
    #[arg(long, default_value_t = 1)]
    seed: u64,

    #[arg(long, default_value_t = 2)]
    jobs: u64,

    /// One accepted mutant in this many is shown to readelf
    #[arg(long, default_value_t = 50)]
    readelf: u64,

    /// Libraries of other machines too, from the tree of tests/tools/get-cross.sh,
    /// and every library of all machines undamaged
    #[arg(long, value_name = "DIR")]
    cross: Option<PathBuf>,

    /// Only these of them, each shown to readelf, and whatever comes of it told
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    only: Vec<u64>,

    /// Where to leave those
    #[arg(long, value_name = "DIR", requires = "only")]
    leave: Option<PathBuf>,

    // What Cargo's own test programs understand.
    #[arg(long, hide = true)]
    list: bool,
    #[arg(long, hide = true)]
    nocapture: bool,
    #[arg(long, hide = true)]
    test_threads: Option<usize>,
    #[arg(hide = true)]
    names: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list || !arguments.names.is_empty() {
        return ExitCode::SUCCESS;
    }
    let started = Instant::now();
    let libraries = libraries::to_damage(arguments.cross.as_deref());
    if !arguments.only.is_empty() {
        return only(&libraries, &arguments);
    }
    let mut table = undamaged(&libraries, arguments.cross.as_deref());
    // Panics are caught and told below.
    panic::set_hook(Box::new(|_| {}));
    table.add(damaged(&libraries, &arguments));
    let _ = panic::take_hook();
    print!("{table}");
    println!(
        "\n{} libraries, {} mutants in {:.0} s, seed {}",
        libraries.len(),
        arguments.mutants,
        started.elapsed().as_secs_f64(),
        arguments.seed,
    );
    if table.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// All readers agree on what is not damaged, of which there is more.
fn undamaged(libraries: &[Library], cross: Option<&std::path::Path>) -> Table {
    let mut table = Table::default();
    let mut judge = Judge::new(1);
    let more = cross.map(libraries::all).unwrap_or_default();
    let mut one = |name: &str, bytes: &[u8]| {
        let verdict = judge.undamaged(bytes);
        table.count("undamaged", &verdict, || name.to_owned());
        let verdict = judge.stripped(bytes, &mutate::without_sections(bytes));
        table.count("no section headers", &verdict, || name.to_owned());
    };
    for library in libraries {
        one(&library.name, &library.bytes);
    }
    for path in more {
        one(&path.display().to_string(), &std::fs::read(&path).unwrap());
    }
    table
}

fn mutant(
    libraries: &[Library],
    seed: u64,
    number: u64,
) -> (&Library, &'static str, mutate::Mutant<'_>) {
    let mut random = Random::new(seed, number);
    let library = &libraries[random.below(libraries.len())];
    let (kind, damage) = mutate::KINDS[random.below(mutate::KINDS.len())];
    let mut mutant = mutate::Mutant::new(library);
    damage(&mut mutant, &mut random);
    (library, kind, mutant)
}

/// What becomes of a few, one line for each.
fn only(libraries: &[Library], arguments: &Arguments) -> ExitCode {
    let mut judge = Judge::new(1);
    let mut status = ExitCode::SUCCESS;
    for &number in &arguments.only {
        let (library, _, mutant) = mutant(libraries, arguments.seed, number);
        if let Some(directory) = &arguments.leave {
            std::fs::write(directory.join(number.to_string()), &mutant.bytes).unwrap();
        }
        let verdict = judge.mutant(&mutant.bytes);
        if matches!(verdict, Verdict::Wrong(_)) {
            status = ExitCode::FAILURE;
        }
        println!("{number} of {}, {}: {verdict}", library.name, mutant.what);
    }
    status
}

fn damaged(libraries: &[Library], arguments: &Arguments) -> Table {
    let jobs = arguments.jobs.max(1);
    let started = Instant::now();
    // By job: the number of the mutant that it is at, and since when.
    let at: Vec<(AtomicU64, AtomicU64)> = (0..jobs).map(|_| Default::default()).collect();
    let running = AtomicUsize::new(jobs as usize);
    let work = |job: u64| {
        let mut table = Table::default();
        let mut judge = Judge::new(arguments.readelf);
        for number in (job..arguments.mutants).step_by(jobs as usize) {
            let (current, since) = &at[job as usize];
            current.store(number, Ordering::Relaxed);
            since.store(started.elapsed().as_millis() as u64, Ordering::Relaxed);
            let (library, kind, mutant) = mutant(libraries, arguments.seed, number);
            let verdict = judge.mutant(&mutant.bytes);
            table.count(kind, &verdict, || {
                format!("mutant {number} of {}, {}", library.name, mutant.what)
            });
        }
        running.fetch_sub(1, Ordering::Relaxed);
        table
    };
    std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..jobs)
            .map(|job| scope.spawn(move || work(job)))
            .collect();
        while running.load(Ordering::Relaxed) > 0 {
            std::thread::sleep(Duration::from_millis(20));
            for (current, since) in &at {
                let now = started.elapsed().as_millis() as u64;
                let since = since.load(Ordering::Relaxed);
                if now.saturating_sub(since) > HANG.as_millis() as u64 {
                    let number = current.load(Ordering::Relaxed);
                    eprintln!("soak: mutant {number} has no end");
                    std::process::exit(1);
                }
                if jobs.iter().all(|job| job.is_finished()) {
                    running.store(0, Ordering::Relaxed);
                }
            }
        }
        let mut table = Table::default();
        for job in jobs {
            table.add(job.join().unwrap());
        }
        table
    })
}
