//! Compressed sections of ELF files, and what else these hide.

use super::*;

/// A program whose debug information and strings name the stand-in, with
/// much that doesn't, so that sections are worth compressing.
fn source() -> String {
    let mut source = format!("#line 1 \"{}/include/x.h\"\n", stand_in());
    for index in 0..300 {
        source += &format!(
            "struct type_{index} {{ int field_{}; struct type_{index} *next; }} v_{index};\n",
            index * 7919
        );
    }
    source + &format!("#line 1 \"{COMPILE}/src/main.c\"\nint main(void) {{ return 7; }}\n")
}

fn compile(directory: &Path, args: &[&str]) {
    write(directory, "x.c", source().as_bytes());
    let mut all = vec!["-g", "-O0", "x.c"];
    all.extend(args);
    run("gcc", &all, directory);
}

/// What readelf and gdb say of the debug information.
fn said(directory: &Path, file: &str) -> String {
    let args = ["-W", "--debug-dump=info,line,str", file];
    let mut said = run("readelf", &args, directory);
    let args = [
        "-batch",
        "-nx",
        "-ex",
        "info line main",
        "-ex",
        "info source",
        "-ex",
        "ptype v_299",
        file,
    ];
    said.extend(run("gdb", &args, directory));
    let said = String::from_utf8(said).unwrap();
    // Tools say which sections they read.
    let lines = said.lines().filter(|line| !line.contains("section"));
    lines
        .map(|line| line.replace(file, "FILE") + "\n")
        .collect()
}

#[test]
fn debug_information_reads_as_if_it_had_never_been_compressed() {
    for method in ["zlib", "zlib-gnu", "zstd"] {
        let directory = TempDir::new().unwrap();
        let folder = directory.path();
        compile(folder, &["-o", "plain"]);
        let option = format!("--compress-debug-sections={method}");
        run("objcopy", &[&option, "plain", "packed"], folder);
        let packed = fs::read(folder.join("packed")).unwrap();
        let sections = run("readelf", &["-WS", "packed"], folder);
        let sections = String::from_utf8(sections).unwrap();
        let mark = if method == "zlib-gnu" {
            ".zdebug_"
        } else {
            " C "
        };
        assert!(sections.contains(mark), "{sections}");

        let looked = Relink::new().look(&folder.join("packed"));
        assert!(looked.hidden.iter().all(|hidden| hidden.mendable));
        assert!(!looked.hidden.is_empty(), "{method}");
        Relink::new().mend(&folder.join("plain")).unwrap();
        assert!(Relink::new().mended(&folder.join("packed")) > 1);
        let said_of_packed = said(folder, "packed");
        assert_eq!(said_of_packed, said(folder, "plain"));
        assert!(said_of_packed.contains(&format!("{FINAL}/src/main.c")));
        assert!(said_of_packed.contains(REAL));
        let status = Command::new(folder.join("packed")).status().unwrap();
        assert_eq!(status.code(), Some(7));

        // Byte by byte, with the tool that made it.
        for name in ["plain", "packed"] {
            let to = format!("{name}.out");
            run(
                "objcopy",
                &["--decompress-debug-sections", name, &to],
                folder,
            );
        }
        for section in [
            ".debug_str",
            ".debug_info",
            ".debug_line",
            ".debug_line_str",
        ] {
            let [plain, packed] = ["plain", "packed"].map(|name| {
                let option = format!("--dump-section={section}=section");
                run(
                    "objcopy",
                    &[&option, &format!("{name}.out"), "/dev/null"],
                    folder,
                );
                fs::read(folder.join("section")).unwrap()
            });
            assert!(plain == packed, "{section}");
        }
        // There and back; `gzip -l` and the like aside, the same contents.
        let after = fs::read(folder.join("packed")).unwrap();
        assert!(after != packed);
    }
}

#[test]
fn separate_debug_files_stay_with_their_programs() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    compile(folder, &["-o", "x", "-gz=zlib"]);
    run("objcopy", &["--only-keep-debug", "x", "x.debug"], folder);
    run("strip", &["x"], folder);
    run("objcopy", &["--add-gnu-debuglink=x.debug", "x"], folder);
    let program = OpenOptions::new()
        .read(true)
        .write(true)
        .open(folder.join("x"));
    let program = program.unwrap();
    let size = program.metadata().unwrap().len();
    let debug_crc = || {
        let debug = File::open(folder.join("x.debug")).unwrap();
        hidden::debug_crc(debug).unwrap()
    };
    let link = hidden::debuglink(&program, size).unwrap().unwrap();
    assert_eq!(
        (link.name.as_slice(), link.crc),
        (&b"x.debug"[..], debug_crc())
    );

    assert!(Relink::new().mended(&folder.join("x.debug")) > 0);
    assert_ne!(link.crc, debug_crc());
    link.set(&program, debug_crc()).unwrap();
    let link = hidden::debuglink(&program, size).unwrap().unwrap();
    assert_eq!(link.crc, debug_crc());
    let args = [
        "-batch",
        "-nx",
        "-iex",
        "set debug-file-directory .",
        "-ex",
        "info line main",
        "x",
    ];
    let said = String::from_utf8(run("gdb", &args, folder)).unwrap();
    assert!(said.contains(&format!("{FINAL}/src/main.c")), "{said}");
    assert_eq!(
        hidden::debuglink(&File::open(folder.join("x.c")).unwrap(), 100).unwrap(),
        None
    );
}

fn little(directory: &Path, args: &[&str]) {
    let source = format!("#line 1 \"{SIMPLE}/include/x.h\"\nint x(void) {{ return 1; }}\n");
    let padding: String = (0..99).map(|i| format!("int v{i}, *w{i};\n")).collect();
    write(directory, "y.c", (source + &padding).as_bytes());
    let mut all = vec!["-g", "-gz=zlib", "-c", "y.c"];
    all.extend(args);
    run("gcc", &all, directory);
}

fn grown(folder: &Path, name: &str) -> (u64, u64) {
    let path = folder.join(name);
    let before = fs::metadata(&path).unwrap().len();
    Relink::new().mended(&path);
    (before, fs::metadata(&path).unwrap().len())
}

#[test]
fn what_does_not_fit_goes_to_the_end() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    little(folder, &["-o", "y.o"]);
    let payload = fs::read(folder.join("y.o")).unwrap();
    let (before, after) = grown(folder, "y.o");
    assert!(before < after, "not what is tested");
    run(
        "objcopy",
        &["--decompress-debug-sections", "y.o", "z.o"],
        folder,
    );
    let text = fs::read(folder.join("z.o")).unwrap();
    let real = format!("{REAL}////");
    assert!(text.windows(real.len()).any(|w| w == real.as_bytes()));
    let said = run("readelf", &["-W", "--debug-dump=line", "y.o"], folder);
    assert!(String::from_utf8(said).unwrap().contains(REAL));

    // Not behind a payload.
    let path = write(folder, "p", &[&payload[..], b"payload"].concat());
    let faults = Relink::new().mend(&path).unwrap_err();
    let place = "compressed section .debug_line_str";
    assert_eq!(places(&faults), [(place, name(SIMPLE))]);
    // Nor in an archive.
    write(folder, "y.o", &payload);
    run("ar", &["rc", "y.a", "y.o"], folder);
    let faults = Relink::new().mend(&folder.join("y.a")).unwrap_err();
    let place = format!("{place} of the archive's member y.o");
    assert_eq!(places(&faults), [(place.as_str(), name(SIMPLE))]);
}

#[test]
fn members_of_archives_are_mended_where_they_lie() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    compile(
        folder,
        &["-c", "-gz=zlib", "-o", "with-a-name-that-is-long.o"],
    );
    run("ar", &["rc", "x.a", "with-a-name-that-is-long.o"], folder);
    let path = folder.join("x.a");
    let looked = Relink::new().look(&path);
    let suffix = "of the archive's member with-a-name-that-is-long.o";
    assert!(
        looked
            .hidden
            .iter()
            .all(|hidden| hidden.place.ends_with(suffix))
    );

    // Compressed in haste, so that it fits for sure.
    let text = text(5000);
    let section = compressed(folder, &text, 1, (true, false));
    write(folder, "tiny.o", &tiny(true, false, 0x800, &section));
    run("ar", &["rc", "x.a", "tiny.o"], folder);
    let (before, after) = grown(folder, "x.a");
    assert_eq!(before, after);
    run("ar", &["x", "x.a"], folder);
    let expected = Relink::new().replaced(&text);
    assert!(contents(folder, "tiny.o") == hex(&expected));
}

#[test]
fn code_for_link_time_optimization_is_looked_into() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    let source = format!(
        "int puts(const char *); int main(void) {{ puts(\"{COMPILE}/share\"); return 7; }}"
    );
    write(folder, "l.c", source.as_bytes());
    run("gcc", &["-flto", "-c", "l.c"], folder);
    run("ar", &["rc", "l.a", "l.o"], folder);
    for file in ["l.o", "l.a"] {
        let path = folder.join(file);
        let looked = Relink::new().look(&path);
        assert!(
            looked.hidden[0].place.contains("section .gnu.lto_"),
            "{looked:?}"
        );
        // GCC compresses it with whichever library it was built with.
        match Relink::new().mend(&path) {
            Ok(count) => assert_eq!(count, 1),
            Err(faults) => assert!(!places(&faults).is_empty()),
        }
    }
}

#[test]
fn signed_modules_are_told() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    let source = format!("const char *x = \"{COMPILE}\";");
    write(folder, "m.c", source.as_bytes());
    run("gcc", &["-c", "m.c"], folder);
    let mut file = fs::read(folder.join("m.o")).unwrap();
    assert_eq!(Relink::new().look(&folder.join("m.o")).hidden, []);
    file.extend(b"signature~Module signature appended~\n");
    let path = write(folder, "m.ko", &file);
    let faults = Relink::new().mend(&path).unwrap_err();
    assert_eq!(places(&faults), [("signed kernel module", name(COMPILE))]);
    assert!(fs::read(&path).unwrap() == file);
}

/// A file with one section, of either class and byte order.
fn tiny(wide: bool, big: bool, flags: u64, section: &[u8]) -> Vec<u8> {
    let number = |value: u64, size: usize| match big {
        true => value.to_be_bytes()[8 - size..].to_vec(),
        false => value.to_le_bytes()[..size].to_vec(),
    };
    let word = if wide { 8 } else { 4 };
    let (header, entry) = if wide { (64, 64) } else { (52, 40) };
    let names = b"\0.debug_str\0.shstrtab\0";
    let at = header + names.len().next_multiple_of(8);
    let headers = (at + section.len()).next_multiple_of(8);
    let mut file = b"\x7fELF".to_vec();
    file.extend([1 + u8::from(wide), 1 + u8::from(big), 1]);
    file.resize(16, 0);
    for (value, size) in [
        (1, 2),
        (8, 2),
        (1, 4),
        (0, word),
        (0, word),
        (headers as u64, word),
        (0, 4),
        (header as u64, 2),
        (0, 2),
        (0, 2),
        (entry, 2),
        (3, 2),
        (2, 2),
    ] {
        file.extend(number(value, size));
    }
    assert_eq!(file.len(), header);
    file.extend(names);
    file.resize(at, 0);
    file.extend(section);
    file.resize(headers, 0);
    file.resize(headers + entry as usize, 0);
    for (name, kind, flags, at, size) in [
        (1, 1, flags, at, section.len()),
        (12, 3, 0, header, names.len()),
    ] {
        for (value, size) in [
            (name, 4),
            (kind, 4),
            (flags, word),
            (0, word),
            (at as u64, word),
            (size as u64, word),
            (0, 4),
            (0, 4),
            (4, word),
            (0, word),
        ] {
            file.extend(number(value, size));
        }
    }
    file
}

/// A section's contents for [`tiny`].
fn compressed(folder: &Path, text: &[u8], level: u32, (wide, big): (bool, bool)) -> Vec<u8> {
    write(folder, "text", text);
    let script = format!(
        "import zlib,sys; t=open('text','rb').read(); sys.stdout.buffer.write(zlib.compress(t,{level}))"
    );
    let stream = run("python3", &["-c", &script], folder);
    let number = |value: u32| match big {
        true => value.to_be_bytes(),
        false => value.to_le_bytes(),
    };
    let zero = [0; 4];
    let length = number(text.len() as u32);
    let chdr = match (wide, big) {
        (true, true) => [number(1), zero, zero, length, zero, number(1)].concat(),
        (true, false) => [number(1), zero, length, zero, number(1), zero].concat(),
        (false, _) => [number(1), length, number(1)].concat(),
    };
    [chdr, stream].concat()
}

/// What readelf inflates the first section to, in digits.
fn contents(folder: &Path, file: &str) -> String {
    let said = run("readelf", &["-Wz", "-x", "1", file], folder);
    let said = String::from_utf8(said).unwrap();
    let lines = said.lines().filter(|line| line.starts_with("  0x"));
    lines
        .flat_map(|line| line[13..48].chars().filter(|c| *c != ' '))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn either_class_and_byte_order_is_read_and_written() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    for (wide, big) in [(false, false), (false, true), (true, false), (true, true)] {
        // The second one grows.
        for path in [COMPILE, SIMPLE] {
            let text = format!("{path}/lib\0 and {path}/x\0");
            let section = compressed(folder, text.as_bytes(), 9, (wide, big));
            let file = tiny(wide, big, 0x800, &section);
            let path = write(folder, "tiny", &file);
            let count = Relink::new().mended(&path);
            assert_eq!(count, 2, "{wide} {big}");
            let grown = fs::metadata(&path).unwrap().len() > file.len() as u64;
            assert_eq!(grown, text.contains("simple"));
            let expected = Relink::new().replaced(text.as_bytes());
            assert_eq!(contents(folder, "tiny"), hex(&expected));

            // SHF_ALLOC: some program has it in memory.
            let path = write(folder, "tiny", &tiny(wide, big, 0x802, &section));
            let faults = Relink::new().mend(&path).unwrap_err();
            assert_eq!(places(&faults)[0].0, "compressed section .debug_str");
            // Another section in the same place.
            let mut twice = file.clone();
            let entry = if wide { 64 } else { 40 };
            let last = twice.len() - entry;
            twice.copy_within(last - entry..last, last);
            let path = write(folder, "tiny", &twice);
            assert!(Relink::new().mend(&path).is_err());
            // One that begins in front of it and reaches into it.
            let mut reaching = file.clone();
            let size = last + if wide { 32 } else { 20 };
            let lowest = match (wide, big) {
                (_, false) => 0,
                (true, true) => 7,
                (false, true) => 3,
            };
            reaching[size + lowest] = 80;
            let path = write(folder, "tiny", &reaching);
            assert!(Relink::new().mend(&path).is_err());
        }
    }
}
