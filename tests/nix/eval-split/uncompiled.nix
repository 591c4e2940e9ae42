# What is not compiled and names what is.
{
  baseline,
  contextOf,
  drv,
  has,
  old,
  plain,
  seen,
  shell,
  shellOf,
  split,
  splitting,
  ...
}:
let
  without =
    stdenv: attributes:
    (stdenv.override {
      cc = null;
      hasCC = false;
    }).mkDerivation
      (
        {
          pname = "script";
          version = "1";
        }
        // attributes
      );
in

# What isn't compiled, or nobody can look up, stands for itself; a tool doesn't.
assert
  let
    itself =
      package: path:
      builtins.any (
        standIn: standIn.path == path && standIn.real == { out = path; }
      ) package.relink.manifest.standIns;
    user = split.names.overrideAttrs {
      tool = "${baseline.reader}/bin/reader ${baseline.greet}";
    };
    file = builtins.toFile "a-file" "text";
  in
  itself user file
  && itself user "${user.alone}"
  && has (contextOf user.relink.manifest.standIns) user.alone
  && !(itself user "${baseline.reader}")
  && !(has (contextOf user.relink.manifest.standIns) baseline.reader);

# What isn't compiled names what is: hooks the compiler that makes wrappers, or
# programs of the set; patches and directories of links its libraries. Compile sees
# it with stand-ins, however deep it lies, and relink puts it in as it is.
assert
  let
    script = without (splitting {
      packages = split // {
        inherit config;
      };
    });
    naming = script { uses = "${split.reader}/bin/reader"; };
    # As a string alone, found by its name.
    config = script {
      pname = "config";
      uses = split.greet;
    };
    wrapper = without (plain old) { uses = "${(plain old).cc}/bin/gcc"; };
    other = script { uses = "${baseline.reader}/bin/reader"; };
    patch = script {
      version = "2";
      library = split.greet;
      uses = "${split.chorus}/lib";
    };
    user =
      (splitting {
        packages = split // {
          inherit config;
        };
      }).mkDerivation
        {
          pname = "user";
          version = "1";
          configPath = "${config}/bin/config";
          nativeBuildInputs = [
            (script { propagatedBuildInputs = [ naming ]; })
            wrapper
            other
          ];
          patches = [ patch ];
          flags = "-I${patch}";
        };
    seenConfig = contextOf user.compile.configPath;
    natives = user.compile.nativeBuildInputs;
    inner = contextOf (builtins.head (builtins.head natives).propagatedBuildInputs).uses;
    seenPatch = builtins.head user.compile.patches;
    standIns = builtins.filter (standIn: standIn.path == "${seenPatch}") user.relink.manifest.standIns;
  in
  inner == [ (drv baseline.reader) ]
  && !(has (contextOf (builtins.elemAt natives 1).uses) (plain old).cc)
  && has (contextOf natives) other
  && builtins.length seenConfig == 1
  && builtins.match ".*-config-made-interface-.*" (builtins.head seenConfig) != null
  && !(has seenConfig config)
  && !(has (contextOf natives) wrapper)
  && has (contextOf seenPatch.library) (seen "greet" "out")
  && contextOf seenPatch.uses == [ (drv (seen "chorus" "out")) ]
  && contextOf user.compile.flags == contextOf seenPatch
  && map (standIn: standIn.real.out) standIns == [ "${patch}" ]
  && builtins.any (
    standIn: standIn.path == "${split.chorus.interface.out}"
  ) user.relink.manifest.standIns;

# It is built with what is current of the stdenv, which hooks of the baseline write, too,
# and keeps that out of compile, where the one with stand-ins is seen. Texts and what is
# fetched have nothing of it.
assert
  let
    of =
      version:
      let
        stdenv = splitting {
          programs = [
            {
              baseline = shell;
              package = shellOf version;
            }
          ];
          packages = { inherit script wrapper; };
        };
        # That names another by a string.
        wrapper = without stdenv {
          pname = "wrapper";
          wraps = "${script}/bin/script";
        };
        script = without stdenv {
          nativeBuildInputs = [ (without (plain old) { writes = "${shell}/bin/bash"; }) ];
        };
      in
      {
        inherit script wrapper;
        text = without stdenv { buildCommand = "echo text > $out"; };
        local = without stdenv { allowSubstitutes = false; };
        naming = without stdenv { buildCommand = "echo ${stdenv.shell} > $out"; };
        fetched = without stdenv {
          outputHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        };
        user = stdenv.mkDerivation {
          pname = "user";
          version = "1";
          runs = "${wrapper}/bin/wrapper";
        };
      };
    one = of "1";
    two = of "2";
    differs = name: drv one.${name} != drv two.${name};
    isShell = value: contextOf value == [ (drv (shellOf "2")) ];
    isNamed =
      user: script:
      builtins.any (
        standIn: standIn.real == { out = "${script}"; } && !(has (contextOf standIn.path) script)
      ) user.relink.manifest.standIns;
  in
  isShell two.script.drvAttrs.builder
  && isShell two.script.drvAttrs.stdenv.shell
  && isShell (builtins.head two.script.drvAttrs.nativeBuildInputs).writes
  && isShell two.naming.drvAttrs.buildCommand
  && differs "script"
  && differs "naming"
  && differs "user"
  && !(differs "text")
  && !(differs "local")
  && !(differs "fetched")
  && drv one.user.compile == drv two.user.compile
  && isNamed one.user one.script
  && isNamed two.user two.script
  && isNamed two.user two.wrapper
  && (two.script.overrideAttrs { version = "2"; }).name == "script-2";

# Hooks and patches of what a part of the stdenv is made of can't have that part.
assert
  let
    stdenv = splitting {
      programs = [
        {
          baseline = shell;
          package = program;
        }
      ];
    };
    script =
      version:
      without stdenv {
        inherit version;
        propagatedBuildInputs = if version == "2" then [ (script "3") ] else [ ];
      };
    made =
      attributes:
      stdenv.mkDerivation (
        {
          pname = "made";
          version = "1";
        }
        // attributes
      );
    program = made {
      pname = "reader";
      patches = [ (script "1") ];
      nativeBuildInputs = [ (script "2") ];
      buildInputs = [ (made { src = script "4"; }) ];
    };
    isWithout = script: drv script == drv script.withStandIns;
  in
  builtins.isString program.drvPath
  && builtins.all (version: isWithout (script version)) [
    "1"
    "2"
    "3"
    "4"
  ]
  && !(isWithout (script "5"));

true
