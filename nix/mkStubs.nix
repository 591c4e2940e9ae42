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
# which is what `.pinCheck` is for; a lock file (readLock.nix) keeps pins up to
# date, and lets an older interface stay in force while the library provides it.
#
# Arguments
#   package      the derivation; all of its outputs are merged into one tree
#   hash         the tree's NAR hash (SRI), or null
#   lock         where to find it instead: what readLock gives
#   exact        the lock file's pin is always that of `package` as it is
#   system, variant
#                what tells the pin from others of the same name: what the
#                library runs on, and a word for one that is static, cross-built,
#                overridden
#   baseline     the baseline's package, from which an older interface can be made
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
#   current       the stand-ins of `package` as it is, where an older interface is
#                 in force: for a dependent that needs what is new
#   pinCheck      the pinned tree under a name that changes with every input.
#                 Nothing in the store answers for it, so a wrong pin fails with
#                 what was specified and what it got. null without a hash.
#   hash, pname, version
#   lockKey, exact, accepted, ofBaseline, rebuilt
#                 what update-stub-hashes and plan ask for: `rebuilt` is `unpinned` of a
#                 package that is built once more, under another path
# Nothing in it leads back to the package itself, as drvAttrs or src would.
{ stub-builder, standInName }:
{
  package,
  hash ? null,
  lock ? null,
  exact ? false,
  system ? package.stdenv.hostPlatform.system or package.system,
  variant ? "default",
  baseline ? null,
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

  lockKey = {
    inherit system variant;
    library = pname;
  };
  pin =
    if hash != null then
      {
        inherit hash;
        current = null;
        from = null;
        accepted = { };
      }
    else if lock != null then
      lock.pinOf lockKey
    else
      null;

  recursive = {
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };
  unpinned = { };
  pinnedTo =
    hash:
    recursive
    // {
      outputHash = hash;
    };
  floating = recursive // {
    __contentAddressed = true;
  };

  # What trees are made of.
  outputsIn =
    package:
    map (output: package.${output}) (
      builtins.filter (output: builtins.elem output (package.outputs or [ "out" ])) outputs
    );
  own = {
    src = map (output: package.${output}) outputs;
  };
  pinnedSources =
    if pin == null || pin.from == null then
      own
    else if pin.from == "baseline" then
      { src = outputsIn baseline; }
    else if pin.from ? recorded then
      {
        src = [ pin.from.recorded ];
        recorded = true;
      }
    else
      { src = outputsIn (pin.from.package.compile or pin.from.package); };
  builtAgain = derivation (package.drvAttrs // { STUB_BUILDER_REBUILD = "1"; });

  tree =
    addressing: sources: name:
    derivation (
      {
        inherit name;
        inherit (stub-builder) system;
        builder = "${stub-builder}/bin/stub-builder";
        args = [ "stubs" ];
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
      // sources
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
    addressing: sources:
    let
      standIn =
        output:
        faces
        // face (tree addressing sources (standInName package output))
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

  first = addressing: sources: face (tree addressing sources (standInName package firstOutput));
  firstOutput = builtins.head standIns;

  # With what the result has beside the outputs.
  complete =
    addressing: sources: extra:
    stubs addressing sources
    // {
      inherit lockKey exact;
      accepted = pin.accepted or { };
      unpinned = inputAddressed;
      hash = null;
      pinCheck = null;
      current = if pin.current or null == null then inForce else asItIs;
      ofBaseline = if baseline == null then null else first unpinned { src = outputsIn baseline; };
      rebuilt = first unpinned { src = map (output: builtAgain.${output}) outputs; };
    }
    // extra;

  inputAddressed = complete unpinned own { };
  asItIs = complete (pinnedTo pin.current) own { hash = pin.current; };
  # Lazy: the library's own tree can be had while there is no pin of it yet.
  inForce = complete (if pin == null then floating else pinnedTo pin.hash) pinnedSources {
    hash = pin.hash or null;
    inherit pinCheck;
  };

  pinCheck =
    if pin == null then
      null
    else
      face (
        tree (pinnedTo pin.hash) own
          "pin-check-${
            # The name must not bring the derivation in.
            builtins.hashString "sha256" (builtins.unsafeDiscardStringContext inputAddressed.drvPath)
          }"
      );
in
inForce
