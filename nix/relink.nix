# relink : { compile, libraries, ... } -> derivation
#
# The finished package: what `compile` has left, with the real libraries in
# place of the interface trees that it was compiled against, and the proof that
# they fit. No shell and no stdenv takes part.
#
#   relink {
#     compile = libpng.compile;
#     libraries = [ { stubs = zlibStubs; package = zlib; } ];
#   }
#
# Arguments
#   compile     the derivation that was built against interface trees
#   libraries   for each of these trees what mkStubs gave, and the real package;
#               with `importsSuffice` it need not provide more of the interface
#               than compile's files import (docs/pins.md); more in standInsOf.nix
#   standIns    what else stands for something else, as in the manifest:
#               { path, real = { <output> = path; }, output ?, interface ? };
#               what compile may refer to as it is stands for itself
#   exempt      globs of files of which nothing is proven
#   strict      let nothing stay unresolved, not even what was when compiled
#   startup     how programs are spared the search for their libraries
#               (docs/startup.md): "list", "links", or null for not at all
#   bindOwnFunctions
#               whether libraries are bound to their own functions (the same)
#   allowSubstitutes, preferLocalBuild
#               a relink takes milliseconds and copies what is there: a cache
#               would store, and another machine fetch, the same bytes twice
#   attributes  further attributes of the derivation (outputChecks, meta, ...)
#
# Result: a derivation with compile's name and outputs. Nix proves once more
# that it refers to neither trees nor compile.
{ stub-builder, standInsOf }:
{
  compile,
  libraries ? [ ],
  standIns ? [ ],
  exempt ? [ ],
  strict ? false,
  startup ? null,
  bindOwnFunctions ? false,
  allowSubstitutes ? false,
  preferLocalBuild ? true,
  attributes ? { },
}:
let
  outputs = compile.outputs or [ "out" ];
  all = builtins.concatMap standInsOf libraries ++ standIns;

  # What stands for itself may stay. Placeholders are in no store.
  trees = builtins.filter builtins.hasContext (
    map (standIn: standIn.path) (
      builtins.filter (standIn: !builtins.elem standIn.path (builtins.attrValues standIn.real)) all
    )
  );
  leftBehind = trees ++ map (output: "${compile.${output}}") outputs;

  checksOf = output: attributes.outputChecks.${output} or { };
in
derivation (
  attributes
  // {
    inherit (compile) name;
    inherit (stub-builder) system;
    builder = "${stub-builder}/bin/stub-builder";
    args = [ "relink" ];
    inherit outputs allowSubstitutes preferLocalBuild;

    # The manifest may be longer than an environment variable can be.
    __structuredAttrs = true;
    manifest = {
      package = compile.name;
      outputs = builtins.listToAttrs (
        map (output: {
          name = output;
          value = {
            compile = "${compile.${output}}";
            final = builtins.placeholder output;
          };
        }) outputs
      );
      standIns = all;
      inherit
        exempt
        strict
        startup
        bindOwnFunctions
        ;
    };

    outputChecks = builtins.listToAttrs (
      map (output: {
        name = output;
        value = checksOf output // {
          disallowedReferences = (checksOf output).disallowedReferences or [ ] ++ leftBehind;
        };
      }) outputs
    );
  }
)
