# currentBuild : settings -> plain -> derivation
#
# What isn't split, as everybody else than compile sees it: built as it always was,
# with the baseline's tools, but with what is current of the stdenv, as the C library
# and the shell. Three kinds of things stay with the stand-ins, which are the
# baseline's: `plain`, as mkDerivation gave it.
#
# - What a part of the stdenv is made of can't have that part.
# - What is fetched has nothing of its stdenv in it.
# - Nor have texts, such as those of writeText, replaceVars and runCommand: one
#   command writes them, without setup.sh's phases, or faster than they would be
#   fetched, and without tools that write something of their own. Strings name them, and
#   nobody can tell from a string which text it was. Those that name a part of the
#   stdenv themselves have what is current of it.
{
  attributeKinds,
  mapReferences,
  packages,
  remade,
  uncompiled,
}:
settings: plain:
let
  inherit (packages)
    flatten
    isDerivation
    isSplit
    keyOf
    ;
  inherit (settings.current) replacements;

  # Hooks write the baseline's shell into wrappers. The set's own are current.
  currentInput =
    input:
    if isSplit input || !isDerivation input || uncompiled.isOfSet input then
      input
    else
      replacements.${keyOf input}.${input.outputName}.input or (remade settings {
        replacements = _: replacements;
        input = currentInput;
        nativeInput = currentInput;
      } input);
  attributes = mapReferences {
    inherit replacements;
    replaceDerivation = currentInput;
  } plain.drvAttrs;

  inherit (attributeKinds plain.drvAttrs) natives;
  isText =
    uncompiled.isUncompiled plain
    && (plain.drvAttrs ? buildCommand || plain.drvAttrs.allowSubstitutes or true == false)
    && flatten (builtins.attrValues natives) == [ ]
    &&
      plain.drvPath == (derivation (attributes // { inherit (plain.drvAttrs) args builder stdenv; }))
      .drvPath;
in
if plain.drvAttrs ? outputHash || (settings.partStandIns plain).isOwn || isText then
  plain
else
  derivation (
    attributes
    // {
      stdenv = settings.current.stdenv plain.drvAttrs.stdenv;
    }
  )
