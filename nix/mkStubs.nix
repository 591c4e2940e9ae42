# mkStubs : { package, ... } -> derivation
#
# The interface tree of a package: what compilers and linkers read of it, with
# stubs in place of its shared libraries.
#
#   mkStubs { package = zlib; }                      floating content-addressed
#   mkStubs { package = zlib; hash = "sha256-..."; } fixed-output
#
# Either way a dependent is keyed by what is in the tree, not by the library
# that it was made from. Content-addressed needs Nix's experimental feature
# `ca-derivations`; fixed-output needs someone who keeps `hash` up to date.
# A pin that has become wrong goes unnoticed once its tree is in the store,
# which is what `.pinCheck` is for.
#
# Arguments
#   package      the derivation; all of its outputs are merged into one tree
#   hash         the tree's NAR hash (SRI), or null
#   static       keep static archives as well
#   programs     let programs be found (patchShebangs, AC_PATH_PROG), though not run
#   include      globs of what to keep beyond the rules, relative to the tree
#   exclude      globs of what to leave out (in globs, a blank is written `?`)
#   follow       store paths into which symlinks may lead; what they lead to is copied
#   libraryPath  directories in which libraries that the package needs are found
#   outputs      the outputs to merge, if not all
#   standIns     those of them that dependents name; each gets a stand-in
#   dropPrivate, dropForeignTemplates, keepUndefined
#                policies, with their risks in docs/policies.md
#
# Result: the stand-in of the package's first output, and in it
#   <output>      out, dev, lib, ...: the same tree under that output's own name,
#                 so that ${stubs.dev} and ${stubs.out} can be told apart later.
#                 Each is a derivation with one output.
#   interfaceOutputs   their names. (`outputs` says ["out"] in each of them, as it
#                 has to for Nix.)
#   unpinned      the same once more, input-addressed: build it to get the hash
#   pinCheck      the pinned tree under a name that changes with every input.
#                 Nothing in the store answers for it, so a wrong pin fails with
#                 what was specified and what it got. null without a hash.
#   hash, pname, version
# Nothing in it leads back to the package itself, as drvAttrs or src would.
{ stub-builder, standInName }:
{
  package,
  hash ? null,
  static ? false,
  programs ? false,
  include ? [ ],
  exclude ? [ ],
  follow ? [ ],
  libraryPath ? [ ],
  outputs ? package.outputs or [ "out" ],
  standIns ? outputs,
  dropPrivate ? [ ],
  dropForeignTemplates ? false,
  keepUndefined ? false,
}:
let
  parsed = builtins.parseDrvName package.name;
  pname = package.pname or parsed.name;
  version = package.version or parsed.version;

  recursive = {
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };
  unpinned = { };
  pinned = recursive // {
    outputHash = hash;
  };
  floating = recursive // {
    __contentAddressed = true;
  };

  tree =
    addressing: name:
    derivation (
      {
        inherit name;
        inherit (stub-builder) system;
        builder = "${stub-builder}/bin/stub-builder";
        args = [ "stubs" ];
        src = map (output: package.${output}) outputs;
        package = pname;
        inherit
          static
          include
          exclude
          follow
          libraryPath
          ;
      }
      # What isn't asked for leaves the derivation as it is.
      // (if programs then { inherit programs; } else { })
      // (if dropPrivate == [ ] then { } else { inherit dropPrivate; })
      // (if dropForeignTemplates then { inherit dropForeignTemplates; } else { })
      // (if keepUndefined then { inherit keepUndefined; } else { })
      // addressing
    );

  # What Nix itself wants of a derivation, and no more.
  face = built: {
    inherit (built)
      type
      name
      system
      drvPath
      outPath
      outputName
      ;
    outputs = [ "out" ];
  };

  # The whole result in one way of addressing.
  stubs =
    addressing:
    let
      standIn =
        output:
        faces
        // face (tree addressing (standInName package output))
        // {
          inherit pname version;
          interfaceOutputs = standIns;
        };
      first = standIn (builtins.head standIns);
      # Nix looks for an `out`, also where the package has none.
      faces = {
        out = first;
      }
      // builtins.listToAttrs (
        map (output: {
          name = output;
          # As in nixpkgs: getDev and the like leave a chosen output alone.
          value = standIn output // {
            outputSpecified = true;
          };
        }) standIns
      );
    in
    first;

  # With what the result has beside the outputs.
  complete =
    addressing: extra:
    stubs addressing
    // {
      unpinned = inputAddressed;
      hash = null;
      pinCheck = null;
    }
    // extra;

  inputAddressed = complete unpinned { };

  pinCheck = face (
    tree pinned "pin-check-${
      # The name must not bring the derivation in.
      builtins.hashString "sha256" (builtins.unsafeDiscardStringContext inputAddressed.drvPath)
    }"
  );
in
if hash == null then complete floating { } else complete pinned { inherit hash pinCheck; }
