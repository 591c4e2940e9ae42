# stub-builder's functions for Nix expressions:
#
#   (import ./nix { inherit stub-builder; }).mkStubs { package = zlib; }
#
# `stub-builder` is the package (static, for the machine that builds). Nothing
# else is needed, nixpkgs included; all of it works in pure evaluation and
# without import-from-derivation. Each function is described in its own file.
{ stub-builder }:
let
  standInName = import ./standInName.nix;
  ownPlaceholder = import ./ownPlaceholder.nix;
  standInsOf = import ./standInsOf.nix { inherit ownPlaceholder; };
in
{
  inherit standInName ownPlaceholder standInsOf;
  mkStubs = import ./mkStubs.nix { inherit stub-builder standInName; };
  relink = import ./relink.nix { inherit stub-builder standInsOf; };
}
