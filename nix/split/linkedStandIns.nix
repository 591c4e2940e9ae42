# linkedStandIns : tree -> package -> [ stand-in ]
#
# Entries of relink's manifest for a tree of links (linkTree.nix), in whose place
# `package` is put.
#
# - The entries name the tree's paths without its being an input: relink reads
#   the paths and nothing of the tree, which would bring the baseline onto each
#   machine that relinks. Where the baseline is content-addressed only a build
#   knows the paths.
# - The real outputs are those of the kinds that the tree was made of. Archives
#   and documentation would be there for nothing.
{ linkOutputs, packages }:
let
  pathOf =
    output:
    let
      path = packages.plainPath output;
      isKnown = builtins.substring 0 (builtins.stringLength builtins.storeDir) path == builtins.storeDir;
    in
    if isKnown then path else "${output}";
in
tree: package:
map (output: {
  path = pathOf tree.${output};
  inherit output;
  real = packages.realOf (package // { outputs = linkOutputs (packages.outputsOf package); });
}) tree.linkedOutputs
