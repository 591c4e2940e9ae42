# Stands in for nixpkgs where the flake template is tried: the three packages that
# it names, small ones, on the stdenv of split/. tests/nix/cases/template.sh puts
# it together with what it needs.
{
  system,
  overlays ? [ ],
}:
let
  # As nixpkgs': each of the two keeps the other.
  makeOverridable =
    f: arguments:
    f arguments
    // {
      override = change: makeOverridable f (arguments // change);
      overrideAttrs = change: makeOverridable (given: (f given).overrideAttrs change) arguments;
    };
  # Of stub-builder's own expression no more is taken than that it has been built.
  inherit (import ./nix/builders.nix) builtAt;
  callPackage =
    self: path: arguments:
    if baseNameOf path == "stub-builder.nix" then
      builtAt ./stub-builder
    else
      let
        function = import path;
      in
      makeOverridable function (
        builtins.intersectAttrs (builtins.functionArgs function) self // arguments
      );

  base = self: {
    stdenv = (import ./nix/split/stdenv.nix).stdenv { cc = import ./nix/plain-cc.nix; };
    callPackage = callPackage self;
    libpng = self.callPackage ./libpng.nix { };
    freetype = self.callPackage ./freetype.nix { };
    optipng = self.callPackage ./optipng.nix { };
  };
  self = builtins.foldl' (set: overlay: set // overlay self set) (base self) overlays;
in
assert system == "x86_64-linux";
self
