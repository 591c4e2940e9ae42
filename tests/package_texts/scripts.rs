//! Shell scripts with the shells that run them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use stub_builder::package::prefixes::Prefixes;
use stub_builder::package::shell::rewrite;

use super::{OUT, Place, output, own, run, sh};

/// Scripts of Debian packages, which the Makefile unpacks.
const CONFIGS: [(&str, &str); 5] = [
    ("libcurl4-openssl-dev", "curl-config"),
    ("libpng-dev", "libpng16-config"),
    ("libncurses-dev", "ncursesw6-config"),
    ("libpcre2-dev", "pcre2-config"),
    ("libxml2-dev", "xml2-config"),
];

/// A script with `@out@` for `/usr`.
fn template(package: &str, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(".work/configs")
        .join(package)
        .join("usr/bin")
        .join(name);
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: run `make tools` first", path.display()));
    text.replace("/usr", "@out@")
}

const QUESTIONS: &str = "--prefix --exec-prefix --cflags --libs --ldflags --libs8 --version --mandir \
                         --bindir --includedir --terminfo --static-libs --all --configure --I_opts";

/// Everything a script says, status included.
fn answers(directory: &Path, command: &str) -> String {
    let script =
        format!("for question in {QUESTIONS}; do {command} $question 2>&1 || echo failed; done");
    sh(directory, &script)
}

#[test]
fn config_scripts_say_what_they_said() {
    for (package, name) in CONFIGS {
        let template = template(package, name);
        let place = Place::plain();
        fs::create_dir_all(place.path("tree/include")).unwrap();
        // The same script, installed where the tree is.
        place.write(
            "tree/bin/expected",
            template.replace("@out@", &place.tree()),
        );
        let expected = answers(&place.path("tree/bin"), "./expected");
        assert!(expected.contains(&place.tree()), "{name}: {expected}");

        place.rewritten(rewrite, &format!("bin/{name}"), &template);
        fs::create_dir_all(place.path("links")).unwrap();
        symlink(format!("../tree/bin/{name}"), place.path("links/relative")).unwrap();
        symlink(place.path("links/relative"), place.path("links/absolute")).unwrap();
        symlink("../tree/bin", place.path("links/bin")).unwrap();
        let tree = place.tree();
        for (directory, command) in [
            ("tree/bin", format!("./{name}")),
            ("tree/bin", format!("dash {name}")),
            ("tree/bin", format!("bash {name}")),
            ("tree/bin", format!("bash --posix {name}")),
            ("tree", format!("bin/{name}")),
            ("tree", format!("CDPATH=/ bin/{name}")),
            ("", format!("{tree}/bin/../bin/{name}")),
            ("", format!("links/bin/{name}")),
            ("", "links/relative".to_owned()),
            ("", "links/absolute".to_owned()),
            ("", "PATH=$PWD/links:$PATH absolute".to_owned()),
            ("", format!("PATH=$PWD/tree/bin:$PATH {name}")),
        ] {
            let told = answers(&place.path(directory), &command);
            let lines = |text: &str| -> Vec<String> {
                // How it was called is part of the usage text.
                let usage = |line: &&str| !line.contains("sage: ");
                text.lines().filter(usage).map(str::to_owned).collect()
            };
            assert_eq!(lines(&told), lines(&expected), "{name} as {command}");
        }
    }
}

/// Every way to quote; one line for each word that comes of it.
const QUOTED: &str = r##"#!/bin/sh -eu
p='printf %s\n'
$p @out@ @out@/a "@out@/b" '@out@/c' x@out@/d"y" -I@out@/include/ "-L@out@/lib -l"
v=@out@/e w='<@out@/f>@out@/g'; $p "$v" "$w"
$p "$(printf %s @out@/h)" "`printf %s @out@/i`" "`printf %s '@out@/j'`" "$(printf %s '@out@/k' "@out@/l")"
$p ${unset-@out@/m} "${unset-@out@/n}" "${unset-"@out@/o"}"
$p @out@/escaped\ blank \"@out@/p\" "\"@out@/q\"" '\'@out@/r'"'
eval "$p '@out@/s' \"@out@/t\""
eval '$p "@out@/u"'
case @out@/v in @out@/*) $p "is below" ;; (*) $p "is not" ;; esac
case "$(case x in y) echo ')' ;; x) echo '@out@/w' ;; esac)" in "@out@/w") $p same ;; esac
cat <<EOF # @out@
'@out@/x' "@out@/y" ${unset-@out@/z}
$(printf %s "@out@/1")
EOF
cat <<-'EOF'
	nothing '" ` $( here
	EOF
f() { $p "${1#@out@}" "$((1 << 2))" "$#"; } # '
f "@out@/2"
"##;

#[test]
fn quotes_survive_in_every_shell() {
    let place = Place::plain();
    let file = place.rewritten(rewrite, "bin/quoted", QUOTED);
    let original = QUOTED.replace("@out@", &place.tree());
    let original = place.write("tree/bin/original", original);
    for shell in ["dash", "bash", "sh"] {
        let say = |file: &Path| output(Command::new(shell).arg("-eu").arg(file));
        let expected = say(&original);
        assert_eq!(say(&file), expected, "{shell}");
        assert!(expected.lines().count() > 25, "{expected}");
    }
}

/// A package below a path with blanks: no word falls apart, as it would if the
/// variable stood there without quotes.
#[test]
fn words_stay_whole() {
    let template =
        "#!/bin/sh\nv=@out@/a\nprintf '%s\\n' @out@ x@out@/b '@out@/c d' \"$v\" $(echo @out@)\n";
    let place = Place::new();
    let file = place.rewritten(rewrite, "bin/own", template);
    let tree = place.tree();
    assert!(tree.contains(' '));
    let told = output(&mut Command::new(&file));
    let whole = format!("{tree}\nx{tree}/b\n{tree}/c d\n{tree}/a\n");
    assert!(told.starts_with(&whole), "{told}");
}

/// `bash own-config` looks along PATH, and `$0` has no slash then.
#[test]
fn a_name_without_a_slash_is_looked_up() {
    let place = Place::new();
    place.rewritten(rewrite, "bin/own-config", "#!/bin/sh\necho \"@out@\"\n");
    for (directory, shell) in [("", "bash"), ("tree/bin", "bash"), ("tree/bin", "dash")] {
        let script = format!("PATH='{}/bin':$PATH {shell} own-config", place.tree());
        let told = sh(&place.path(directory), &script);
        assert_eq!(told, format!("{}\n", place.tree()), "{directory}: {shell}");
    }
}

#[test]
fn readlink_is_not_needed() {
    let place = Place::new();
    place.rewritten(
        rewrite,
        "libexec/sub/own-config",
        "#!/bin/sh\necho \"@out@/x\"\n",
    );
    fs::create_dir_all(place.path("only-ls")).unwrap();
    let ls = sh(Path::new("/"), "command -v ls");
    symlink(ls.trim(), place.path("only-ls/ls")).unwrap();
    symlink("../tree/libexec/sub/own-config", place.path("only-ls/own")).unwrap();
    let told = output(Command::new(place.path("only-ls/own")).env("PATH", place.path("only-ls")));
    assert_eq!(told, format!("{}/x\n", place.tree()));
}

#[test]
fn hooks_of_many_packages_live_in_one_shell() {
    let file = "nix-support/setup-hook";
    let hook = "addOwn() { echo \"@out@/share\" '@out@'; }\n";
    let (first, second) = (Place::new(), Place::new());
    first.rewritten(rewrite, file, hook);
    let other = Prefixes {
        placeholder: "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-second".into(),
        ..own(&second.path("tree"))
    };
    let text = hook.replace("addOwn", "addSecond").replace("@out@", OUT);
    let text = rewrite(text.as_bytes(), file, &other).unwrap();
    second.write(&format!("tree/{file}"), text);
    // By an absolute path in a function as stdenv does, and by a relative one.
    let script = "load() { . \"$1\"; }; load \"$1\"; cd \"$2\"; . nix-support/setup-hook; cd /; addOwn; addSecond";
    let told = output(
        Command::new("bash")
            .args(["-euc", script, "x"])
            .arg(first.path(&format!("tree/{file}")))
            .arg(second.path("tree")),
    );
    let line = |place: &Place| format!("{0}/share {0}\n", place.tree());
    assert_eq!(told, line(&first) + &line(&second));
}

#[test]
fn bash_scripts_find_bash() {
    let place = Place::new();
    // Arrays dash refuses; POSIX mode would show in SHELLOPTS.
    let script = "#!@other@/bin/bash -e\nall=(1 2 \"@out@\")\n\
                  echo \"${all[2]} ${#all[@]} $- $SHELLOPTS $# $2\"\n";
    let file = place.rewritten(rewrite, "bin/own-config", script);
    // /bin/sh may be bash, in its POSIX mode.
    let bash = sh(Path::new("/"), "command -v bash");
    fs::create_dir_all(place.path("bash-as-sh")).unwrap();
    symlink(bash.trim(), place.path("bash-as-sh/sh")).unwrap();
    let bash_as_sh = place.path("bash-as-sh/sh");
    for shell in [
        None,
        Some(Path::new("dash")),
        Some(Path::new("sh")),
        Some(&bash_as_sh),
    ] {
        let mut command = Command::new(shell.unwrap_or(&file));
        if shell.is_some() {
            command.arg(&file);
        }
        let told = output(command.args(["a", "b c"]));
        assert!(told.starts_with(&format!("{} 3 ", place.tree())), "{told}");
        assert!(
            told.ends_with(" 2 b c\n") && told.contains("errexit"),
            "{told}"
        );
        assert!(!told.contains("posix"), "{shell:?}: {told}");
    }
    // Without bash it fails, and says what is missing.
    let without = run(Command::new("/bin/dash").arg(&file).env("PATH", "/nowhere"));
    assert_eq!(without.status.code(), Some(127));
    assert!(String::from_utf8_lossy(&without.stderr).contains("bash"));
}
