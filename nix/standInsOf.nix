# standInsOf : { stubs, package, ... } -> list of attribute sets
#
# What relinking must know of a library: each path that compile may have seen of
# it, and the real outputs. `stubs` is what mkStubs has made of the library as
# it was compiled against, `package` is the library to put in; `importsSuffice`
# if it need not provide more of that than is imported; `isInput` says of an output
# whether compile may have found its tree among its inputs (docs/relink.md).
# Nothing in a tree comes from an output with debug information.
{ ownPlaceholder }:
{
  stubs,
  package,
  importsSuffice ? false,
  isInput ? _: true,
}:
let
  real = builtins.listToAttrs (
    map (output: {
      name = output;
      value = "${package.${output}}";
    }) (builtins.filter (output: output != "debug") (package.outputs or [ "out" ]))
  );
  interface = "${stubs}";
in
map (output: {
  path = "${stubs.${output}}";
  inherit output real;
  named = !isInput output;
}) stubs.interfaceOutputs
++ [
  {
    path = ownPlaceholder stubs.pname;
    inherit real interface importsSuffice;
  }
]
