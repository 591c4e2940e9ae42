//! Where the outputs of a package contradict one another.

use std::io;
use std::path::Path;

use super::links::Resolved;
use super::listing::{Entry, Kind, Listing};
use crate::problem::{Fault, Problem};

/// Every path where outputs hold different things. They matter only if
/// something at that path is kept: most packages have
/// `nix-support/propagated-build-inputs` in several outputs.
///
/// `same` compares two files of equal size; `leads_to` resolves the link
/// at a path.
pub fn conflicts(
    listing: &Listing,
    mut same: impl FnMut(&Path, &Path) -> io::Result<bool>,
    mut leads_to: impl FnMut(&str, &Entry) -> Resolved,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, first, rivals) in listing.contested() {
        for rival in rivals {
            let agree = match (&first.kind, &rival.kind) {
                (
                    Kind::File { size, executable },
                    Kind::File {
                        size: other_size,
                        executable: other_executable,
                    },
                ) => {
                    if (size, executable) == (other_size, other_executable) {
                        same(&first.origin, &rival.origin)
                    } else {
                        Ok(false)
                    }
                }
                (Kind::Symlink { target }, Kind::Symlink { target: other }) => Ok(target == other
                    || {
                        let (a, b) = (leads_to(path, first), leads_to(path, rival));
                        a == b && matches!(a, Resolved::Inside(_) | Resolved::Outside(_))
                    }),
                // The other output points to what is here.
                (_, Kind::Symlink { .. }) => {
                    Ok(leads_to(path, rival) == Resolved::Inside(path.to_owned()))
                }
                _ => Ok(false),
            };
            match agree {
                Ok(true) => {}
                Ok(false) => problems.push(
                    Fault::Conflict {
                        first: first.origin.display().to_string(),
                        second: rival.origin.display().to_string(),
                    }
                    .at(path),
                ),
                Err(error) => problems.push(
                    Fault::Io {
                        action: "compare the file with another output's",
                        cause: error.to_string(),
                    }
                    .at(path),
                ),
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::listing::tests::{entry, file, link};

    fn conflicts(
        entries: Vec<Entry>,
        same: bool,
        leads_to: impl Fn(&Entry) -> Resolved,
    ) -> Vec<Problem> {
        let mut listing = Listing::default();
        for entry in entries {
            listing.insert("x".to_owned(), entry);
        }
        super::conflicts(&listing, |_, _| Ok(same), |_, entry| leads_to(entry))
    }

    fn unasked(_: &Entry) -> Resolved {
        Resolved::Broken
    }

    #[test]
    fn directories_merge() {
        let both = vec![entry(0, Kind::Directory), entry(1, Kind::Directory)];
        assert_eq!(conflicts(both, false, unasked), []);
    }

    #[test]
    fn files_agree_if_size_and_bytes_do() {
        assert_eq!(conflicts(vec![file(0, 3), file(1, 3)], true, unasked), []);
        let expected = Fault::Conflict {
            first: "/src0/x".to_owned(),
            second: "/src1/x".to_owned(),
        };
        for (entries, same) in [
            (vec![file(0, 3), file(1, 3)], false),
            (vec![file(0, 3), file(1, 4)], true),
            (
                vec![
                    file(0, 3),
                    entry(
                        1,
                        Kind::File {
                            size: 3,
                            executable: true,
                        },
                    ),
                ],
                true,
            ),
        ] {
            assert_eq!(
                conflicts(entries, same, unasked),
                [expected.clone().at("x")]
            );
        }
    }

    #[test]
    fn a_file_against_a_directory_is_a_conflict_whichever_comes_first() {
        let directory = |source| entry(source, Kind::Directory);
        for entries in [
            vec![file(0, 1), directory(1)],
            vec![directory(0), file(1, 1)],
        ] {
            assert_eq!(conflicts(entries, true, unasked).len(), 1);
        }
    }

    #[test]
    fn a_link_to_the_same_place_in_another_output_agrees() {
        let to_x = |_: &Entry| Resolved::Inside("x".to_owned());
        let to_y = |_: &Entry| Resolved::Inside("y".to_owned());
        for other in [file(1, 1), entry(1, Kind::Directory)] {
            let both = vec![link(0, "/src1/x"), other];
            assert_eq!(conflicts(both.clone(), true, to_x), []);
            assert_eq!(conflicts(both, true, to_y).len(), 1);
        }
    }

    #[test]
    fn links_agree_if_they_lead_to_the_same_place() {
        let both = || vec![link(0, "y"), link(1, "/src0/y")];
        let to_y = |_: &Entry| Resolved::Inside("y".to_owned());
        let apart = |entry: &Entry| Resolved::Inside(entry.source.to_string());
        assert_eq!(conflicts(both(), true, to_y), []);
        assert_eq!(conflicts(both(), true, apart).len(), 1);
        // Two broken links have only that in common.
        assert_eq!(conflicts(both(), true, unasked).len(), 1);
    }
}
