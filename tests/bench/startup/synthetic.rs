//! Trees of small libraries, in two shapes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;

use super::store::{Package, succeed};

/// Functions in each library; of each library that it needs it calls three.
const FUNCTIONS: usize = 12;
/// Of how many other libraries each one asks.
const NEEDS: usize = 8;

/// How the libraries hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Each needs the next and some behind it; the program needs the first.
    Chain,
    /// The same, and the program needs them all.
    Flat,
}

impl Shape {
    pub const ALL: [Shape; 2] = [Shape::Chain, Shape::Flat];

    pub fn name(self) -> &'static str {
        match self {
            Shape::Chain => "chain",
            Shape::Flat => "flat",
        }
    }
}

pub struct Synthetic {
    pub size: usize,
    /// The libraries, then a program of each shape.
    pub packages: Vec<Package>,
    /// All in one file, without a loader.
    pub fixed: PathBuf,
}

impl Synthetic {
    pub fn program(&self, shape: Shape) -> &Package {
        let name = format!("{}-{}", shape.name(), self.size);
        let mut packages = self.packages.iter();
        packages.find(|package| package.name == name).unwrap()
    }
}

/// Library `of` needs these, from a fixed series of numbers.
fn needs(of: usize, size: usize) -> Vec<usize> {
    let mut state = of as u64 + 1;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let behind = size - of - 1;
    let mut all = Vec::new();
    if behind > 0 {
        all.push(of + 1);
    }
    while all.len() < NEEDS.min(behind) {
        let other = of + 1 + random() % behind;
        if !all.contains(&other) {
            all.push(other);
        }
    }
    all
}

pub fn build(directory: &Path, size: usize) -> Synthetic {
    let directory = directory.join(size.to_string());
    fs::create_dir_all(&directory).unwrap();
    let name = |index: usize| format!("libs{size}x{index}.so.1");
    let gcc = |arguments: &[&str]| {
        succeed(
            Command::new("gcc")
                .current_dir(&directory)
                .args(["-O1", "-fPIC", "-w"])
                .args(arguments),
        );
    };
    (0..size).into_par_iter().for_each(|index| {
        let mut source = String::new();
        let mut calls = String::new();
        for other in needs(index, size) {
            for function in 0..3 {
                source += &format!("int l{other}_f{function}(int);\n");
                calls += &format!("  x += l{other}_f{function}(x);\n");
            }
        }
        for function in 0..FUNCTIONS {
            let calls = if function == 0 { &calls } else { "" };
            source += &format!(
                "int l{index}_f{function}(int x) {{\n  if (x < {function}) return x;\n{calls}  return x;\n}}\nint (*l{index}_p{function})(int) = l{index}_f{function};\n"
            );
        }
        fs::write(directory.join(format!("{index}.c")), source).unwrap();
        gcc(&["-c", &format!("{index}.c"), "-o", &format!("{index}.o")]);
    });
    // From the last on, since each is linked to those behind it.
    let link = |index: usize| {
        let (soname, object) = (format!("-Wl,-soname,{}", name(index)), format!("{index}.o"));
        let file = name(index);
        let others: Vec<String> = needs(index, size).into_iter().map(name).collect();
        let mut arguments = vec![
            "-shared",
            "-Wl,-z,now",
            "-Wl,--allow-shlib-undefined",
            &soname,
            &object,
            "-o",
            &file,
        ];
        arguments.extend(others.iter().map(String::as_str));
        gcc(&arguments);
    };
    (0..size).rev().for_each(link);
    fs::write(
        directory.join("main.c"),
        "int l0_f0(int);\nint main(void) { return l0_f0(-1) + 1; }\n",
    )
    .unwrap();
    gcc(&["-c", "main.c", "-o", "main.o"]);
    let mut packages: Vec<Package> = (0..size)
        .map(|index| Package {
            name: format!("s{size}x{index}-1.0"),
            file: directory.join(name(index)),
            file_name: name(index),
            is_program: false,
            needs: needed(needs(index, size), size),
        })
        .collect();
    for shape in Shape::ALL {
        let direct: Vec<usize> = match shape {
            Shape::Chain => vec![0],
            Shape::Flat => (0..size).collect(),
        };
        let files: Vec<String> = direct.iter().map(|&index| name(index)).collect();
        let mut arguments = vec![
            "main.o",
            "-o",
            shape.name(),
            "-Wl,--no-as-needed,-z,now",
            "-Wl,--allow-shlib-undefined",
            "-Wl,-rpath-link,.",
        ];
        arguments.extend(files.iter().map(String::as_str));
        gcc(&arguments);
        packages.push(Package {
            name: format!("{}-{size}", shape.name()),
            file: directory.join(shape.name()),
            file_name: shape.name().to_owned(),
            is_program: true,
            needs: needed(direct, size),
        });
    }
    let objects: Vec<String> = (0..size).map(|index| format!("{index}.o")).collect();
    let mut arguments = vec!["-static-pie", "main.o", "-o", "fixed"];
    arguments.extend(objects.iter().map(String::as_str));
    gcc(&arguments);
    Synthetic {
        size,
        packages,
        fixed: directory.join("fixed"),
    }
}

fn needed(libraries: Vec<usize>, size: usize) -> Vec<(String, String)> {
    let own = libraries.into_iter();
    let own = own.map(|index| {
        (
            format!("libs{size}x{index}.so.1"),
            format!("s{size}x{index}-1.0"),
        )
    });
    own.chain([("libc.so.6".to_owned(), "glibc".to_owned())])
        .collect()
}
