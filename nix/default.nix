# stub-builder's functions for Nix expressions:
#
#   (import ./nix { inherit stub-builder; }).mkStubs { package = zlib; }
#
# `stub-builder` is the package (static, for the machine that builds). Nothing
# else is needed, nixpkgs included; all of it works in pure evaluation and
# without import-from-derivation. Each function is described in its own file.
{ stub-builder }:
let
  fixedName = import ./fixedName.nix;
  standInName = import ./standInName.nix;
  ownPlaceholder = import ./ownPlaceholder.nix;
  standInsOf = import ./standInsOf.nix { inherit ownPlaceholder; };
  linkOutputs = import ./linkOutputs.nix;
  linkedName = import ./linkedName.nix fixedName;
  linkTree = import ./linkTree.nix { inherit linkedName linkOutputs; };
  mkStubs = import ./mkStubs.nix { inherit stub-builder standInName; };
  readLock = import ./readLock.nix;
  relink = import ./relink.nix { inherit stub-builder standInsOf; };
  imports = import ./imports.nix { inherit stub-builder; };
  libraryOutput = import ./libraryOutput.nix;
  split = import ./split {
    inherit
      imports
      libraryOutput
      linkOutputs
      linkedName
      mkStubs
      relink
      stub-builder
      ;
  };
  splitStdenv = import ./splitStdenv.nix { inherit linkTree split; };
in
{
  inherit
    imports
    linkTree
    mkStubs
    ownPlaceholder
    readLock
    relink
    splitStdenv
    standInName
    standInsOf
    ;
  pushHook = import ./pushHook.nix;
  splitOverlay = import ./splitOverlay.nix { inherit splitStdenv; };
  splitStages = import ./splitStages.nix { inherit splitStdenv; };
}
