# packageFace : { plain, built, overrideAttrs, outputs, steps, stdenv } -> package
#
# The package that everybody else sees: all that mkDerivation has said of it
# (`plain`), with the paths of what is built (`built`).
#
#   steps  what else can be looked at: { compile, interface, relink, ... }
#   stdenv the stdenv that splits, with which others are made that go by the package's
#          own, as nixpkgs' Python modules do
{
  plain,
  built,
  overrideAttrs,
  outputs,
  steps,
  stdenv,
}:
let
  # mkDerivation refuses what is broken, unfree and so on when paths are asked for.
  checked = value: if plain.meta.available or true then value else builtins.seq plain.outPath value;

  common =
    plain
    // {
      inherit overrideAttrs;
    }
    // (if plain.passthru ? stdenv then { } else { inherit stdenv; })
    // steps
    // faces
    // {
      all = map (output: faces.${output}) outputs;
    };
  face =
    output:
    common
    // {
      outputName = output;
      outPath = checked built.${output}.outPath;
      drvPath = checked built.${output}.drvPath;
    };
  faces = builtins.listToAttrs (
    map (output: {
      name = output;
      value = face output // {
        outputSpecified = true;
      };
    }) outputs
  );
in
face (builtins.head outputs)
