//! One feature of shared libraries, one directory in `features/`: linking
//! against the stub is linking against the library.
//!
//! The package is built into `real/lib`, and `stub-builder stubs` makes its
//! tree, `stub/`, with the stubs in `stub/lib`. Each program is compiled, and
//! linked by bfd, gold, lld and mold, as PIE and not, in `real/lib` and in
//! `stub/lib`, where the same names lead to the library and to its stub. Both
//! links must end with the same status and the same messages, and what is said
//! of the program must hold of both results. Then both run, with the real
//! libraries, and must print what is expected.
//!
//! # The directory
//!
//! `lib*` say how the package is built, each `main*` is a program (`.c`, `.cc`
//! or `.S`), and other files are what those name. They say it in directives,
//! comments that have a line of their own:
//!
//! ```text
//! //# NAME: VALUE
//! //# NAME[bfd no-pie]: VALUE
//! ```
//!
//! The second form counts only for the linkers and modes that are listed: `bfd`,
//! `gold`, `lld`, `mold`; `pie`, `no-pie`, `shared`. If no linker is among them
//! it counts for every linker, and likewise for modes. A directive may be
//! repeated; what is not a directive fails the test.
//!
//! In commands, words are separated by spaces. `$S` is the directory of the
//! feature, `$L` a scratch directory for what isn't in the package, and `$P` the
//! linked program.
//!
//! In `lib*`:
//!
//! | directive | |
//! |---|---|
//! | `build: COMMAND` | run in `real/lib` |
//! | `expect-library: FACT` | holds of a library in `real/lib`, and of its stub |
//!
//! In `main*`:
//!
//! | directive | |
//! |---|---|
//! | `link: ARGUMENTS` | what follows the program's object. The program is linked in the modes that such a line lists; without a list, `pie` and `no-pie` |
//! | `expect: FACT` | holds of the linked program |
//! | `expect-not: FACT` | does not |
//! | `message: TEXT` | the linker says this. What it says without such a line is a failure |
//! | `link-error: TEXT` | the link fails, saying this |
//! | `run: COMMAND` | what to run instead of `$P`, in `real/lib` |
//! | `output: LINE` | the next line of what the run prints; the status is 0 |
//! | `not-with[...]: REASON` | this doesn't work with the real library, and with the stub fails alike |
//! | `stub-only[...]: REASON` | linkers refuse the real library, but not the stub |
//!
//! Facts, in the words of `readelf`:
//!
//! | fact | |
//! |---|---|
//! | `needed NAME` | DT_NEEDED |
//! | `import NAME[@VERSION]` | wanted from a library, with this version or none |
//! | `export NAME` | defined for libraries |
//! | `symbol NAME WORD...` | each word is said of the dynamic symbol: its binding, type, visibility or section, or `size=N`. In libraries, NAME may have a version: `@V` is hidden, `@@V` the default |
//! | `copy NAME...` | there is one copy relocation for these, which have one address |
//! | `aligned N NAME` | the address of the symbol |
//! | `relocation TYPE NAME` | |
//! | `version NAME [weak] [< PARENT...]` | libraries only: a version definition |

#[path = "features/directives.rs"]
mod directives;
#[path = "features/facts.rs"]
mod facts;
#[path = "features/lab.rs"]
mod lab;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use directives::Feature;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/features");

/// A test for each directory, named as it is.
macro_rules! features {
    ($($name:ident)*) => {
        const FEATURES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                test(stringify!($name));
            }
        )*
    };
}

features! {
    absolute
    alignment
    archive_extraction
    callbacks
    common
    copy_relocation
    copy_relocation_alias
    cxx
    default_against_hidden
    ifunc
    linker_script
    no_section_headers
    no_soname
    plugin_dlopen
    protected
    read_only
    relro
    soname
    tls
    unique
    unused_versions
    version_parents
    versions
    warnings
    weak
}

fn directory_of(test: &str) -> PathBuf {
    Path::new(DIRECTORY).join(test.replace('_', "-"))
}

fn test(name: &str) {
    let feature = Feature::read(&directory_of(name)).unwrap_or_else(|error| panic!("{error}"));
    let problems = lab::problems(&feature);
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn every_directory_is_tested() {
    let entries = fs::read_dir(DIRECTORY).unwrap();
    let directories: BTreeSet<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    let tested: BTreeSet<PathBuf> = FEATURES.iter().map(|name| directory_of(name)).collect();
    assert_eq!(directories, tested);
}

#[test]
fn directives_are_read_strictly() {
    let library = "//# build: gcc -shared $S/lib.c -o libx.so\n";
    let program = "//# link: libx.so\n//# output: 1\n";
    let feature = |library: &str, program: &str| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("lib.c"), library).unwrap();
        fs::write(directory.path().join("main.c"), program).unwrap();
        Feature::read(directory.path()).err()
    };
    assert_eq!(feature(library, program), None);
    for more in [
        "//# ouput: 1\n",
        "//# output 1\n",
        "//# output:\n",
        "//#output: 1\n",
        "int x; //# output: 1\n",
        "//# output[ld]: 1\n",
        "//# output[]: 1\n",
        "//# not-with: everything\n",
        "//# build: true\n",
        "//# expect: imports x\n",
        "//# expect: import\n",
        "//# expect: import x y\n",
        "//# expect: aligned 3 x\n",
        "//# expect: version V1\n",
        "//# run: ./a\n//# run: ./b\n",
    ] {
        assert!(
            feature(library, &(program.to_owned() + more)).is_some(),
            "{more}"
        );
    }
    assert!(feature(&(library.to_owned() + "//# output: 1\n"), program).is_some());
    assert!(feature("", program).is_some());
    assert!(feature(library, "//# output: 1\n").is_some());
    assert!(feature(library, "//# link: libx.so\n").is_some());
}
