//! CMake package files that CMake itself has written.

use std::fs;
use std::process::Command;

use stub_builder::package::cmake::{named_files, rewrite};

use super::{OTHER, OUT, Place, output, own, sh};

/// A package as nixpkgs' cmake hook configures one: absolute install
/// directories, so that the export says where it lies.
const PACKAGE: &str = r#"
cmake_minimum_required(VERSION 3.20)
project(own C)
add_library(shared SHARED own.c)
target_include_directories(shared INTERFACE "@out@/include" "@other@/include")
target_link_libraries(shared INTERFACE "@other@/lib/libq.so")
add_library(static STATIC own_static.c)
target_link_libraries(static PUBLIC shared INTERFACE "$<LINK_ONLY:@other@/lib/libq.a>" "-L@other@/lib")
target_include_directories(static INTERFACE "$<INSTALL_INTERFACE:@out@/include/static>")
install(TARGETS shared static EXPORT own DESTINATION "@out@/lib")
install(FILES own.h DESTINATION "@out@/include")
install(FILES own.h DESTINATION "@out@/include/static" RENAME static.h)
install(FILES ownConfig.cmake words.txt DESTINATION "@out@/lib/cmake/own")
install(EXPORT own NAMESPACE own:: FILE ownTargets.cmake DESTINATION "@out@/lib/cmake/own")
"#;

const CONFIG: &str = r#"
include("@out@/lib/cmake/own/ownTargets.cmake")
set(own_LIBRARIES -L@other@/lib;own::shared;@other@/lib/libq.so.1)
set(own_INCLUDE_DIRS "@out@/include;@other@/include") # @other@
function(own_words result)
  file(READ "@out@/lib/cmake/own/words.txt" words)
  set(${result} "${words}" PARENT_SCOPE)
endfunction()
if(NOT EXISTS @out@/include/own.h)
  message(FATAL_ERROR "no header below @out@")
endif()
"#;

const DEPENDENT: &str = r#"
cmake_minimum_required(VERSION 3.20)
project(dependent C)
find_package(own REQUIRED CONFIG)
own_words(words)
if(NOT words STREQUAL "some words")
  message(FATAL_ERROR "words: ${words}")
endif()
add_executable(by_target main.c)
target_link_libraries(by_target own::static)
add_executable(by_variables main.c)
target_include_directories(by_variables PRIVATE ${own_INCLUDE_DIRS})
target_link_libraries(by_variables own::static ${own_LIBRARIES})
"#;

fn cmake(place: &Place, arguments: &[&str]) -> String {
    let mut command = Command::new("cmake");
    command.args(arguments).current_dir(place.path(""));
    output(command.env("DESTDIR", place.path("stage")))
}

/// Builds the package for its store path, and installs it as the tree.
fn package() -> Place {
    let place = Place::plain();
    let fill = |text: &str| text.replace("@out@", OUT).replace("@other@", OTHER);
    place.write("package/CMakeLists.txt", fill(PACKAGE));
    place.write("package/ownConfig.cmake", fill(CONFIG));
    place.write("package/words.txt", "some words");
    place.write(
        "package/own.h",
        "int own(void); int own_static(void); int q(void);\n",
    );
    place.write("package/own.c", "int own(void) { return 1; }\n");
    let code = "int own(void); int own_static(void) { return own(); }\n";
    place.write("package/own_static.c", code);
    let prefix = format!("-DCMAKE_INSTALL_PREFIX={OUT}");
    let kind = "-DCMAKE_BUILD_TYPE=Release";
    let configure = ["-G", "Ninja", "-S", "package", "-B", "build", kind, &prefix];
    cmake(&place, &configure);
    cmake(&place, &["--build", "build"]);
    cmake(&place, &["--install", "build"]);
    fs::remove_dir(place.path("tree")).unwrap();
    fs::rename(place.path(&format!("stage{OUT}")), place.path("tree")).unwrap();
    place
}

#[test]
fn a_dependent_finds_the_package_elsewhere() {
    let place = package();
    // As CMake wrote them they lead into the store: the test tests something.
    let exported = fs::read_to_string(place.path("tree/lib/cmake/own/ownTargets.cmake")).unwrap();
    for part in [
        format!("set(_IMPORT_PREFIX \"{OUT}\")"),
        format!("\\$<LINK_ONLY:{OTHER}/lib/libq.a>"),
        format!("{OTHER}/include"),
    ] {
        assert!(exported.contains(&part), "{part} in {exported}");
    }

    let prefixes = own(&place.path("tree"));
    let mut named = Vec::new();
    for name in [
        "ownConfig.cmake",
        "ownTargets.cmake",
        "ownTargets-release.cmake",
    ] {
        let file = format!("lib/cmake/own/{name}");
        let text = fs::read_to_string(place.path(&format!("tree/{file}"))).unwrap();
        named.extend(named_files(text.as_bytes(), &file, &prefixes));
        place.rewritten(rewrite, &file, &text);
    }
    for file in [
        "lib/libshared.so",
        "lib/libstatic.a",
        "lib/cmake/own/words.txt",
        "include/own.h",
    ] {
        assert!(named.contains(&file.to_owned()), "{file} in {named:?}");
    }
    assert!(!named.contains(&"include".to_owned()), "{named:?}");

    // The other package is found as cc-wrapper has it found.
    place.write("other/q.c", "int q(void) { return 2; }\n");
    place.write("dependent/CMakeLists.txt", DEPENDENT);
    let main = "#include <own.h>\nint main(void) { return own_static() + q() - 3; }\n";
    place.write("dependent/main.c", main);
    sh(&place.path("other"), "gcc -shared -fPIC -o libq.so q.c");
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", place.tree());
    let directory = place.path("other");
    let flags = format!(
        "-DCMAKE_EXE_LINKER_FLAGS=-L{0} -Wl,-rpath,{0}",
        directory.display()
    );
    cmake(
        &place,
        &[
            "-G",
            "Ninja",
            "-S",
            "dependent",
            "-B",
            "work",
            &prefix,
            &flags,
        ],
    );
    cmake(&place, &["--build", "work", "--verbose"]);
    for program in ["by_target", "by_variables"] {
        output(&mut Command::new(place.path(&format!("work/{program}"))));
    }
}
