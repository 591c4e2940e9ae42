# namedPackages : settings -> package -> { inputs, libraries, natives, ... }
#
# The packages that a package names in its attributes: in the lists of inputs,
# by what these propagate, and in strings.
#
# Result
#   inputs     the library inputs, in the order in which setup.sh finds them
#   libraries  the split packages that compile sees as libraries, one of each
#   propagatedTools  what library inputs propagate to the tools of a build
#   tools      these and the native inputs
#   natives    those of them that are split packages
{
  packages,
  libraryInputs,
  mentions,
}:
settings:
{ attributes, options, ... }:
let
  inherit (packages)
    flatten
    isSplit
    keyOf
    keySet
    unique
    ;

  found = libraryInputs (
    builtins.concatMap (name: attributes.libraries.${name} or [ ]) [
      "depsHostHost"
      "buildInputs"
      "depsHostHostPropagated"
      "propagatedBuildInputs"
    ]
  );
  tools = flatten (builtins.attrValues attributes.natives ++ found.natives);
  natives = builtins.filter isSplit tools;

  mentioned = mentions (builtins.attrValues attributes.others);
  listed =
    found.inputs ++ flatten (builtins.attrValues attributes.libraries) ++ options.inputs or [ ];
  inputs = unique (builtins.filter isSplit (listed ++ mentioned));

  # Those that strings alone name are looked for in the package set.
  isKnown = keySet (inputs ++ natives);
  fromStrings = builtins.concatMap (
    drv:
    let
      base = builtins.baseNameOf drv;
      name = builtins.substring 33 (builtins.stringLength base - 37) base;
      package = settings.lookUp (builtins.parseDrvName name).name;
    in
    if !(isKnown ? ${drv}) && isSplit package && keyOf package == drv then [ package ] else [ ]
  ) (builtins.concatMap contextOf (builtins.filter builtins.isString mentioned));
  contextOf = text: builtins.attrNames (builtins.getContext text);
in
{
  inherit (found) inputs;
  inherit natives tools;
  propagatedTools = found.natives;
  libraries = unique (inputs ++ fromStrings);
}
