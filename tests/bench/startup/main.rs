//! What it costs to start programs whose libraries are found in different ways:
//! synthetic ones, and some of Debian, all laid out as Nix does. Prints tables,
//! writes a plot, and asserts nothing but that they load the same libraries.
//!
//! startup PROGRAMS WORK [SIZE...]: PROGRAMS is what get-programs.sh left, WORK
//! a directory for the results.

#[path = "../../startup/bindings.rs"]
mod bindings;
mod cold;
mod measure;
mod plot;
mod programs;
mod store;
mod synthetic;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use self::bindings::Bindings;
use self::measure::Stop;
use self::plot::Line;
use self::store::{Package, Store, Way};
use self::synthetic::{Shape, Synthetic};

const ROUNDS: usize = 21;

fn main() {
    let mut arguments = env::args().skip(1).filter(|argument| argument != "--bench");
    let debian = PathBuf::from(
        arguments
            .next()
            .expect("usage: startup PROGRAMS WORK [SIZE...]"),
    );
    let work = PathBuf::from(
        arguments
            .next()
            .expect("usage: startup PROGRAMS WORK [SIZE...]"),
    );
    let sizes: Vec<usize> = arguments.map(|size| size.parse().unwrap()).collect();
    let sizes = if sizes.is_empty() {
        vec![10, 50, 200, 500]
    } else {
        sizes
    };
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).unwrap();
    let [debian, work] = [debian, work].map(|path| fs::canonicalize(path).unwrap());
    let disk = cold::Disk::new(&work);
    let store = Store {
        root: disk.directory().to_owned(),
    };
    let glibcs = glibcs(&debian);
    let stop = Stop::new(&work);

    eprintln!("Building synthetic trees ...");
    let synthetic: Vec<Synthetic> = sizes
        .iter()
        .map(|&size| synthetic::build(&work.join("synthetic"), size))
        .collect();
    let programs = programs::programs(&debian.join("root"));
    eprintln!("Relinking ...");
    store.use_glibc(&glibcs[0].1);
    for one in &synthetic {
        store.lay_out(&one.packages);
    }
    store.lay_out(&programs);

    let mut lines = Vec::new();
    for (glibc, from) in &glibcs {
        store.use_glibc(from);
        println!(
            "\nglibc {glibc}: processor time until the first constructor in ms, and failing opens\n"
        );
        header();
        for shape in Shape::ALL {
            let mut times: Vec<Vec<(usize, f64)>> = vec![Vec::new(); Way::ALL.len() + 1];
            for one in &synthetic {
                let name = format!("{} {}", shape.name(), one.size);
                let fixed = measure::starts(std::slice::from_ref(&one.fixed), &stop, ROUNDS)[0];
                let row = row(&store, &name, one.program(shape), Some(fixed), &stop);
                for (index, time) in row.into_iter().chain([fixed]).enumerate() {
                    times[index].push((one.size, time));
                }
            }
            let names = Way::ALL.iter().map(|way| way.name()).chain(["static"]);
            for (name, points) in names.zip(times) {
                lines.push(Line {
                    glibc: glibc.clone(),
                    shape: shape.name(),
                    name,
                    points,
                });
            }
        }
        for program in programs.iter().filter(|package| package.is_program) {
            row(&store, &program.name, program, None, &stop);
        }
    }
    println!("\nGrowth of ELF files, bytes\n");
    for way in [Way::List, Way::Own, Way::Links, Way::Absolute] {
        let all = synthetic
            .iter()
            .flat_map(|one| &one.packages)
            .chain(&programs);
        let growth: i64 = all
            .map(|package| store.growth(std::slice::from_ref(package), way))
            .sum();
        println!("{}: {growth}", way.name());
    }
    let svg = work.join("startup.svg");
    fs::write(&svg, plot::svg(&lines)).unwrap();
    println!("\nplot: {}", svg.display());
    cold(&disk, &store, &synthetic, &programs, &stop);
}

/// The C libraries to run with, oldest first: version, and directory.
fn glibcs(debian: &Path) -> Vec<(String, PathBuf)> {
    ["root", "newer"]
        .map(|root| debian.join(root).join("usr/lib/x86_64-linux-gnu"))
        .into_iter()
        .map(|directory| {
            let loader = directory.join(store::LOADER);
            let text = store::succeed(std::process::Command::new(loader).arg("--version"));
            let version = text.split("version ").nth(1).unwrap_or_default();
            let version: String = version
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            (version.trim_end_matches('.').to_owned(), directory)
        })
        .collect()
}

fn header() {
    print!("| program | libraries | relocation |");
    Way::ALL
        .iter()
        .for_each(|way| print!(" {} | opens |", way.name()));
    println!(" static |\n|{}", " --- |".repeat(4 + 2 * Way::ALL.len()));
}

/// One program in all ways, which must load the same libraries.
fn row(store: &Store, name: &str, package: &Package, fixed: Option<f64>, stop: &Stop) -> Vec<f64> {
    let paths = Way::ALL.map(|way| store.program(package, way));
    let libraries = measure::libraries(&paths[0]);
    let names: Vec<&String> = libraries.keys().collect();
    for path in &paths {
        let others = measure::libraries(path);
        assert_eq!(names, others.keys().collect::<Vec<_>>(), "{path:?}");
    }
    // Each symbol from where it was, and constructors in the order of before. The
    // other ways have libraries of their own.
    let bindings = |way: Way| Bindings::of(&store.program(package, way), &["--version"]);
    let [before, after] = [Way::Runpath, Way::List].map(bindings);
    assert!(before == after, "{name}: {}", before.difference(&after));
    let times = measure::starts(&paths, stop, ROUNDS);
    let share = measure::relocation_share(&paths[0], stop);
    print!("| {name} | {} | {share:.0} % |", names.len());
    for (path, time) in paths.iter().zip(&times) {
        let change = time / times[0] * 100.0 - 100.0;
        let opens = measure::failing_opens(path);
        print!(" {time:.2} ({change:+.0} %) | {opens} |");
    }
    match fixed {
        Some(fixed) => println!(" {fixed:.2} |"),
        None => println!(" |"),
    }
    times
}

fn cold(
    disk: &cold::Disk,
    store: &Store,
    synthetic: &[Synthetic],
    programs: &[Package],
    stop: &Stop,
) {
    if !disk.is_real() {
        println!("\nCold start: not measured, only root can mount a file system");
        return;
    }
    println!(
        "\nCold start until the first constructor: ms (median and quartiles of the change), and reads of the disk\n"
    );
    print!("| program |");
    Way::ALL
        .iter()
        .for_each(|way| print!(" {} | reads |", way.name()));
    println!("\n|{}", " --- |".repeat(1 + 2 * Way::ALL.len()));
    let largest = synthetic.iter().rfind(|one| one.size <= 200).into_iter();
    let trees = largest.flat_map(|one| Shape::ALL.map(|shape| one.program(shape)));
    for package in trees.chain(programs.iter().filter(|package| package.is_program)) {
        let paths = Way::ALL.map(|way| store.program(package, way));
        print!("| {} |", package.name);
        for one in disk.starts(&paths, stop) {
            let [low, change, high] = one.ratio.map(|ratio| ratio * 100.0 - 100.0);
            let (time, reads) = (one.time, one.reads);
            print!(" {time:.1} ({change:+.0} %, {low:+.0} to {high:+.0}) | {reads:.0} |");
        }
        println!();
    }
}
