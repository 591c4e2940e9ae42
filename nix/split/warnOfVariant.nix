# warnOfVariant : { name, attributes } -> { drv, package } -> value -> value
#
# Warns that a string names another package than the set has under that name
# (stringPackages.nix), and where. Nix has a word of its own for that since 2.23.
{ mentions }:
{ name, attributes, ... }:
{ drv, package }:
let
  names = builtins.filter (
    attribute:
    builtins.any (mention: builtins.isString mention && builtins.getContext mention ? ${drv}) (
      mentions attributes.others.${attribute}
    )
  ) (builtins.attrNames attributes.others);
  place = if names == [ ] then "what it names" else builtins.concatStringsSep ", " names;
in
(builtins.warn or builtins.trace) ''
  stub-builder: ${name} names a ${package.name} in ${place}, and the package set has another one of that name.
  An override, perhaps. Nobody can look it up, so compile sees it as it is, and runs again whenever it changes.
  Add it to ${name}, and compile sees its interface: passthru.split.inputs = [ ... ];''
