# A package set of any size on a splitting stdenv, for planning alone: libraries
# that use few others, and programs above them. Nothing of it is meant to be built.
{
  stubBuilder,
  count ? "1000",
  # the version of one library in the middle, and of one at the bottom
  version ? "1",
}:
let
  inherit (import ./builders.nix) system run;
  stub-builder = {
    inherit system;
    outPath = builtins.path {
      name = "stub-builder";
      path = stubBuilder;
    };
  };
  inherit (import ../../nix { inherit stub-builder; }) splitStdenv;
  plain = (import ./split/stdenv.nix).stdenv { cc = run { name = "cc"; } "mkdir $out"; };

  number = builtins.fromJSON count;
  mod = a: b: a - a / b * b;
  # Numbers that look like chance, and are the same each time.
  chance = seed: below: mod (mod (seed * 7919 + 104729) 65537 * 31) below;
  libraries = number / 3;
  nameOf = index: if index < libraries then "lib${toString index}" else "tool${toString index}";
  # Few libraries are used by many.
  usedBy =
    index:
    let
      below = if index < libraries then index else libraries;
      pick =
        step:
        let
          far = chance (index * 13 + step) below;
        in
        if mod step 2 == 0 then far else far * far / below;
    in
    if index < 12 then [ ] else builtins.genList pick (1 + chance index 4);

  setOf =
    version: stdenv:
    let
      all = builtins.listToAttrs (
        builtins.genList (index: {
          name = nameOf index;
          value = stdenv.mkDerivation {
            pname = nameOf index;
            version = if index == 5 || index == number / 10 then version else "1";
            buildInputs = map (used: all.${nameOf used}) (usedBy index);
            installPhase = "exit 1";
          };
        }) number
      );
    in
    all;
  packages = setOf version (
    splitStdenv {
      baseline = setOf "1" plain;
      inherit packages;
    } plain
  );
in
{
  inherit packages;
}
