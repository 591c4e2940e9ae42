# What is not compiled and names what is.
{
  baseline,
  contextOf,
  drv,
  has,
  old,
  plain,
  seen,
  split,
  splitting,
  ...
}:

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

true
