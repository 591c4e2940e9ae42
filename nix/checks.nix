# checks : { pkgs, stub-builder, stubs, library } -> attribute set of derivations
#
# What `nix flake check` builds: the unit tests, formatting and shellcheck, what
# holds at evaluation, the pin, and a program that is linked against the stubs.
# Tests that call Debian's linkers or run Nix themselves are `make test`'s alone.
{
  pkgs,
  stub-builder,
  stubs,
  library,
}:
{
  inherit stub-builder stubs;

  unit-tests = pkgs.callPackage ./stub-builder.nix { withTests = true; };

  formatting =
    pkgs.runCommand "formatting"
      {
        nativeBuildInputs = [
          pkgs.nixfmt
          pkgs.rustfmt
          pkgs.shellcheck
        ];
      }
      ''
        cd ${../.}
        rustfmt --check --edition 2024 src/lib.rs src/main.rs tests/*.rs
        nixfmt --check $(find . -name '*.nix')
        shellcheck --external-sources --source-path SCRIPTDIR $(find nix tests -name '*.sh')
        touch $out
      '';

  # An assertion that fails stops the evaluation.
  evaluation =
    assert import ../tests/nix/eval.nix;
    assert import ../tests/nix/eval-split;
    pkgs.runCommand "evaluation" { } "touch $out";

  # Links a program with the stubs and with the library: the same imports.
  linking = pkgs.runCommandCC "linking" { } ''
    echo 'int zlibVersion(void); int main(void) { return !zlibVersion(); }' > main.c
    $CC main.c -o on-stubs -L${stubs.out}/lib -lz
    $CC main.c -o on-library -L${library.out}/lib -lz
    for program in on-stubs on-library; do
      readelf --wide --dyn-syms $program | awk '$7 == "UND" {print $5, $8}' | sort > $program.imports
    done
    cmp on-stubs.imports on-library.imports
    grep zlibVersion on-stubs.imports
    touch $out
  '';
}
# A pin that has become wrong fails here; the store would go on answering for it.
// (if stubs.hash == null then { } else { pin = stubs.pinCheck; })
