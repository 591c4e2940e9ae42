//! Completions and manual pages, as shells and man read them.

use std::fs;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_stub-builder");

fn run(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    text(output)
}

fn text(output: Output) -> String {
    let (out, err) = (output.stdout, output.stderr);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&err));
    String::from_utf8(out).unwrap()
}

/// What bash offers for a command line whose last word is being typed.
fn offered(words: &[&str]) -> Vec<String> {
    let script = run(&["completions", "bash"]);
    let complete = format!(
        "{script}
COMP_WORDS=({words}) COMP_CWORD={last}
registered=($(complete -p stub-builder))
${{registered[-2]}} stub-builder '{current}' '{before}'
printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words = words.join(" "),
        last = words.len() - 1,
        current = words[words.len() - 1],
        before = words[words.len() - 2],
    );
    let output = Command::new("bash").args(["-c", &complete]).output();
    text(output.unwrap()).lines().map(String::from).collect()
}

#[test]
fn bash_completes_commands_and_options() {
    assert_eq!(offered(&["stub-builder", "di"]), ["diff"]);
    assert_eq!(
        offered(&["stub-builder", "relink", "--man"]),
        ["--manifest"]
    );
    assert_eq!(
        offered(&["stub-builder", "diff", "--profile", ""]),
        ["canonical", "exact"]
    );
}

#[test]
fn every_shell_gets_its_own() {
    for (shell, mark) in [
        ("zsh", "#compdef stub-builder"),
        ("fish", "complete -c stub-builder"),
        ("elvish", "edit:completion:arg-completer[stub-builder]"),
    ] {
        assert!(run(&["completions", shell]).contains(mark), "{shell}");
    }
}

#[test]
fn every_command_has_a_page_with_all_its_options() {
    let directory = tempfile::tempdir().unwrap();
    let man1 = directory.path().join("share/man/man1");
    run(&["man", man1.to_str().unwrap()]);

    let help = run(&["help"]);
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.split("Options:").next().unwrap();
    let mut names: Vec<String> = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(|name| format!("stub-builder-{name}.1"))
        .collect();
    names.push("stub-builder.1".into());
    names.sort();
    assert!(names.contains(&"stub-builder-diff.1".into()), "{names:?}");
    let mut pages: Vec<String> = fs::read_dir(&man1)
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert_eq!(pages, names);

    for page in pages {
        // roff writes a hyphen-minus as `\-`.
        let text = fs::read_to_string(man1.join(&page))
            .unwrap()
            .replace("\\-", "-");
        let command = page
            .trim_end_matches(".1")
            .trim_start_matches("stub-builder");
        let help = match command.strip_prefix('-') {
            Some(command) => run(&["help", command]),
            None => run(&["help"]),
        };
        for word in help.split_whitespace() {
            let option = word.trim_end_matches([',', '.', ';', ')']);
            if option.starts_with("--") {
                assert!(text.contains(option), "{page} lacks {option}");
            }
        }
    }
}
