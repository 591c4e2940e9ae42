//! Long texts that are made to take long.

use std::fs;

use stub_builder::package::prefixes::Prefixes;
use stub_builder::package::{cmake, header, ld_script, pkg_config, shell, typelib};
use stub_builder::problem::Problem;

const LENGTH: usize = 300_000;
/// Time that grows with the square of the length is a minute and more.
const SECONDS: f64 = 20.0;
const OWN: &str = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-own-1.0";
const OTHER: &str = "/nix/store/11111111111111111111111111111111-z";

type Rewrite = fn(&[u8], &str, &Prefixes) -> Result<Vec<u8>, Vec<Problem>>;
/// What rewrites files such as this one.
type Rewriter = (&'static str, Rewrite);

#[test]
fn time_grows_with_their_length() {
    let own = Prefixes {
        outputs: vec![OWN.into(), "/opt/x".into()],
        store_dir: "/nix/store".into(),
        placeholder: "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-own".into(),
        paths: ["lib/libx.so".to_owned()].into(),
    };
    let any: [Rewriter; 6] = [
        ("lib/libx.so", ld_script::rewrite),
        ("lib/pkgconfig/x.pc", pkg_config::rewrite),
        ("lib/cmake/x/x.cmake", cmake::rewrite),
        ("bin/x-config", shell::rewrite),
        ("include/x.h", header::rewrite),
        ("share/gir-1.0/x.gir", typelib::rewrite_gir),
    ];
    let [ld, pc, cm, sh, ..] = any;
    let all = any.as_slice();
    // What comes once in front, and what comes again and again.
    let cases: &[(&[Rewriter], &str, &str)] = &[
        (all, "", "{OWN} "),
        (all, "", "{OTHER}\n"),
        (all, "", "{OTHER}/lib/libz.so:"),
        (all, "", "{OTHER}/${x}"),
        (all, "", "/opt/x"),
        (all, "{OTHER}", "/"),
        (all, "", "shared-library=\"{OTHER}"),
        (&[ld], "INPUT(", "\"{OWN}/lib/libx.so\" "),
        (&[pc], "x = ", " {OTHER}/lib/libz.so #"),
        (&[cm], "set(x_LIBRARIES ", "{OTHER}/lib/libz.so "),
        (&[cm], "set_target_properties(x ", "A {OTHER}/lib/libz.so\n"),
        (&[cm], "set_property(TARGET x ", "{OTHER}:"),
        (&[cm], "# {OWN}\n", "[[ "),
        (&[cm], "# {OWN}\n", "function(x)\n"),
        (&[sh], "#!/bin/sh\n{OWN}\n", "\"${p"),
        (&[sh], "#!/bin/sh\n{OWN}\n", "$("),
        (&[sh], "#!/bin/sh\n{OWN}\n", "\"$(`"),
        (&[sh], "#!/bin/sh\n{OWN}\n", "<<a "),
        (&[sh], "#!/bin/sh\nLIBS=", "{OTHER}/lib/libz.so "),
    ];
    for (rewriters, first, again) in cases {
        let put = |text: &str| text.replace("{OWN}", OWN).replace("{OTHER}", OTHER);
        let again = put(again);
        let text = put(first) + &again.repeat(LENGTH / again.len());
        for (file, rewrite) in *rewriters {
            let started = processor_time();
            let _ = rewrite(text.as_bytes(), file, &own);
            let took = processor_time() - started;
            assert!(took < SECONDS, "{file}: {first}{again}: {took} s");
        }
    }
}

/// Of this thread, in seconds: others at work don't count (proc(5), `utime` and
/// `stime`, in hundredths).
fn processor_time() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/stat").unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}
