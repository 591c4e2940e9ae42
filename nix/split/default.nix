# The parts of a stdenv that splits packages, put together: what splitStdenv.nix
# is made from. First what it does once, to the stdenv:
#
#   stdenvParts        what of it gets into packages, and what stands in for that
#   standInStdenv      the stdenv that compile is built with (wrapCC)
#   stdenvStandIns     what compile sees in the place of compiler (compilersFrom) and
#                      libraries
#   currentParts       what everybody else sees there
#   partStandIns       what is put in the stand-ins' place
#   programPairs       what stands in for programs that tools have named
#   baselinePaths      what finished packages may not refer to
#   findTwin, twinOf   a package as the baseline has it (findByName, attributeNames)
#   mkDerivationOf     the mkDerivation that is split (changesOf)
#   otherCompiler      what another compiler than the stdenv's is for compile
#   variantOf          what tells its pins from those of another stdenv
#
# Then, in the order in which a package flows through them:
#
#   overridable        mkDerivation's fixed point
#   splitPackage       from arguments to the finished package; all below
#   attributeKinds     inputs, tools, checks, the rest
#   namedPackages      what the package names (libraryInputs, mentions,
#                      stringPackages, uncompiled, warnOfVariant)
#   compileView        what compile sees in their place (completeTree, mapReferences,
#                      remade)
#   testLibraries      what its test suite runs with (testHook.sh)
#   compileDerivation  the first step
#   packageInterface   what dependents see of it, and completedTrees with the baseline
#   relinkStandIns     what relink puts in for what (linkedStandIns, namedAsIs)
#   finishedChecks     what is proven of the result
#   baselineBuild      what it is as a tool that the baseline lacks
#   currentBuild       what isn't split
#   packageFace        what everybody else sees
{
  stub-builder,
  imports,
  libraryOutput,
  linkOutputs,
  linkedName,
  mkStubs,
  relink,
}:
let
  packages = import ./packages.nix;
  attributeNames = import ./attributeNames.nix;
  findByName = import ./findByName.nix {
    inherit attributeNames;
    inherit (packages) isDerivation;
  };
  completedTrees = import ./completedTrees.nix;
  linkedStandIns = import ./linkedStandIns.nix { inherit linkOutputs packages; };
  attributeKinds = import ./attributeKinds.nix;
  mapReferences = import ./mapReferences.nix;
  mentions = import ./mentions.nix { inherit (packages) isDerivation; };
  stringPackages = import ./stringPackages.nix { inherit packages; };
  uncompiled = import ./uncompiled.nix { inherit attributeKinds mentions packages; };
  remade = import ./remade.nix {
    inherit
      attributeKinds
      mapReferences
      mentions
      packages
      stringPackages
      uncompiled
      ;
  };
  changesOf = import ./changesOf.nix;
  compilersFrom = import ./compilersFrom.nix { inherit packages; };
  standInStdenv = import ./standInStdenv.nix { inherit packages; };
  stdenvStandIns = import ./stdenvStandIns.nix { inherit packages; };
in
{
  inherit findByName packages linkedStandIns;

  # of the stdenv
  wrapCC = import ./wrapCC.nix;
  stdenvParts = import ./stdenvParts.nix;
  inherit compilersFrom standInStdenv stdenvStandIns;
  currentParts = import ./currentParts.nix {
    inherit
      compilersFrom
      mapReferences
      packages
      standInStdenv
      stdenvStandIns
      ;
  };
  programPairs = import ./programPairs.nix;
  partStandIns = import ./partStandIns.nix {
    inherit
      attributeKinds
      linkedStandIns
      packages
      uncompiled
      ;
  };
  baselinePaths = import ./baselinePaths.nix { inherit packages; };
  findTwin = import ./findTwin.nix { inherit findByName packages; };
  twinOf = import ./twinOf.nix { inherit packages; };
  completeTree = import ./completeTree.nix { inherit linkOutputs packages; };
  inherit changesOf;
  mkDerivationOf = import ./mkDerivationOf.nix { inherit changesOf; };
  otherCompiler = import ./otherCompiler.nix { inherit packages uncompiled; };
  variantOf = import ./variantOf.nix;

  # of each package
  splitPackage = import ./splitPackage.nix {
    inherit imports packages relink;
    inherit attributeKinds;
    baselineBuild = import ./baselineBuild.nix { inherit packages; };
    compileDerivation = import ./compileDerivation.nix { inherit packages stub-builder; };
    inherit completedTrees;
    compileView = import ./compileView.nix {
      inherit
        completedTrees
        linkedName
        mapReferences
        packages
        remade
        ;
    };
    currentBuild = import ./currentBuild.nix {
      inherit
        attributeKinds
        mapReferences
        packages
        remade
        uncompiled
        ;
    };
    finishedChecks = import ./finishedChecks.nix { inherit packages; };
    namedPackages = import ./namedPackages.nix {
      inherit
        mentions
        packages
        stringPackages
        uncompiled
        ;
      warnOfVariant = import ./warnOfVariant.nix { inherit mentions; };
      libraryInputs = import ./libraryInputs.nix { inherit libraryOutput packages; };
    };
    overridable = import ./overridable.nix;
    testLibraries = import ./testLibraries.nix { inherit libraryOutput; };
    packageFace = import ./packageFace.nix;
    packageInterface = import ./packageInterface.nix {
      inherit
        libraryOutput
        linkOutputs
        mkStubs
        packages
        ;
    };
    relinkStandIns = import ./relinkStandIns.nix {
      inherit linkedStandIns packages;
      namedAsIs = import ./namedAsIs.nix { inherit mentions packages uncompiled; };
    };
  };
}
