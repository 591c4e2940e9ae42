//! Definitions that are there, and are something else.

use crate::lab::Lab;

#[test]
fn copied_data_keeps_its_size() {
    let lab = Lab::new();
    let main = "extern int data[]; int main(void) { return data[0]; }";
    lab.library("real/liba.so.1", "int data[4];", "");
    lab.program("tree/main", main, "-fno-pie -no-pie real/liba.so.1");
    assert!(lab.run("readelf -r tree/main").contains("R_X86_64_COPY"));
    lab.check("tree --against real").finds(&[], &[]);
    for (size, now) in [(5, 20), (3, 12)] {
        lab.library("real/liba.so.1", &format!("int data[{size}];"), "");
        let text = format!(
            "tree/main: was linked to something else than there is: data has room for a copy of 16 bytes, and {now} in real/liba.so.1"
        );
        lab.check("tree --against real")
            .finds(&["error SB0804"], &[&text]);
    }
    // The loader warns of more, and copies what there is room for.
    lab.library("real/liba.so.1", "int data[5];", "");
    let (starts, messages) = lab.start("tree/main");
    assert!(
        starts && messages.contains("different size in shared object"),
        "{messages}"
    );
    // Gone altogether.
    lab.library("real/liba.so.1", "int other;", "");
    lab.check("tree --against real")
        .finds(&["error SB0801"], &["imports data: "]);
    assert!(!lab.start("tree/main").0);
}

#[test]
fn copied_data_keeps_its_version() {
    let lab = Lab::new();
    let main = "extern int data; int main(void) { return data; }";
    lab.versioned(
        "real/liba.so.1",
        "int data;",
        "V1 { global: data; local: *; };",
    );
    lab.program("tree/main", main, "-fno-pie -no-pie real/liba.so.1");
    lab.check("tree --against real").finds(&[], &[]);
    lab.versioned(
        "real/liba.so.1",
        "int data;",
        "V2 { global: data; local: *; };",
    );
    lab.check("tree --against real")
        .finds(&["error SB0801"], &["imports data@V1: "]);
    assert!(!lab.start("tree/main").0);
}

#[test]
fn copied_data_keeps_its_alignment() {
    let lab = Lab::new();
    let main = "extern int data[]; int main(void) { return data[0]; }";
    let data = |alignment: usize| format!("int data[64] __attribute__((aligned({alignment})));");
    lab.library("real/liba.so.1", &data(64), "");
    // Linked to the stub, the copy has 64 as well.
    lab.program("tree/main", main, "-fno-pie -no-pie real/liba.so.1");
    lab.check("tree --against real").finds(&[], &[]);
    // Somewhere a strictly aligned copy isn't likely by chance.
    lab.library("real/liba.so.1", &data(4096), "");
    let texts = [
        "data has room for a copy aligned to ",
        " bytes, and must be to 4096 as in real/liba.so.1",
    ];
    lab.check("tree --against real")
        .finds(&["error SB0804"], &texts);
}

#[test]
fn thread_local_data_stays_so() {
    let lab = Lab::new();
    let main = "extern __thread int data; int main(void) { return data; }";
    lab.library("real/liba.so.1", "__thread int data;", "");
    lab.program("tree/main", main, "real/liba.so.1");
    lab.library(
        "tree/libuser.so",
        "extern __thread int data; int f(void) { return data; }",
        "-mtls-dialect=gnu2 real/liba.so.1",
    );
    lab.check("tree --against real").finds(&[], &[]);
    lab.library("real/liba.so.1", "int data;", "");
    let texts = ["data is thread-local data, and data in real/liba.so.1"];
    lab.check("tree --against real")
        .finds(&["error SB0804", "error SB0804"], &texts);
}

#[test]
fn functions_stay_functions() {
    let lab = Lab::new();
    lab.library("real/liba.so.1", "int f(void) { return 0; }", "");
    lab.program(
        "tree/main",
        "int f(void); int main(void) { return f(); }",
        "real/liba.so.1",
    );
    // An IFUNC is one.
    let indirect = "static int g(void) { return 0; } static void *pick(void) { return g; } int f(void) __attribute__((ifunc(\"pick\")));";
    lab.library("real/liba.so.1", indirect, "");
    lab.check("tree --against real").finds(&[], &[]);
    assert!(lab.start("tree/main").0);
    lab.library("real/liba.so.1", "int f = 1;", "");
    let texts = ["f is a function, and data in real/liba.so.1"];
    lab.check("tree --against real")
        .finds(&["error SB0804"], &texts);
}
