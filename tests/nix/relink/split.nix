# split : { recipe, libraries ? { }, hash ? null, ... } -> derivation
#
# A package in two derivations, by hand: `recipe` is a function from libraries
# to the attributes and the script of a package, and is called twice.
#
# Result: the relinked package, and in it
#   compile   built against the libraries' interface trees; it refers to nothing
#             but itself, which Nix is told to prove
#   stubs     the interface tree of `compile`, so that relinking changes nothing
#             for those who use it
#   normal    the same built against the real libraries, to compare with
# Further arguments are relink's.
{
  package,
  mkStubs,
  relink,
  stub-builder,
}:
{
  recipe,
  libraries ? { },
  hash ? null,
  ...
}@arguments:
let
  build =
    face: last: more:
    let
      inherit (recipe (builtins.mapAttrs (_: face) libraries)) attributes script;
    in
    package (attributes // more attributes) "${script}\n${last attributes}";

  compile =
    build (library: library.stubs)
      (
        { outputs, ... }:
        "${stub-builder}/bin/stub-builder mask ${
          builtins.concatStringsSep " " (map (output: "\$${output}") outputs)
        }"
      )
      (
        { outputs, ... }:
        {
          allowedReferences = outputs;
        }
      );

  relinked = relink (
    removeAttrs arguments [
      "recipe"
      "hash"
    ]
    // {
      inherit compile;
      libraries = map (library: {
        inherit (library) stubs;
        package = library;
      }) (builtins.attrValues libraries);
    }
  );
in
relinked
// {
  inherit compile;
  inherit (compile) pname version;
  stubs = mkStubs {
    package = compile;
    inherit hash;
  };
  normal = build (library: library.normal) (_: "") (_: { });
}
