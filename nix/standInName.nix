# standInName : package -> output -> string
#
# The store name under which dependents see an output's stand-in at compile
# time: `<pname>-<output>-interface`, always 64 characters long (fixedName.nix).
#
# - It says nothing of the version, so that an update with the same interface
#   has the same store path.
# - Relinking later rewrites the stand-in's path to the real one in place, and
#   pads the real one with slashes and `/.`: so the stand-in's name must be the
#   longer one by two. A real name that is too long is an error here, where it
#   can still be understood.
let
  fixedName = import ./fixedName.nix;
  longest = 62;
in
package: output:
let
  pname = package.pname or (builtins.parseDrvName package.name).name;
  # As Nix names outputs.
  realName = if output == "out" then package.name else "${package.name}-${output}";
  realLength = builtins.stringLength realName;
in
if realLength > longest then
  throw ''
    stub-builder: the store name "${realName}" has ${toString realLength} characters, and at most ${toString longest} fit into a stand-in.
    Relinking puts the real path in the stand-in's place, without moving what comes after it.
    Give the package a shorter name (overrideAttrs: pname, version or name).''
else
  fixedName "${pname}-${output}"
