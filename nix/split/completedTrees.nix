# completedTrees : settings -> package -> interface -> { <output> = tree } or null
#
# What a build is given in place of a library's outputs: its interface trees,
# each completed from the baseline (completeTree.nix). null if the baseline has
# no such package or moves with the set: then it is the interface trees alone.
settings: package: interface:
let
  twin = settings.dataTwin package;
in
if twin == null then
  null
else
  builtins.listToAttrs (
    map (output: {
      name = output;
      value = settings.completeTree {
        interface = interface.${output};
        package = twin;
      };
    }) interface.interfaceOutputs
  )
