# currentBuild : settings -> plain -> package
#
# A package that isn't split: as it always was, with the baseline's tools, for the
# current C library. What is a part of the stdenv, or such a part is made of, is built
# for the stand-ins, which are the baseline's: `plain`, as mkDerivation gave it.
{ mapReferences, packages }:
settings: plain:
let
  inherit (settings.current) stdenv compilers;
  again = derivation (
    mapReferences {
      replacements = compilers;
      replaceDerivation =
        input:
        if packages.isDerivation input then
          compilers.${packages.keyOf input}.${input.outputName}.input or input
        else
          input;
    } plain.drvAttrs
    // {
      inherit stdenv;
    }
    // (if plain.drvAttrs.builder == settings.shell then { builder = stdenv.shell; } else { })
  );
in
if (settings.partStandIns plain).isOwn then plain else packages.builtAgain plain again
