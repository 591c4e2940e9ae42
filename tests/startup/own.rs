//! Libraries that are bound to their own functions.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::bindings::Bindings;
use crate::lab::{COUNT, Lab, Libc, run, succeed};

/// It calls two functions of its own, one of which the lab's third library has,
/// too, and takes the address of another.
const SOURCE: &str = "
int twice(int x) { return 2 * x; }
int thrice(int x) { return 3 * x; }
int same(int x) { return x; }
__attribute__((weak)) int weakly(void) { return 100; }
int data = 1000;
int (*table[])(int) = { thrice, same };
void *_Znam(unsigned long size) { return 0; }
int call(void) { return twice(1) + thrice(1) + weakly() + data + chosen() + (_Znam(1) != 0); }
int (*address(void))(int) { return same; }
";
const IFUNC: &str = "
static int choose(void) { return 10000; }
static void *resolve(void) { return choose; }
int chosen(void) __attribute__((ifunc(\"resolve\")));
";
const HEAD: &str =
    "int call(void), twice(int), same(int), (*address(void))(int); extern int (*table[])(int);";
const BODY: &str =
    "printf(\"%d %d %d\\n\", call(), address() == same && table[1] == same, twice(1));";

fn expected() -> String {
    format!("{}\n11105 1 2\n", COUNT * (COUNT - 1) / 2)
}

struct Own {
    lab: Lab,
    way: &'static str,
    report: Value,
}

impl Own {
    /// A package with the library and a program that uses it, `binding` being how
    /// the library is linked.
    fn new(libc: Libc, way: &'static str, binding: &str) -> Own {
        let chosen = match libc {
            Libc::Glibc | Libc::AArch64 => IFUNC,
            // It has no IFUNCs.
            Libc::Musl => "static int chosen(void) { return 10000; }",
        };
        let source = format!("{chosen}{SOURCE}");
        let lab = Lab::new(libc);
        lab.library(3, "int thrice(int x) { return 3 * x; }");
        let libraries = format!("{}/lib", lab.compile(way));
        fs::create_dir_all(&libraries).unwrap();
        let third = format!("{}/lib/libl3.so.1", lab.real(3));
        let file = format!("{libraries}/libown.so.1");
        let flags = [
            "-shared",
            "-Wl,-soname,libown.so.1",
            "-Wl,--no-as-needed",
            &format!("-Wl,-rpath,{}/lib", lab.real(3)),
            binding,
            "-o",
            &file,
            &third,
        ];
        lab.gcc(&source, &flags);
        let search = format!("-Wl,-rpath,{libraries}");
        let report = lab.build(way, HEAD, BODY, &[&file, &search]);
        Own { lab, way, report }
    }

    fn library(&self) -> String {
        format!("{}/lib/libown.so.1", self.lab.output(self.way))
    }
}

#[test]
fn only_strong_functions_are_bound_that_nothing_else_defines() {
    let before = Own::new(Libc::Glibc, "none", "-Wl,-z,now");
    let after = Own::new(Libc::Glibc, "own", "-Wl,-z,now");
    let own = &after.report["own_functions"][0];
    assert_eq!(own["path"], after.library());
    assert_eq!(own["functions"], 2, "{own}");
    assert_eq!(own["shared"], serde_json::json!(["thrice"]));
    let size = |own: &Own| fs::metadata(own.library()).unwrap().len();
    assert_eq!(size(&before), size(&after));
    let [old, new] = [&before, &after].map(|own| {
        assert_eq!(run(&own.lab.program(own.way)), expected());
        let bindings = Bindings::of(&own.lab.program(own.way), &[]);
        // Each lies in a store and an output of its own.
        let output = &own.lab.output(own.way)[own.lab.store.len()..];
        let alike = |line: &String| line.replace(&own.lab.store, "").replace(output, "");
        Bindings {
            symbols: bindings.symbols.iter().map(alike).collect(),
            constructors: bindings.constructors.iter().map(alike).collect(),
        }
    });
    assert_eq!(old.constructors, new.constructors);
    assert!(new.symbols.is_subset(&old.symbols));
    let lost: Vec<&String> = old.symbols.difference(&new.symbols).collect();
    assert_eq!(lost.len(), 2, "{lost:?}");
    for (line, name) in lost.iter().zip(["same", "twice"]) {
        assert!(line.contains(&format!("normal symbol `{name}'")), "{line}");
    }
}

#[test]
fn what_is_bound_cannot_be_replaced() {
    let own = Own::new(Libc::Glibc, "own", "-Wl,-z,now");
    let other = own.lab.scratch("other.so");
    let source = "int twice(int x) { return 7; } int same(int x) { return 8; } int weakly(void) { return 700; }";
    own.lab.gcc(source, &["-shared", "-o", &other]);
    let program = own.lab.program("own");
    let text = succeed(Command::new(program).env("LD_PRELOAD", &other));
    assert!(text.ends_with("\n11705 0 7\n"), "{text}");
}

/// What is looked for when it is first called stays so; addresses are bound.
#[test]
fn lazy_slots_stay() {
    let own = Own::new(Libc::Glibc, "own", "-Wl,-z,lazy");
    assert_eq!(own.report["own_functions"][0]["functions"], 1);
    let table = succeed(Command::new("readelf").args(["-rW", &own.library()]));
    let slots = table.lines().filter(|line| line.contains("JUMP_SLO"));
    assert!(slots.filter(|line| line.contains("twice")).count() == 1);
    assert_eq!(run(&own.lab.program("own")), expected());
}

#[test]
fn tools_work_on_the_result() {
    let own = Own::new(Libc::Glibc, "own", "-Wl,-z,now");
    let library = own.library();
    let path = succeed(Command::new("patchelf").args(["--print-rpath", &library]));
    let path = format!("{}:/nowhere", path.trim());
    succeed(Command::new("patchelf").args(["--set-rpath", &path, &library]));
    succeed(Command::new("strip").arg(&library));
    assert_eq!(run(&own.lab.program("own")), expected());
}

#[test]
fn other_machines_run_it() {
    let own = Own::new(Libc::AArch64, "own", "-Wl,-z,now");
    assert_eq!(own.report["own_functions"][0]["functions"], 2);
    assert_eq!(own.lab.run(&own.lab.program("own")), expected());
    let table = succeed(Command::new("readelf").args(["-rW", &own.library()]));
    assert!(!table.contains(" twice"), "{table}");
}

#[test]
fn musl_runs_it() {
    let own = Own::new(Libc::Musl, "own", "-Wl,-z,now");
    assert_eq!(own.report["own_functions"][0]["functions"], 2);
    assert_eq!(run(&own.lab.program("own")), expected());
}

/// Those above learn of it when they are relinked: whoever defines the function,
/// and whoever uses its own PLT entry for the function's address.
#[test]
fn who_would_have_been_called_is_warned() {
    let own = Own::new(Libc::Glibc, "own", "-Wl,-z,now");
    let library = own.library();
    let search = format!(
        "-Wl,-rpath,{}",
        Path::new(&library).parent().unwrap().display()
    );
    let code = |way: &str, head: &str, body: &str, flags: &[&str]| -> Vec<String> {
        let linking = [&[library.as_str(), &search], flags].concat();
        let report = own.lab.build(way, head, body, &linking);
        let warnings = report["proof"]["warnings"].as_array().unwrap().clone();
        let codes = warnings.iter().map(|warning| &warning["code"]);
        codes
            .map(|code| code.as_str().unwrap().to_owned())
            .collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(code("a", "int call(void);", "call();", &[]), none);
    let defines = "int call(void); int twice(int x) { return 8; }";
    assert_eq!(code("b", defines, "call();", &[]), ["SB0809"]);
    let takes = "int same(int); int (*volatile pointer)(int);";
    let take = "pointer = same; pointer(1);";
    assert_eq!(code("c", takes, take, &["-no-pie", "-fno-pic"]), ["SB0809"]);
    assert_eq!(code("d", takes, take, &["-pie"]), none);
}
