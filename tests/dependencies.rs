//! What the program is made of: licences and sources that deny.toml allows, and
//! nothing that wants a newer compiler than Cargo.toml states.

use std::process::Command;

use serde_json::Value;

const DENY: &str = include_str!("../deny.toml");

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn name(package: &Value) -> String {
    format!("{} {}", package["name"], package["version"])
}

/// The strings of `allow` in deny.toml.
fn allowed() -> Vec<&'static str> {
    let (_, rest) = DENY.split_once("\nallow = [").unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).collect()
}

/// Whether an SPDX expression can be met: of `A OR B` one is enough, of
/// `A AND B` both are needed. A slash is an old way to write OR.
fn is_met(licence: &str, allowed: &[&str]) -> bool {
    let licence = licence.replace('/', " OR ");
    let all_of = |group: &str| {
        let group = group.trim_start_matches('(').trim_end_matches(')');
        group
            .split(" OR ")
            .any(|one| allowed.contains(&one.trim_matches(['(', ')', ' '])))
    };
    licence.split(" AND ").all(all_of)
}

#[test]
fn licences_are_allowed() {
    let allowed = allowed();
    assert!(is_met("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(is_met("GPL-3.0/MIT", &allowed));
    assert!(!is_met("MIT AND GPL-3.0", &allowed) && !is_met("GPL-3.0", &allowed));
    let packages = packages();
    assert!(packages.len() > 30);
    for package in &packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_met(licence, &allowed), "{}: {licence}", name(package));
    }
}

#[test]
fn sources_are_known() {
    for package in packages() {
        let source = package["source"].as_str();
        let known = "registry+https://github.com/rust-lang/crates.io-index";
        assert!(
            source.is_none_or(|source| source == known),
            "{}",
            name(&package)
        );
    }
}

#[test]
fn none_wants_a_newer_compiler() {
    let number = |version: &str| -> Vec<u32> {
        version
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect()
    };
    let ours = number(env!("CARGO_PKG_RUST_VERSION"));
    for package in packages() {
        if let Some(version) = package["rust_version"].as_str() {
            assert!(
                number(version)[..2] <= ours[..2],
                "{} wants {version}",
                name(&package)
            );
        }
    }
}

#[test]
fn every_dependency_says_which_version() {
    let packages = packages();
    let own = packages.iter().find(|package| package["source"].is_null());
    let dependencies = own.unwrap()["dependencies"].as_array().unwrap();
    assert!(dependencies.len() > 20);
    for dependency in dependencies {
        assert_ne!(dependency["req"], "*", "{}", dependency["name"]);
    }
}
