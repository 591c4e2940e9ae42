//! `stub-builder diff --html`, as a browser shows it.

use std::fs;
use std::process::Command;

use crate::lab::{Lab, interface_text};

/// What a browser makes of the page with that behind `#`: its elements, scripts
/// having run.
fn shown(lab: &Lab, page: &str, asked: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("file://{}#{asked}", lab.path(page).display()))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && text.contains("<tbody>"),
        "{text}"
    );
    text
}

/// The names in the rows that can be seen, in order.
fn names(dom: &str) -> Vec<String> {
    let rows = dom.split("<tr class=").skip(1);
    let rows = rows.filter(|row| !row.split('>').next().unwrap().contains("hidden"));
    rows.map(|row| {
        let name = row.split("<code>").nth(1).unwrap();
        name.split("</code>").next().unwrap().to_owned()
    })
    .collect()
}

fn count(dom: &str) -> &str {
    dom.split("<output>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
}

/// Two libraries, and a page of the comparison.
fn compared() -> (Lab, String) {
    let lab = Lab::new();
    let function = |name: &str| format!("  - {{ Name: {name}, Type: Func }}");
    let data = |name: &str, size| format!("  - {{ Name: {name}, Type: Object, Size: {size} }}");
    let library = |name: &str, symbols: [String; 2]| {
        let stay = [function("stays"), function("_Z3maxIiET_S0_S0_")];
        let symbols = [stay, symbols].concat().join("\n");
        let lines = format!("SoName: liba.so.1\nSymbols:\n{symbols}");
        lab.write(name, &interface_text(&lines));
    };
    library("old.ifs", [function("goes"), data("grows", 4)]);
    library("new.ifs", [function("'<b>comes</b>'"), data("grows", 8)]);
    let page = lab.path("page.html");
    let (status, text) = lab.diff(&["--html", page.to_str().unwrap()], "old.ifs", "new.ifs");
    assert_eq!(status, 12, "{text}");
    (lab, text)
}

#[test]
fn page_shows_what_has_changed_first_and_the_rest_when_asked() {
    let (lab, _) = compared();
    let dom = shown(&lab, "page.html", "");
    let changed = ["goes", "grows", "&lt;b&gt;comes&lt;/b&gt;"];
    assert_eq!(names(&dom), changed);
    assert_eq!(count(&dom), "3 of 5 shown");
    // Both sides of what has grown, and what it means.
    let grows = dom.split("<code>grows</code>").nth(1).unwrap();
    let grows = grows.split("</tr>").next().unwrap();
    assert!(
        grows.contains("data, 4 bytes") && grows.contains("data, 8 bytes"),
        "{grows}"
    );
    assert!(grows.contains("<p>"), "{grows}");

    let all = shown(&lab, "page.html", "without=");
    let mut expected = changed.to_vec();
    expected.extend(["int max&lt;int&gt;(int, int)", "stays"]);
    assert_eq!(names(&all), expected);
}

#[test]
fn page_is_filtered_by_kind_and_name() {
    let (lab, _) = compared();
    let without = |asked: &str| names(&shown(&lab, "page.html", asked));
    assert_eq!(without("without=function"), ["grows"]);
    assert_eq!(without("without=data,added,unchanged"), ["goes"]);
    // Demangled or not.
    assert_eq!(
        without("without=&name=MAX%3Cint"),
        ["int max&lt;int&gt;(int, int)"]
    );
    assert_eq!(
        without("without=&name=_Z3max"),
        ["int max&lt;int&gt;(int, int)"]
    );
    assert!(without("without=&name=nothing").is_empty());
}

#[test]
fn page_needs_nothing_but_itself() {
    let (lab, text) = compared();
    let page = fs::read_to_string(lab.path("page.html")).unwrap();
    for outside in ["http:", "https:", "src=", "href=", "url(", "@import", "<b>"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // The text is as ever.
    assert_eq!(lab.diff(&[], "old.ifs", "new.ifs").1, text);
}
