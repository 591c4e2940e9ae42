# Stdenvs, single packages of a set, and whole sets.
{
  baseline,
  ccLibOf,
  contextOf,
  drv,
  libcOf,
  old,
  packagesOf,
  plain,
  split,
  splitOverlay,
  splitStages,
  splitStdenv,
  splitting,
  wrapCC,
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

# With another compiler it is made anew, around the one that the baseline has of that
# name and release, be it given that or the set's own: an update of the C library
# compiles nothing. The compiler's libraries are the set's. What else was changed stays.
assert
  let
    gcc =
      libc: version:
      wrapCC {
        inherit libc;
        ccLib = ccLibOf version;
      }
      // {
        pname = "gcc-wrapper";
        inherit version;
      };
    tools = baseline // {
      gcc = gcc old "12.2";
      gcc13 = gcc old "13.1";
    };
    of =
      libc:
      let
        stdenv = splitting {
          inherit libc;
          baseline = tools;
          packages = {
            gcc = gcc libc "12.3";
            gcc13 = own "13.2";
          };
        };
        own = version: gcc libc version // { drvAttrs = { inherit stdenv; }; };
        with' =
          change:
          (stdenv.override (_: { extraNativeBuildInputs = [ split.greet ]; } // change)).mkDerivation {
            pname = "fond-of-compilers";
            version = "1";
          };
      in
      {
        ours = with' { };
        changed = with' { cc = stdenv.cc.override { }; };
        given = with' { cc = tools.gcc13; };
        variant = with' { cc = tools.gcc13.override { ccLib = ccLibOf "other"; }; };
        own = with' { cc = own "13.2"; };
        # eval.sh looks for the warning.
        unknown = with' { cc = own "14.1"; };
      };
    before = of old;
    after = of (libcOf "2.37");
    stays = name: drv before.${name}.compile == drv after.${name}.compile;
    cc = package: package.compile.drvAttrs.stdenv.cc;
    puts =
      library: package:
      builtins.any (standIn: standIn.real.out or null == "${library}") package.relink.manifest.standIns;
  in
  builtins.all stays [
    "ours"
    "changed"
    "given"
    "own"
    "variant"
  ]
  && drv after.given.compile == drv after.own.compile
  && drv after.ours.compile == drv after.changed.compile
  && drv after.ours.compile != drv after.own.compile
  && drv after.variant.compile != drv after.own.compile
  && builtins.match ".*-linked-interface-.*" (cc after.own).libc.name != null
  && (cc after.own).ccLib.pname == "gcc-lib"
  && (cc after.own).ccLib.version == "13.1"
  && after.own.compile.drvAttrs.stdenv.extraNativeBuildInputs == [ split.greet ]
  && builtins.all (puts (ccLibOf "13.2")) [
    after.given
    after.own
  ]
  && puts (libcOf "2.37") after.own
  && after.unknown.isSplit
  && drv (cc after.unknown).libc == drv (libcOf "2.37");

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
