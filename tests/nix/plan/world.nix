# The packages on a splitting stdenv, with the pins of a lock file.
{
  stubBuilder,
  # Debian's packages of expat, unpacked: the baseline's, and the set's
  before,
  debian,
  lock ? null,
}:
let
  inherit (import ../builders.nix) builtAt;
  inherit (import ../../../nix { stub-builder = builtAt stubBuilder; }) readLock splitStdenv;
  plain = (import ../split/stdenv.nix).stdenv { cc = import ../plain-cc.nix; };
  setOf =
    debian: stdenv:
    import ./packages.nix {
      inherit stdenv;
      debian = builtins.path {
        name = "debian-expat";
        path = debian;
      };
    };
  packages = setOf debian (
    splitStdenv (
      {
        baseline = setOf before plain;
        inherit packages;
      }
      // (if lock == null then { } else { pins = readLock { file = /. + lock; }; })
    ) plain
  );
in
packages
