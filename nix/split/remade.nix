# remade : settings -> { name, replacements, input, nativeInput } -> package -> package
#
# What of the set is not compiled, as compile gets it: hooks, wrappers, patches
# with paths in them, directories of links. Such a thing is a script or a text that
# names packages; it gets into what is built, and what it names with it. So it is
# made again from the same attributes, with what compile sees in the packages'
# place. What names nothing of the kind comes out as it was.
#
#   name          of what comes out, if it is to be another
#   replacements  packages -> as mapReferences.nix takes them, for strings
#   input         what becomes of a derivation in its attributes
#   nativeInput   the same, where its own tools stand
#
# What the baseline has made can name no package of the set, but the compiler of
# which compile has another (makeBinaryWrapper's).
{
  attributeKinds,
  mapReferences,
  mentions,
  packages,
  stringPackages,
  uncompiled,
}:
settings:
{
  name ? null,
  replacements,
  input,
  nativeInput,
}:
package:
let
  inherit (uncompiled) attributesOf isOfSet isUncompiled;

  attributes = attributesOf package;
  inherit (attributeKinds attributes) natives;
  mentioned = mentions (builtins.attrValues attributes);
  known = replacements [ ];
  named =
    if isOfSet package then
      (stringPackages settings {
        accept = packages.isSplit;
        inherit (package) name;
        isKnown = known;
      } mentioned).found
    else
      [ ];
  isChanged =
    mention:
    if builtins.isString mention then
      builtins.intersectAttrs (builtins.getContext mention) known != { }
    else
      "${input mention}" != "${mention}" || "${nativeInput mention}" != "${mention}";

  mapped =
    replaceDerivation:
    mapReferences {
      replacements = replacements named;
      inherit replaceDerivation;
    };
  again = derivation (
    mapped input (removeAttrs attributes (builtins.attrNames natives))
    // mapped nativeInput natives
    // {
      inherit (package.drvAttrs) stdenv;
    }
    // (if name == null then { } else { inherit name; })
  );
in
if isUncompiled package && (named != [ ] || builtins.any isChanged mentioned) then
  packages.builtAgain package again
else
  package
