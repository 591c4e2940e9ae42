# packages : { stdenv, sources, changes } -> set
#
# The package set: one file for each package below packages/, called with what
# it asks for by name.
{
  stdenv,
  # where each source lies in the store
  sources,
  # what an update changes (updates.nix)
  changes ? { },
}:
let
  scope = packages // {
    inherit stdenv sources;
    # What a package is in this update: null, "patched", "extra", or a release.
    change = name: changes.${name} or null;
  };
  call = function: function (builtins.intersectAttrs (builtins.functionArgs function) scope);
  packages = builtins.listToAttrs (
    map (file: rec {
      name = builtins.substring 0 (builtins.stringLength file - 4) file;
      value = call (import (./packages + "/${file}"));
    }) (builtins.attrNames (builtins.readDir ./packages))
  );
in
packages
