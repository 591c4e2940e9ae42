# programPairs : parts -> package -> string
#
# What compileBuilder.sh writes into texts in the place of what, for one package:
# pairs of paths. Tools name the program of the baseline that they were made
# with, and its stand-in takes its place; in the program's own package that, and
# the stand-in, is the package itself.
parts: package:
builtins.concatStringsSep " " (
  builtins.concatMap (
    part:
    builtins.concatMap (
      output:
      let
        baseline = "${part.baseline.${output}}";
        standIn = "${part.tree.${output}}";
        own = builtins.placeholder output;
      in
      if part.package.name == package.name then
        [
          "${baseline} ${own}"
          "${standIn} ${own}"
        ]
      else
        [ "${baseline} ${standIn}" ]
    ) part.tree.linkedOutputs
  ) (builtins.filter (part: part.role == "program") parts)
)
