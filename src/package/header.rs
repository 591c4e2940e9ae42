//! Texts that cannot say where they lie: headers, aclocal macros, Vala files
//! and whatever else is copied as it is.

use crate::package::paths::{self, Edits, Lines};
use crate::package::prefixes::{Place, Prefixes};
use crate::problem::Problem;
use crate::tree;

/// Own paths lead below the package's placeholder, which relinking maps to the
/// real path; paths of other packages are problems, in comments too: nothing
/// here knows what a comment is.
pub fn rewrite(text: &[u8], file: &str, own: &Prefixes) -> Result<Vec<u8>, Vec<Problem>> {
    let lines = Lines::of(text);
    let mut edits = Edits::of(text);
    let mut problems = Vec::new();
    for found in paths::find(text, own) {
        match found.place {
            Place::Own(path) => edits.replace(found.range, tree::join(&own.placeholder, &path)),
            Place::Foreign | Place::Outside => {
                paths::tell(&mut problems, paths::foreign(&lines, &found.range), file);
            }
        }
    }
    edits.finish(problems, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::paths::tests::{DEV, OTHER, OUT, prefixes};

    #[test]
    fn own_paths_lead_below_the_placeholder() {
        let own = prefixes(&[]);
        let text = format!("#define DIR \"{OUT}/share/x/\" /* {DEV} */\n");
        let held = &own.placeholder;
        let expected = format!("#define DIR \"{held}/share/x/\" /* {held} */\n");
        let rewritten = rewrite(text.as_bytes(), "include/x.h", &own).unwrap();
        assert_eq!(String::from_utf8(rewritten).unwrap(), expected);
    }

    #[test]
    fn paths_of_other_packages_are_problems() {
        let text = format!("\n#define A \"{OTHER}/a\"\n#define B {OTHER}\n");
        let problems = rewrite(text.as_bytes(), "include/x.h", &prefixes(&[])).unwrap_err();
        let told: Vec<_> = problems.iter().map(|p| p.fault.to_string()).collect();
        let expected = [(2, "/a"), (3, "")]
            .map(|(line, rest)| format!("line {line}: names another package: {OTHER}{rest}"));
        assert_eq!(told, expected);
        assert_eq!(problems[0].path, "include/x.h");
    }
}
