# splitStages : { baseline, packages, ... } -> stdenvStages
#
# A whole package set on the splitting stdenv: one stage on top of the baseline,
# which supplies all tools, as in cross compilation.
#
#   pkgs = import nixpkgs {
#     stdenvStages = splitStages {
#       baseline = import nixpkgs-pinned { };
#       packages = pkgs;
#       libc = pkgs.glibc;
#       programs = [
#         { baseline = nixpkgs-pinned.bashNonInteractive; package = pkgs.bashNonInteractive; }
#       ];
#       ...
#     };
#   };
#
# Arguments are those of splitStdenv. `baseline` must be a set, and `packages`
# the one that comes out. Its C library has to be built as it always was
# (`dontSplit = true`), by the baseline.
{ splitStdenv }:
{ baseline, ... }@arguments:
{ config, overlays, ... }:
[
  ({ }: baseline // { __raw = true; })
  (_: {
    inherit config;
    # A set that isn't cross-compiled is its own targetPackages, and booter.nix gives
    # the last stage none: hooks that an overlay takes from `final` want its shell.
    overlays = [ (final: _: { targetPackages = final; }) ] ++ overlays;
    # Not its own buildPackages: the stage below is.
    selfBuild = false;
    # What the baseline's stdenv has overridden was built without splitting
    # (nixpkgs' bootstrap hands zlib, bash and more on in this way).
    stdenv = (splitStdenv arguments baseline.stdenv).override (_: {
      overrides = _: _: { };
    });
  })
]
