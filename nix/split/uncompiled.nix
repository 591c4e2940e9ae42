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
  inherit (packages) closure isDerivation;
in
rec {
  isUncompiled =
    value:
    isDerivation value
    && !((value.drvAttrs or { }) ? outputHash)
    && !(value.drvAttrs.stdenv.hasCC or true);
  # The baseline's can name no package of the set.
  isOfSet = value: value.drvAttrs.stdenv.splitsPackages or false;

  attributesOf = value: removeAttrs value.drvAttrs [ "stdenv" ];
  # What it names, but its own tools.
  namedBy =
    value:
    mentions (
      builtins.attrValues (
        removeAttrs (attributesOf value) (builtins.attrNames (attributeKinds value.drvAttrs).natives)
      )
    );

  # These of the set among values, and all that they name.
  among = values: closure (value: ofSet (namedBy value)) (ofSet values);
  ofSet = builtins.filter (value: isUncompiled value && isOfSet value);
}
