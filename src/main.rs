//! The program: 0 is success, 1 a problem with the input, 2 one with the
//! arguments.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use stub_builder::builder::{self, Attributes};
use stub_builder::cli::{Cli, Command, Stubs};
use stub_builder::commands::stubs::{self, Summary};
use stub_builder::problem::Problem;

const USAGE: u8 = 2;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Stubs(stubs) => stubs_command(*stubs),
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
        Err(usage) => {
            let mut command = Cli::command();
            let _ = command
                .error(clap::error::ErrorKind::MissingRequiredArgument, usage)
                .print();
            return ExitCode::from(USAGE);
        }
    };
    builder::announce_phase("stubs");
    // Fails only if there is a pool already.
    let _ = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .build_global();
    match stubs::run(&options) {
        Ok(summary) => {
            explain(&summary);
            match print(&summary, json) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("stub-builder: cannot write to standard output: {error}");
                    ExitCode::FAILURE
                }
            }
        }
        Err(problems) => report(&problems),
    }
}

/// What was done, for a person, to standard error.
fn explain(summary: &Summary) {
    for missing in &summary.missing {
        eprintln!(
            "stub-builder: warning: {}: needs {}, not found: symbols that it may define stay undefined in the stub\n  hint: name its directory with --library-path",
            missing.path,
            missing.needed.join(", "),
        );
    }
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

fn print(summary: &Summary, json: bool) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut stdout, summary)?;
        writeln!(stdout)
    } else {
        writeln!(stdout, "{}", summary.hash)
    }
}

fn report(problems: &[Problem]) -> ExitCode {
    for problem in problems {
        eprintln!("stub-builder: error: {problem}");
    }
    if problems.len() > 1 {
        eprintln!("stub-builder: {} problems, nothing written", problems.len());
    }
    ExitCode::FAILURE
}
