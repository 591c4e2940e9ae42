# The world of `make world`: real packages, split and as they would be without,
# in each of the updates (updates.nix).
{
  stubBuilder,
  # a file that says where each source lies in the store
  sources,
  update ? "none",
  # hashes of interface trees: none, they float
  pins ? { },
  # of which packages; what they are built with is built as well
  names ? null,
}:
let
  inherit (import ../builders.nix) builtAt run;
  inherit (import ../split/stdenv.nix) stdenv;
  wrapCC = import ./stdenv/wrapCC.nix;

  changes = (import ./updates.nix).${update};
  places = builtins.mapAttrs (_: builtins.storePath) (import sources);

  stub-builder = builtAt stubBuilder;

  libcOf =
    release:
    (import ../debian-glibc.nix {
      packages = places."glibc-${if release == "newest" then "newest" else "oldest"}";
      release = if release == "oldest" then 0 else release;
      alone = true;
      # A symbol version under another name, and its hash.
      otherwise =
        if release == "lacking" then
          "s/GLIBC_2\\.34/GLIBC_2.94/g; s/\\xb4\\x91\\x96\\x06/\\x14\\x91\\x96\\x06/g"
        else
          "";
    }).glibc;
  ccLibOf =
    release:
    import ./ccLib.nix {
      libc = libcOf release;
      inherit release;
    };

  plain =
    release:
    stdenv {
      cc = wrapCC {
        libc = libcOf release;
        ccLib = ccLibOf release;
      };
      setupScript = ./stdenv/setup.sh;
      preHook = "mesonScript=${./stdenv/meson.py}";
    };

  current = changes.glibc or "oldest";

  baseline = import ./packages.nix {
    sources = places;
    stdenv = plain "oldest";
  };
  unsplit = import ./packages.nix {
    sources = places;
    stdenv = plain current;
    inherit changes;
  };
  inherit (import ../../../nix { inherit stub-builder; }) splitStdenv;
  splitting = splitStdenv {
    inherit baseline pins;
    libc = libcOf current;
    ccLib = ccLibOf current;
    packages = split;
    wrapCC =
      {
        cc,
        libc,
        ccLib,
      }:
      cc.override { inherit libc ccLib; };
  } (plain "oldest");
  split = import ./packages.nix {
    sources = places;
    inherit changes;
    stdenv = splitting;
  };
  exact = splitting.mkDerivation {
    pname = "exact";
    version = "1";
    dontSplit = true;
    buildInputs = [ split.zlib ];
    installPhase = "mkdir $out";
  };
  some =
    packages:
    if names == null then
      packages
    else
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = packages.${name};
        }) names
      );
  all =
    packages:
    run
      {
        name = "all";
        packages = builtins.attrValues (some packages);
      }
      ''
        echo $packages > $out
      '';
in
{
  inherit baseline split unsplit;
  runs = import ./runs.nix {
    packages = some split;
    sources = places;
  };
  # Hashes of these are pins.
  trees = builtins.mapAttrs (_: package: package.interface.unpinned) split;
  treeNames = builtins.concatStringsSep " " (
    builtins.filter (name: split.${name} ? dev) (builtins.attrNames (some split))
  );
  # Where libraries that updates change lie.
  current = {
    inherit (split) expat openssl zlib;
    glibc = libcOf current;
  };
  # All outputs of each.
  compiles = builtins.mapAttrs (_: package: package.compile.all) (some split);
  finished = builtins.mapAttrs (_: package: package.all) (some split);
  normal = builtins.mapAttrs (_: package: package.all) (some unsplit);
  # What finished packages and compile may both be shown.
  shared = plain "oldest";
  # Built as ever: it is shown the real library. Who uses it is keyed by it.
  inherit exact;
  exactUser = splitting.mkDerivation {
    pname = "exact-user";
    version = "1";
    buildInputs = [ exact ];
    installPhase = "mkdir $out";
  };
  # Its configure asks a stub.
  misled = split.bash.overrideAttrs { passthru = { }; };
  answersSplit = import ./answers.nix (some split);
  answersUnsplit = import ./answers.nix (some unsplit);
  suites = import ./suites.nix {
    stdenv = plain current;
    sources = places;
    packages = split;
  };
  allSplit = all split;
  allUnsplit = all unsplit;
}
