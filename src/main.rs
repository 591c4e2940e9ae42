//! The program: 0 is success, 1 a problem with the input, 2 one with the
//! arguments; `diff` tells its verdict by 4 and 12, as abidiff does.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use stub_builder::builder::{self, Attributes};
use stub_builder::cli::{
    Check, Cli, Command, Completions, Diff, Imports, Interface, Man, Mask, Plan, Relink, Stubs,
    Update,
};
use stub_builder::commands::stubs::{self, Missing, Summary};
use stub_builder::commands::{check, diff, imports, interface, manual, mask, plan, relink, update};
use stub_builder::interface::diff::Verdict;
use stub_builder::problem::Problem;
use stub_builder::threads::with_threads;

const USAGE: u8 = 2;

/// ABIDIFF_ABI_CHANGE, and that with ABIDIFF_ABI_INCOMPATIBLE_CHANGE.
const CHANGE: u8 = 4;
const INCOMPATIBLE_CHANGE: u8 = 12;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Stubs(stubs) => stubs_command(*stubs),
        Command::Interface(interface) => interface_command(*interface),
        Command::Diff(diff) => diff_command(*diff),
        Command::Relink(relink) => relink_command(*relink),
        Command::Mask(mask) => mask_command(mask),
        Command::Check(check) => check_command(*check),
        Command::Imports(imports) => imports_command(imports),
        Command::UpdateStubHashes(update) => update_command(*update),
        Command::Plan(plan) => plan_command(*plan),
        Command::Completions(completions) => completions_command(&completions),
        Command::Man(man) => man_command(&man),
    }
}

fn stubs_command(arguments: Stubs) -> ExitCode {
    let attributes = match Attributes::of_build() {
        Ok(attributes) => attributes,
        Err(problem) => return report(&[problem]),
    };
    let json = arguments.json;
    let jobs = arguments.jobs.map_or_else(builder::cores, usize::from);
    let options = match arguments.options(attributes.as_ref()) {
        Ok(options) => options,
        Err(usage) => return wrong(usage),
    };
    builder::announce_phase("stubs");
    match with_threads(jobs, || stubs::run(&options)) {
        Ok(summary) => {
            explain(&summary);
            printed(print(&summary, json), ExitCode::SUCCESS)
        }
        Err(problems) => report(&problems),
    }
}

fn wrong(usage: &str) -> ExitCode {
    let mut command = Cli::command();
    let _ = command
        .error(clap::error::ErrorKind::MissingRequiredArgument, usage)
        .print();
    ExitCode::from(USAGE)
}

fn interface_command(arguments: Interface) -> ExitCode {
    let options = arguments.options();
    match with_threads(builder::cores(), || interface::run(&options)) {
        Ok(missing) => {
            warn(
                &missing,
                "symbols that it may define stay undefined in the text",
            );
            ExitCode::SUCCESS
        }
        Err(problems) => report(&problems),
    }
}

fn diff_command(arguments: Diff) -> ExitCode {
    let json = arguments.json;
    let options = match arguments.options() {
        Ok(options) => options,
        Err(problem) => return self::report(&[problem]),
    };
    let report = match with_threads(builder::cores(), || diff::run(&options)) {
        Ok(report) => report,
        Err(problems) => return self::report(&problems),
    };
    warn(
        &report.unsettled,
        "symbols that the library itself wants were not compared",
    );
    let mut stdout = io::stdout().lock();
    let done = if json {
        print_json(&mut stdout, &report)
    } else {
        stdout.write_all(diff::explain(&report).as_bytes())
    };
    printed(
        done,
        match report.verdict {
            Verdict::Identical => ExitCode::SUCCESS,
            Verdict::Compatible => ExitCode::from(CHANGE),
            Verdict::Incompatible => ExitCode::from(INCOMPATIBLE_CHANGE),
        },
    )
}

fn relink_command(arguments: Relink) -> ExitCode {
    let attributes = match Attributes::of_build() {
        Ok(attributes) => attributes,
        Err(problem) => return report(&[problem]),
    };
    let json = arguments.json;
    let jobs = arguments.jobs.map_or_else(builder::cores, usize::from);
    let options = match arguments.options(attributes.as_ref()) {
        Ok(options) => options,
        Err(problem) => return report(&[problem]),
    };
    builder::announce_phase("relink");
    let done = match with_threads(jobs, || relink::run(&options)) {
        Ok(done) => done,
        Err(problems) => return report(&problems),
    };
    let references: usize = done.rewritten.iter().map(|file| file.references).sum();
    eprintln!(
        "stub-builder: {references} references in {} of {} files",
        done.rewritten.len(),
        done.files,
    );
    warn_of(&done.proof);
    eprintln!("stub-builder: {}", check::explain(&done.proof));
    if !json {
        return ExitCode::SUCCESS;
    }
    let mut stdout = io::stdout().lock();
    printed(print_json(&mut stdout, &done), ExitCode::SUCCESS)
}

fn mask_command(arguments: Mask) -> ExitCode {
    let options = arguments.options();
    match with_threads(builder::cores(), || mask::run(&options)) {
        Ok(count) => {
            eprintln!("stub-builder: {count} references masked");
            ExitCode::SUCCESS
        }
        Err(problems) => report(&problems),
    }
}

fn warn_of(report: &check::Report) {
    for warning in check::warnings(report) {
        eprintln!("stub-builder: warning: {warning}");
    }
}

fn check_command(arguments: Check) -> ExitCode {
    let jobs = arguments.jobs.map_or_else(builder::cores, usize::from);
    let json = arguments.json;
    let options = arguments.options();
    let (report, problems) = match with_threads(jobs, || check::command::run(&options)) {
        Ok(checked) => checked,
        Err(problems) => return self::report(&problems),
    };
    warn_of(&report);
    tell(&problems);
    let mut stdout = io::stdout().lock();
    let done = if json {
        print_json(&mut stdout, &report)
    } else {
        writeln!(stdout, "{}", check::explain(&report))
    };
    printed_beside(&problems, done)
}

fn imports_command(arguments: Imports) -> ExitCode {
    let attributes = match Attributes::of_build() {
        Ok(attributes) => attributes,
        Err(problem) => return report(&[problem]),
    };
    let json = arguments.json;
    let options = match arguments.options(attributes.as_ref()) {
        Ok(options) => options,
        Err(usage) => return wrong(usage),
    };
    let found = match with_threads(builder::cores(), || imports::run(&options)) {
        Ok(found) => found,
        Err(problems) => return report(&problems),
    };
    let mut stdout = io::stdout().lock();
    let done = match &options.out {
        Some(out) => std::fs::File::create(out).and_then(|mut file| print_json(&mut file, &found)),
        None if json => print_json(&mut stdout, &found),
        None => stdout.write_all(imports::explain(&found).as_bytes()),
    };
    printed(done, ExitCode::SUCCESS)
}

fn update_command(arguments: Update) -> ExitCode {
    let options = match arguments.options() {
        Ok(options) => options,
        Err(usage) => return wrong(usage),
    };
    let (report, problems) = match update::run(&options) {
        Ok(done) => done,
        Err(problems) => return self::report(&problems),
    };
    let text = match options.mode {
        update::Mode::DryRun => String::new(),
        update::Mode::Suggest => match update::suggest(&report) {
            Ok(text) => text,
            Err(fault) => return self::report(&[fault.at("libraries")]),
        },
        update::Mode::Write | update::Mode::Check => update::explain(&report),
    };
    tell(&problems);
    if report.written {
        eprintln!("stub-builder: {} written", options.lock.display());
    }
    let done = io::stdout().lock().write_all(text.as_bytes());
    printed_beside(&problems, done)
}

fn plan_command(arguments: Plan) -> ExitCode {
    let json = arguments.json;
    let options = match arguments.options() {
        Ok(options) => options,
        Err(usage) => return wrong(usage),
    };
    let planned = with_threads(builder::cores(), || plan::run(&options));
    let (report, problems) = match planned {
        Ok(planned) => planned,
        Err(problems) => return self::report(&problems),
    };
    tell(&problems);
    let mut stdout = io::stdout().lock();
    let done = if json {
        print_json(&mut stdout, &report)
    } else {
        stdout.write_all(plan::explain(&report).as_bytes())
    };
    printed_beside(&problems, done)
}

fn completions_command(arguments: &Completions) -> ExitCode {
    let mut stdout = io::stdout().lock();
    let done = manual::completions(Cli::command(), arguments.shell, &mut stdout);
    printed(done, ExitCode::SUCCESS)
}

fn man_command(arguments: &Man) -> ExitCode {
    match manual::man(Cli::command(), &arguments.directory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => report(&[problem]),
    }
}

fn printed(done: io::Result<()>, code: ExitCode) -> ExitCode {
    match done {
        Ok(()) => code,
        Err(error) => {
            eprintln!("stub-builder: cannot write to standard output: {error}");
            ExitCode::FAILURE
        }
    }
}

/// As [`printed`], for an answer beside which there may be problems.
fn printed_beside(problems: &[Problem], done: io::Result<()>) -> ExitCode {
    match problems.is_empty() {
        true => printed(done, ExitCode::SUCCESS),
        false => printed(done, ExitCode::FAILURE),
    }
}

fn warn(missing: &[Missing], consequence: &str) {
    for missing in missing {
        eprintln!(
            "stub-builder: warning: {}: needs {}, not found: {consequence}\n  hint: name its directory with --library-path",
            missing.path,
            missing.needed.join(", "),
        );
    }
}

/// What was done, for a person, to standard error.
fn explain(summary: &Summary) {
    warn(
        &summary.missing,
        "symbols that it may define stay undefined in the stub",
    );
    let (bytes_in, bytes_out) = summary
        .libraries
        .iter()
        .fold((0, 0), |(a, b), l| (a + l.bytes_in, b + l.bytes_out));
    eprintln!(
        "stub-builder: {} stubs ({bytes_in} bytes became {bytes_out}), {} other files",
        summary.libraries.len(),
        summary.copied,
    );
    if !summary.left_out.is_empty() {
        eprintln!(
            "stub-builder: left out: {}",
            stubs::counts(&summary.left_out)
        );
    }
}

fn print_json(stdout: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *stdout, value)?;
    writeln!(stdout)
}

fn print(summary: &Summary, json: bool) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if json {
        print_json(&mut stdout, summary)
    } else {
        writeln!(stdout, "{}", summary.hash)
    }
}

fn tell(problems: &[Problem]) {
    for problem in problems {
        eprintln!("stub-builder: error: {problem}");
    }
}

fn report(problems: &[Problem]) -> ExitCode {
    tell(problems);
    if problems.len() > 1 {
        eprintln!("stub-builder: {} problems, nothing written", problems.len());
    }
    ExitCode::FAILURE
}
