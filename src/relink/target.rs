//! Which real output a reference to a stand-in goes to: the one that has what
//! it names.

use super::manifest::StandIn;
use super::named;
use crate::tree;

/// What lies at a path of the real outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
}

/// The real outputs, looked at from outside.
pub trait World {
    /// What `path` leads to, symlinks followed.
    fn kind(&self, path: &str) -> Option<Kind>;
    /// Whether the directory `path` holds shared libraries.
    fn has_libraries(&self, path: &str) -> bool;
}

/// Where a reference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Among the inputs that `nix-support` propagates to dependents.
    Propagated,
    Elsewhere,
}

/// Where a reference goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Target<'s> {
    /// The real output's store path.
    pub output: &'s str,
    /// What follows the store path's name: how many bytes of it are replaced,
    /// and by what path, which begins with a slash or is empty. `None` if it
    /// stays as it is.
    pub rest: Option<(usize, String)>,
}

/// How much of what is nowhere is told.
const LONGEST_SHOWN: usize = 512;

/// The output that a reference to `stand_in` goes to, `behind` being the bytes
/// that follow its name. `Err` is what is named and in no output.
pub fn target<'s>(
    stand_in: &'s StandIn,
    behind: &[u8],
    context: Context,
    world: &impl World,
) -> Result<Target<'s>, String> {
    let candidates = named::candidates(behind);
    for (length, path) in &candidates {
        let Some(path) = path else {
            continue;
        };
        let found = match path.as_str() {
            "" => Some(bare(stand_in, context, world)),
            path => holder(stand_in, path, world),
        };
        if let Some(output) = found {
            return Ok(Target {
                output,
                rest: rest(output, &behind[..*length], path, world),
            });
        }
    }
    let shortest = candidates.last().map_or(0, |(length, _)| *length);
    let shortest = shortest.min(LONGEST_SHOWN);
    Err(String::from_utf8_lossy(&behind[..shortest]).into_owned())
}

/// `lib/../include` is nothing if there is no `lib`, as in an output that has
/// headers alone.
fn rest(output: &str, written: &[u8], path: &str, world: &impl World) -> Option<(usize, String)> {
    let text = std::str::from_utf8(written).ok()?;
    let climbs = text.split('/').any(|component| component == "..");
    if !climbs || world.kind(&format!("{output}{text}")).is_some() {
        return None;
    }
    let resolved = match path {
        "" => String::new(),
        path => format!("/{path}"),
    };
    Some((written.len(), resolved))
}

/// The output with what lies at `path`.
///
/// A directory may be in several. Of one with libraries in it linkers and
/// loaders are told, and they want these; else the stand-in's own is meant.
fn holder<'s>(stand_in: &'s StandIn, path: &str, world: &impl World) -> Option<&'s str> {
    let at = |output: &str| format!("{output}/{path}");
    let holders: Vec<(&str, Kind)> = stand_in
        .outputs()
        .filter_map(|output| Some((output, world.kind(&at(output))?)))
        .collect();
    let mut directories = holders.iter().filter(|(_, kind)| *kind == Kind::Directory);
    let with_libraries = is_library_folder(path)
        .then(|| directories.find(|(output, _)| world.has_libraries(&at(output))))
        .flatten();
    with_libraries
        .or(holders.first())
        .map(|(output, _)| *output)
}

/// The output that a stand-in by itself means.
///
/// Files of a tree tell where they lie, of which an interface tree has made what the
/// package had said of itself: `prefix` in a `.pc` file is mostly the output with the
/// libraries. A string that a package was given (`--with-zlib=${zlib.dev}`) means
/// the output that it names.
fn bare<'s>(stand_in: &'s StandIn, context: Context, world: &impl World) -> &'s str {
    let dev = stand_in.real.get("dev");
    if let (Context::Propagated, Some(dev)) = (context, dev) {
        return dev;
    }
    if let (true, Some(own)) = (stand_in.named, stand_in.own()) {
        return own;
    }
    let with_libraries = stand_in.outputs().find(|output| {
        let folders = ["lib", "lib64", "lib32"].iter();
        let mut folders = folders.map(|folder| format!("{output}/{folder}"));
        folders.any(|folder| world.has_libraries(&folder))
    });
    with_libraries
        .or_else(|| stand_in.outputs().next())
        .unwrap_or_default()
}

fn is_library_folder(path: &str) -> bool {
    tree::file_name(path).starts_with("lib")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Paths, directories with a slash at the end.
    struct Files(&'static [&'static str]);

    impl World for Files {
        fn kind(&self, path: &str) -> Option<Kind> {
            let mut real = Vec::new();
            for component in path.split('/').filter(|c| !c.is_empty() && *c != ".") {
                if component == ".." {
                    self.kind(&format!("/{}", real.join("/")))?;
                    real.pop();
                } else {
                    real.push(component);
                }
            }
            let path = format!("/{}", real.join("/"));
            let below = format!("{}/", path.trim_end_matches('/'));
            if self.0.contains(&path.as_str()) {
                Some(Kind::File)
            } else {
                let mut files = self.0.iter();
                files
                    .any(|file| file.starts_with(&below))
                    .then_some(Kind::Directory)
            }
        }

        fn has_libraries(&self, path: &str) -> bool {
            let below = format!("{path}/");
            let names = self
                .0
                .iter()
                .filter_map(|file| file.strip_prefix(below.as_str()));
            let mut names = names.filter(|name| !name.contains('/'));
            names.any(|name| name.contains(".so"))
        }
    }

    const WORLD: Files = Files(&[
        "/out/lib/libz.so.1",
        "/out/share/doc/x",
        "/dev/lib/pkgconfig/zlib.pc",
        "/dev/include/zlib.h",
        "/bin/bin/z",
        "/bin/share/z/x",
    ]);

    fn stand_in(output: &str) -> StandIn {
        let real = ["out", "dev", "bin"].map(|name| (name.to_owned(), format!("/{name}")));
        StandIn {
            path: String::new(),
            output: Some(output.to_owned()),
            real: BTreeMap::from(real),
            ..StandIn::default()
        }
    }

    fn go(output: &str, behind: &str, context: Context) -> String {
        match target(&stand_in(output), behind.as_bytes(), context, &WORLD) {
            Ok(Target { output, rest: None }) => output.to_owned(),
            Ok(Target {
                output,
                rest: Some((length, path)),
            }) => format!("{output} {length} {path}"),
            Err(missing) => format!("no {missing}"),
        }
    }

    #[test]
    fn files_are_where_they_are() {
        for output in ["out", "dev", "bin"] {
            for (behind, expected) in [
                ("/lib/libz.so.1", "/out"),
                ("/lib/libz.so.1:x", "/out"),
                ("/include\0", "/dev"),
                ("/include/zlib.h\"", "/dev"),
                ("/lib/pkgconfig", "/dev"),
                ("/bin/z", "/bin"),
                ("/lib", "/out"),
                ("/lib/lib${x}.so", "/out"),
                ("/lib/libx.so", "no /lib/libx.so"),
                ("/../x", "no /../x"),
            ] {
                assert_eq!(go(output, behind, Context::Elsewhere), expected, "{behind}");
            }
        }
    }

    #[test]
    fn of_several_directories_the_stand_ins_own_is_meant() {
        assert_eq!(go("out", "/share", Context::Elsewhere), "/out");
        assert_eq!(go("bin", "/share", Context::Elsewhere), "/bin");
    }

    #[test]
    fn a_bare_stand_in_is_the_library_or_what_is_propagated() {
        for output in ["out", "dev", "bin"] {
            for behind in ["", "\0", " x", "/", "/."] {
                assert_eq!(go(output, behind, Context::Elsewhere), "/out");
                assert_eq!(go(output, behind, Context::Propagated), "/dev");
            }
        }
    }

    #[test]
    fn what_no_build_has_among_its_inputs_means_its_own_output() {
        for output in ["out", "dev", "bin"] {
            let named = StandIn {
                named: true,
                ..stand_in(output)
            };
            let go = |behind: &str, context| {
                let target = target(&named, behind.as_bytes(), context, &WORLD);
                target.unwrap().output.to_owned()
            };
            assert_eq!(go("", Context::Elsewhere), format!("/{output}"));
            assert_eq!(go("/lib", Context::Elsewhere), "/out");
            assert_eq!(go("", Context::Propagated), "/dev");
        }
    }

    #[test]
    fn what_climbs_out_of_a_missing_directory_is_written_anew() {
        assert_eq!(go("dev", "/lib/../include;", Context::Elsewhere), "/dev");
        assert_eq!(
            go("dev", "/bin/../include;", Context::Elsewhere),
            "/dev 15 /include"
        );
    }
}
