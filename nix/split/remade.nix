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
given:
let
  inherit (uncompiled) attributesOf isOfSet isUncompiled;
  package = uncompiled.seen given;

  attributes = attributesOf package;
  inherit (attributeKinds attributes) natives;
  mentioned = mentions (builtins.attrValues attributes);
  named =
    if isOfSet package then
      (stringPackages settings {
        accept = value: packages.isSplit value || uncompiled.ofSet [ value ] != [ ];
        inherit (package) name;
        isKnown = replacements [ ];
      } mentioned).found
    else
      [ ];
  replaced = replacements named;
  isChanged =
    mention:
    if builtins.isString mention then
      builtins.any (outputs: builtins.any (pair: pair.from != pair.to) (builtins.attrValues outputs)) (
        builtins.attrValues (builtins.intersectAttrs (builtins.getContext mention) replaced)
      )
    else
      "${input mention}" != "${mention}" || "${nativeInput mention}" != "${mention}";

  mapped =
    replaceDerivation:
    mapReferences {
      replacements = replaced;
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
if isUncompiled package && builtins.any isChanged mentioned then
  packages.builtAgain package again
else
  package
