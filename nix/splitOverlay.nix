# splitOverlay : { names, ... } -> overlay
#
# Splits single packages of a set, for a try: those named, which callPackage
# has made with an argument `stdenv`.
#
#   import nixpkgs { overlays = [ (splitOverlay { names = [ "libpng" "freetype" ]; }) ]; }
#
# Arguments
#   names      attribute names of the packages
#   baseline   as for splitStdenv; its default is the set below the overlay. A
#              patch to one of the packages leaves that as it is; a new revision
#              of the whole set moves it, and compiles all again. For updates
#              that are to be relinks give a set of a revision that stays
#   all others as for splitStdenv
#
# Between packages that are not split everything stays exact: the C library,
# the compiler's libraries and tools may be named in what comes out. Packages
# that the set's stdenv is made of can't be split in this way, because overlays
# hold in each stage of its bootstrap: use splitStages.nix.
{ splitStdenv }:
{ names, ... }@arguments:
final: prev:
let
  stdenv = splitStdenv (
    {
      baseline = prev;
      packages = final;
      keepNatives = true;
      # A patch to one of the packages is in the set below, too.
      complete = arguments ? baseline;
    }
    // removeAttrs arguments [ "names" ]
  ) prev.stdenv;
in
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = prev.${name}.override { inherit stdenv; };
  }) names
)
