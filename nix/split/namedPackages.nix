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
{
  attributes,
  name,
  options,
  ...
}:
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

  # Those that strings alone name are looked for in the package set. To compare
  # derivations evaluates all of them, so the names are compared before: a
  # source is called like its package, too.
  isKnown = keySet (inputs ++ natives);
  # A context is in the order of the derivations' hashes, which an update
  # changes. What compile is told in this order would change with it.
  fromStrings = builtins.sort (a: b: a.name < b.name) (
    builtins.concatMap (
      drv:
      let
        known = builtins.match "${builtins.storeDir}/[0-9a-z]{32}-(.*)[.]drv" drv;
        drvName = builtins.head known;
        package = settings.lookUp (
          package: package.name == drvName && isSplit package && keyOf package == drv
        ) (builtins.parseDrvName drvName).name;
      in
      if known == null || drvName == name || isKnown ? ${drv} || package == null then [ ] else [ package ]
    ) (builtins.concatMap contextOf (builtins.filter builtins.isString mentioned))
  );
  contextOf = text: builtins.attrNames (builtins.getContext text);
in
{
  inherit (found) inputs;
  inherit natives tools;
  propagatedTools = found.natives;
  libraries = unique (inputs ++ fromStrings);
}
