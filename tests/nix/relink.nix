# zlib, libpng and a program above both, each in two derivations, from Debian's
# sources and on a toolchain that has none of these libraries.
{
  stubBuilder,
  # directory with the sources, one below another
  sources,
  # what is done to zlib's source
  patch ? "",
  # of the interface trees; without, they are floating
  zlibHash ? null,
  libpngHash ? null,
}:
let
  inherit (import ./builders.nix)
    builtAt
    system
    run
    package
    ;

  stub-builder = builtAt stubBuilder;

  inherit (import ../../nix { inherit stub-builder; }) mkStubs relink standInsOf;

  split = import ./relink/split.nix {
    inherit
      package
      mkStubs
      relink
      stub-builder
      ;
  };

  sourceOf =
    name:
    builtins.path {
      name = "${name}-source";
      path = sources + "/${name}";
    };

  zlib = split {
    recipe = import ./relink/zlib.nix {
      source = sourceOf "zlib";
      inherit patch;
    };
    hash = zlibHash;
  };
  libpng = split {
    recipe = import ./relink/libpng.nix { source = libpngSource; };
    libraries = { inherit zlib; };
    hash = libpngHash;
  };
  optipng = split {
    recipe = import ./relink/optipng.nix { source = sourceOf "optipng"; };
    libraries = { inherit zlib libpng; };
  };

  libpngSource = sourceOf "libpng";
  works = import ./relink/works.nix {
    inherit run libpngSource;
    optipngSource = sourceOf "optipng";
  };
  says = import ./relink/says.nix { inherit run libpngSource; };
  answers = import ./relink/answers.nix { inherit run libpngSource; };
  leaves = import ./relink/leaves.nix { inherit run system standInsOf; };

  packages = { inherit zlib libpng optipng; };
  normal = builtins.mapAttrs (_: built: built.normal) packages;

  # A small program.
  compressed = split {
    recipe = import ./relink/compressed.nix;
    libraries = { inherit zlib; };
  };
  onZlib = {
    inherit (compressed) compile;
    libraries = [
      {
        inherit (zlib) stubs;
        package = zlib;
      }
    ];
  };
in
packages
// {
  works = works packages;
  normalWorks = works normal;
  answers = answers { inherit zlib libpng; };
  normalAnswers = answers { inherit (normal) zlib libpng; };
  says = says { inherit libpng optipng; };

  inherit compressed;
  copiesStub = split {
    recipe = import ./relink/copiesStub.nix;
    libraries = { inherit zlib; };
  };
  leavesTree = leaves zlib.stubs.dev onZlib;
  leavesCompile = leaves onZlib.compile.out onZlib;
  leavesLibrary = leaves zlib.dev onZlib;

  # Otherwise than by default.
  otherwise = split {
    recipe = import ./relink/compressed.nix;
    libraries = { inherit zlib; };
    allowSubstitutes = true;
    preferLocalBuild = false;
    startup = "list";
  };
}
