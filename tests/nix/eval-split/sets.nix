# Stdenvs, single packages of a set, and whole sets.
{
  baseline,
  contextOf,
  drv,
  old,
  packagesOf,
  plain,
  split,
  splitOverlay,
  splitStages,
  splitStdenv,
  splitting,
  ...
}:

# The stdenv can be changed afterwards, as adapters do.
assert
  let
    changed = (splitting { }).override (old: {
      extraBuildInputs = [ split.greet ];
    });
  in
  changed.extraBuildInputs == [ split.greet ] && (packagesOf changed).sing.isSplit;
assert
  !((packagesOf (
    (splitting { }).override {
      cc = null;
      hasCC = false;
    }
  )).sing.isSplit or false
  );
assert
  let
    adapted = (splitting { }).override (old: {
      mkDerivationFromStdenv =
        self: arguments: (old.mkDerivationFromStdenv self arguments).overrideAttrs { adapted = true; };
    });
  in
  (packagesOf adapted).sing.isSplit && (packagesOf adapted).sing.compile.adapted;

# Without ELF nothing changes.
assert
  let
    other = (plain old).override {
      hostPlatform = {
        system = "x86_64-darwin";
        isElf = false;
      };
    };
  in
  (splitStdenv { inherit baseline; } other).drvPath == other.drvPath
  && !((packagesOf (splitStdenv { inherit baseline; } other)).sing.isSplit or false);

# Single packages of a set, by an overlay: what isn't named stays exact.
assert
  let
    callPackage =
      function: arguments:
      function arguments
      // {
        override = change: callPackage function (arguments // change);
      };
    below = self: {
      stdenv = plain old;
      greet = callPackage ({ stdenv }: (packagesOf stdenv).greet) { inherit (self) stdenv; };
      reader = callPackage (
        { stdenv, greet }:
        stdenv.mkDerivation {
          pname = "reader";
          version = "1";
          buildInputs = [ greet ];
        }
      ) { inherit (self) stdenv greet; };
      other = callPackage ({ stdenv }: (packagesOf stdenv).sing) { inherit (self) stdenv; };
    };
    prev = below final;
    overlaid =
      arguments:
      let
        final =
          prev
          // splitOverlay (
            {
              names = [
                "greet"
                "reader"
              ];
            }
            // arguments
          ) final prev;
      in
      final;
    final = overlaid { };
  in
  final.greet.isSplit
  && final.reader.isSplit
  && contextOf final.reader.compile.buildInputs == [ (drv final.greet.interface.out) ]
  && final.other.outPath == prev.other.outPath
  # A site's choice whether relinks are cached comes through.
  && (overlaid { allowSubstitutes = true; }).greet.relink.allowSubstitutes
  && !(overlaid { preferLocalBuild = false; }).greet.relink.preferLocalBuild
  # So does how programs start.
  && (overlaid { startup = "list"; }).greet.relink.manifest.startup == "list"
  && final.greet.relink.manifest.startup == null
  && !final.greet.relink.allowSubstitutes
  && final.greet.relink.preferLocalBuild
  # It may name the C library and its tools, and does so as itself.
  && builtins.elem {
    path = "${old.out}";
    real.out = "${old.out}";
  } final.reader.relink.manifest.standIns;

# A whole set: a stage on top of the baseline.
assert
  let
    stages =
      splitStages
        {
          baseline = baseline // {
            stdenv = (plain old).override { overrides = _: _: { greet = "not split"; }; };
          };
          allowSubstitutes = true;
          startup = "links";
        }
        {
          config = "c";
          overlays = [ (_: _: { }) ];
        };
    stage = builtins.elemAt stages 1 null;
  in
  (builtins.elemAt stages 0 { }).__raw
  && !stage.selfBuild
  # What tools of the set name is the set, and the set's own overlays come behind.
  && (builtins.head stage.overlays { me = 1; } { }).targetPackages.me == 1
  && builtins.length stage.overlays == 2
  # Nothing that was built without splitting comes along.
  && stage.stdenv.overrides null null == { }
  && (packagesOf stage.stdenv).sing.isSplit
  && (packagesOf stage.stdenv).sing.relink.allowSubstitutes
  && (packagesOf stage.stdenv).sing.relink.manifest.startup == "links";

true
