# uncompiled : attribute set of functions
#
# What of a set is not compiled, nor fetched: hooks, wrappers, patches with paths
# in them, directories of links. Nothing of it is split, and all of it names
# packages that are.
{
  attributeKinds,
  mentions,
  packages,
}:
let
  inherit (packages) isDerivation;
in
rec {
  # Of what is built for everybody else with what is current, the one for compile.
  seen = value: if value ? withStandIns then value.withStandIns.${value.outputName} else value;

  isUncompiled =
    value:
    let
      attributes = (seen value).drvAttrs or { };
    in
    isDerivation value && !(attributes ? outputHash) && !(attributes.stdenv.hasCC or true);
  # The baseline's can name no package of the set.
  isOfSet = value: (seen value).drvAttrs.stdenv.splitsPackages or false;

  attributesOf = value: removeAttrs (seen value).drvAttrs [ "stdenv" ];
  # What it names, but its own tools.
  namedBy =
    value:
    mentions (
      builtins.attrValues (
        removeAttrs (attributesOf value) (builtins.attrNames (attributeKinds (attributesOf value)).natives)
      )
    );

  # These of the set among values.
  ofSet = builtins.filter (value: isUncompiled value && isOfSet value);
}
