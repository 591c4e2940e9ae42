# stringPackages : settings -> { accept, name, isKnown } -> [ value ] -> [ package ]
#
# The packages that strings alone name, and that `accept` takes. A string's context
# has the path of a derivation, which is looked for in the package set. `isKnown`
# has the paths that need no search; `name` is that of the package whose strings
# they are.
#
# To compare derivations evaluates all of them, so the names are compared before:
# a source is called like its package, too.
{ packages }:
settings:
{
  accept,
  name,
  isKnown,
}:
mentioned:
let
  inherit (packages) keyOf;

  contexts = builtins.concatMap (text: builtins.attrNames (builtins.getContext text)) (
    builtins.filter builtins.isString mentioned
  );
in
# A context is in the order of the derivations' hashes, which an update changes.
# What compile is told in this order would change with it.
builtins.sort (a: b: a.name < b.name) (
  builtins.concatMap (
    drv:
    let
      known = builtins.match "${builtins.storeDir}/[0-9a-z]{32}-(.*)[.]drv" drv;
      drvName = builtins.head known;
      package = settings.lookUp (
        package: package.name == drvName && accept package && keyOf package == drv
      ) (builtins.parseDrvName drvName).name;
    in
    if known == null || drvName == name || isKnown ? ${drv} || package == null then [ ] else [ package ]
  ) contexts
)
