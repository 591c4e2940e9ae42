# toolHook : settings -> { nativeInput, replacements } -> native -> native
#
# A native input that is not compiled, as compile gets it. Such a one is a set-up
# hook or a wrapper: a script that names what it uses, by substitution. What it
# names gets into packages (makeBinaryWrapper's compiler), or is of the set that
# is split (a hook that an overlay made). So it is made again from the same
# attributes, with the tools that compile has in their place. One that names
# nothing of the kind comes out as it was.
#
#   nativeInput   what becomes of a native input
#   replacements  packages -> as mapReferences.nix takes them, for strings
{
  mapReferences,
  mentions,
  stringPackages,
}:
settings:
{ nativeInput, replacements }:
native:
let
  stdenv = native.drvAttrs.stdenv or { };
  attributes = removeAttrs native.drvAttrs [ "stdenv" ];
  mentioned = mentions (builtins.attrValues attributes);

  known = replacements [ ];
  named = stringPackages settings {
    inherit (native) name;
    isKnown = known;
  } mentioned;
  changed = builtins.any (
    mention:
    if builtins.isString mention then
      builtins.intersectAttrs (builtins.getContext mention) known != { }
    else
      "${nativeInput mention}" != "${mention}"
  ) mentioned;

  again = derivation (
    mapReferences {
      replacements = replacements named;
      replaceDerivation = nativeInput;
    } attributes
    // {
      inherit stdenv;
    }
  );
in
if stdenv.hasCC or true || !(named != [ ] || changed) then
  native
else
  native
  // {
    inherit (again.${native.outputName}) outPath drvPath;
    inherit (again) drvAttrs;
  }
  // again.drvAttrs
