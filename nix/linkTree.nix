# linkTree : { package, system, shell, path, ... } -> derivation
#
# A stand-in for a package of the baseline: a tree of links to its files, under
# a name of fixed length. What is compiled and linked with it runs, and relink
# can put another package in its place without moving a byte.
#
# Arguments
#   package   the baseline's package
#   outputs   those of its outputs that compilers, linkers and programs need
#   shell     what runs the script: a path
#   path      packages with coreutils, findutils, grep and sed
#
# Result: the tree of the package's first output, and in it one for each other,
# all with the same merged contents, as mkStubs has it.
#
# Not everything is a link (linkTree.sh): headers are copied, because gcc takes
# a link's target for the header's name and writes it into debug information;
# so is text that names the package, with the tree's own path instead.
{ linkedName, linkOutputs }:
{
  package,
  outputs ? linkOutputs (package.outputs or [ "out" ]),
  shell,
  path,
  system,
}:
let
  pname = package.pname or (builtins.parseDrvName package.name).name;
  sources = map (output: package.${output}) outputs;

  tree =
    output:
    derivation {
      name = linkedName "${pname}-${output}-linked";
      inherit system sources;
      builder = shell;
      args = [
        "-eu"
        ./linkTree.sh
      ];
      PATH = builtins.concatStringsSep ":" (map (tools: "${tools}/bin") path);
      allowSubstitutes = false;
      preferLocalBuild = true;
    };

  standIn =
    output:
    standIns
    // {
      inherit (tree output)
        type
        name
        system
        drvPath
        outPath
        outputName
        ;
      inherit outputs pname;
      version = package.version or "";
      linkedOutputs = outputs;
      outputSpecified = true;
    };

  standIns = {
    out = standIn (builtins.head outputs);
  }
  // builtins.listToAttrs (
    map (output: {
      name = output;
      value = standIn output;
    }) outputs
  );
in
standIns.out // { outputSpecified = false; }
