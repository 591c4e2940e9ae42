# splitStdenv : { baseline, ... } -> stdenv -> stdenv
#
# A stdenv whose mkDerivation makes two derivations of each package
# (split/splitPackage.nix; docs/stdenv.md tells how a package flows through).
#
#   splitStdenv { baseline = pinnedPkgs; libc = pkgs.glibc; ... } pinnedPkgs.stdenv
#
# Arguments
#   baseline     the package set that tools, and libraries that must run during
#                a build, are taken from, pinned apart from the libraries: a set
#                in which a split package is found by its pname (in cross
#                compilation tools are found in its `buildPackages`), or a function
#                from a split package to its twin, or to null.
#                It has no default. If it were the set itself, each library
#                update would reach the compiler and compile all again.
#   complete     compile sees, in each library input, also what the baseline has
#                there beside the interface: programs, modules, data. Wrong where
#                the baseline moves with the libraries (splitOverlay.nix)
#   libc         the current C library. Compile gets a stand-in of the stdenv's
#                (linkTree.nix), relink puts this one in. null: the stdenv's own
#                C library is the current one, and stays
#   ccLib        the current libstdc++, libgcc_s, ...: a package. null: as above
#   programs     what else of the stdenv gets into packages, such as the shell:
#                [ { baseline, package } ]
#   packages     the current package set: where a package is looked up, by its
#                pname, that strings name and no input list has
#   pins         what readLock gives, or hashes of interface trees by pname, where
#                others are content-addressed
#   variant      what tells pins of this set from those of another for the same
#                system; it has a default for static, cross and musl sets
#   keep         packages of the baseline that finished packages may refer to:
#                what the set's own bootstrap needs
#   keepNatives  tools stay in what they have left a trace in. For a set that is
#                its own baseline (splitOverlay.nix)
#   allowSubstitutes, preferLocalBuild
#                of relinks; a site may want to cache them
#   startup      how programs are spared the search for their libraries, as
#                relink.nix has it
#   wrapCC       how the stdenv's compiler takes stand-ins for these two (split/wrapCC.nix)
#
# `stdenv` is the baseline's. Packages without a C compiler, with fixed output
# or with `dontSplit = true` are built as they always were (split/currentBuild.nix),
# and where a `package` above gets into them, that is the current one. On a platform
# without ELF the result is `stdenv`.
{ linkTree, split }:
{
  baseline,
  complete ? true,
  libc ? null,
  ccLib ? null,
  programs ? [ ],
  packages ? { },
  pins ? { },
  variant ? null,
  keep ? [ ],
  keepNatives ? false,
  allowSubstitutes ? false,
  preferLocalBuild ? true,
  startup ? null,
  wrapCC ? split.wrapCC,
}@arguments:
stdenv:
let
  findTwin = package: ofProgram package (split.findTwin baseline) package;
  # In a set that isn't cross-compiled `buildPackages` is what all overlays have
  # made of it.
  isCross = stdenv.buildPlatform.system != stdenv.hostPlatform.system;
  tools = if isCross && baseline ? buildPackages then baseline.buildPackages else baseline;
  findTool = if isCross then split.findTwin tools else findTwin;
  # By name: to compare derivations would evaluate what depends on the program.
  partOf = package: builtins.filter (program: program.package.name == package.name) programs;
  ofProgram =
    package: otherwise:
    let
      found = partOf package;
    in
    if found == [ ] then otherwise else _: (builtins.head found).baseline;
  tooling = {
    inherit (stdenv) shell;
    path = stdenv.initialPath;
    inherit (stdenv.buildPlatform) system;
  };
  linkTreeWith = arguments: linkTree (tooling // arguments);
  parts = split.stdenvParts {
    inherit
      stdenv
      libc
      ccLib
      programs
      ;
    linkTree = linkTreeWith;
  };
  inner = split.standInStdenv { inherit stdenv parts wrapCC; };

  otherCompiler = split.otherCompiler {
    inherit inner stdenv;
    findTwin = findTool;
    findCurrent = split.findTwin packages;
    withLibraries = ccLib != null;
  };

  # Around another compiler it is another stdenv that splits.
  splitOther =
    { cc, ccLib }:
    (import ./splitStdenv.nix { inherit linkTree split; } (arguments // { inherit ccLib; }) (
      stdenv.override {
        inherit cc;
        allowedRequisites = null;
      }
    )).override;

  settings = {
    inherit
      allowSubstitutes
      keepNatives
      pins
      preferLocalBuild
      startup
      ;
    variant = if variant == null then split.variantOf stdenv else variant;
    inherit (stdenv.hostPlatform) system;
    inherit (inner) initialPath shell;
    baselineStdenv = stdenv;
    toolPath = builtins.concatStringsSep ":" (map (tools: "${tools}/bin") inner.initialPath);

    twin = split.twinOf findTwin;
    tool = split.twinOf (
      package:
      let
        found = findTool package;
      in
      # What the set makes for another machine is no tool.
      if found != null || isCross then found else package.ofBaseline
    );
    inherit findTwin;
    # Where a tool stays in what it has left a trace in, none is told from the rest.
    lookUpTool =
      if keepNatives || builtins.isFunction baseline then
        _: _: _:
        null
      else
        accept: split.findByName accept tools;
    dataTwin = if complete then findTwin else _: null;
    isProgram = package: partOf package != [ ];
    lookUp =
      accept: name: version:
      let
        found = builtins.filter accept (map (program: program.package) programs);
      in
      if found == [ ] then split.findByName accept packages name version else builtins.head found;
    linkTree = package: linkTreeWith { inherit package; };
    completeTree = arguments: split.completeTree (tooling // arguments);

    linkTrees = split.packages.keySet (
      builtins.concatMap (part: map (output: part.tree.${output}) part.tree.linkedOutputs) parts
    );
    partStandIns = split.partStandIns parts;
    programPairs = split.programPairs parts;
    libraryPath = map (part: "${part.tree}/lib") (builtins.filter (part: part.role != "program") parts);

    current = split.currentParts {
      inherit
        inner
        parts
        stdenv
        wrapCC
        ;
    };
    stdenvStandIns = split.stdenvStandIns {
      inherit parts;
      # A set that isn't split has one compiler, as a tool and for packages.
      compilers = split.compilersFrom stdenv inner;
    };

    # A part that has no stand-in may stay.
    keep =
      keep
      ++ builtins.filter split.packages.isDerivation (
        (if libc == null then [ (stdenv.cc.libc or null) ] else [ ])
        ++ (if ccLib == null then [ (stdenv.cc.cc.lib or null) ] else [ ])
      );
    # What a build finds itself in beside its inputs.
    tools = builtins.filter split.packages.isDerivation (stdenv.initialPath ++ [ stdenv.cc ]);
    baselinePaths = split.baselinePaths { inherit stdenv inner parts; };
  };
in
if !(stdenv.hostPlatform.isElf or true) then
  stdenv
else
  inner.override (old: {
    mkDerivationFromStdenv =
      self:
      let
        mkDerivation = split.mkDerivationOf inner old self;
        other = otherCompiler self;
      in
      if other == null then
        split.splitPackage (settings // { stdenv = self; }) mkDerivation
      else
        (splitOther other (split.changesOf self)).mkDerivation;
  })
