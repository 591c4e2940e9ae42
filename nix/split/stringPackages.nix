# stringPackages : settings -> { accept, name, isKnown } -> [ value ] -> { found, variants }
#
# The packages that strings alone name, and that `accept` takes. A string's context
# has the path of a derivation, which is looked for in the package set. `isKnown`
# has the paths that need no search; `name` is that of the package whose strings
# they are.
#
# Result
#   found     these packages
#   variants  where the set, and the baseline, have another one of that name. It can't
#             be had from its path: [ { drv, package }], of which the package is the set's
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

  contexts = builtins.attrNames (
    builtins.foldl' (all: text: all // builtins.getContext text) { } (
      builtins.filter builtins.isString mentioned
    )
  );

  # What one path may be, under the name that it has.
  search =
    drv:
    let
      known = builtins.match "${builtins.storeDir}/[0-9a-z]{32}-(.*)[.]drv" drv;
      drvName = builtins.head known;
      named =
        accept:
        settings.lookUp (package: package.name == drvName && accept package) parsed.name parsed.version;
      parsed = builtins.parseDrvName drvName;
      package = named (package: accept package && keyOf package == drv);
      variant = named accept;
    in
    if known == null || drvName == name || isKnown ? ${drv} then
      [ ]
    else
      [
        {
          inherit drv package variant;
        }
      ];
  searched = builtins.concatMap search contexts;
  isOfBaseline =
    { drv, variant, ... }:
    let
      twin = settings.findTwin variant;
    in
    twin != null && keyOf twin == drv;
in
{
  # A context is in the order of the derivations' hashes, which an update changes.
  # What compile is told in this order would change with it.
  found = builtins.sort (a: b: a.name < b.name) (
    builtins.filter (package: package != null) (map (entry: entry.package) searched)
  );
  variants =
    map
      (entry: {
        inherit (entry) drv;
        package = entry.variant;
      })
      (
        builtins.filter (
          entry: entry.package == null && entry.variant != null && !isOfBaseline entry
        ) searched
      );
}
