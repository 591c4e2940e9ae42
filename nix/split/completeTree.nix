# completeTree : { interface, package, system, shell, path } -> derivation
#
# An interface tree with all that a build may find in a package beside its
# interface: programs that can be started, language modules, plug-ins, schemas
# and other data. They are the baseline's, so nothing changes when the library
# does. What stands in the interface tree counts, and what the linker or a
# build system would take for interface is taken from there alone.
#
# Arguments
#   interface  one output's interface tree
#   package    the same package as the baseline has it
#   shell, path, system
#              as for linkTree.nix
#
# The name is the interface tree's, so that compileBuilder.sh can put one path
# into the other's place without moving a byte: what compile leaves, and what is
# made from it, knows of the interface tree alone.
{ packages, linkOutputs }:
{
  interface,
  package,
  system,
  shell,
  path,
}:
derivation {
  inherit (interface) name;
  inherit system;
  interface = "${interface}";
  # Programs, plug-ins and data may stand in any output but those that nobody
  # builds with.
  sources = map (output: package.${output}) (linkOutputs (packages.outputsOf package));
  builder = shell;
  args = [
    "-eu"
    ./completeTree.sh
  ];
  PATH = builtins.concatStringsSep ":" (map (tools: "${tools}/bin") path);
  allowSubstitutes = false;
  preferLocalBuild = true;
}
