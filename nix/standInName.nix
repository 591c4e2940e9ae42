# standInName : package -> output -> string
#
# The store name under which dependents see an output's stand-in at compile
# time: `<pname>-<output>-interface`, always 64 characters long.
#
#   standInName zlib "dev"
#   => "zlib-dev-interface--------------------------------------------=."
#
# - It says nothing of the version, so that an update with the same interface
#   has the same store path.
# - Relinking later rewrites the stand-in's path to the real one in place, and
#   pads the real one with slashes and `/.`: so the stand-in's name must be the
#   longer one by two. A real name that is too long is an error here, where it
#   can still be understood.
# - It ends as no string in a program does; src/store/stand_in.rs tells why.
# - Not longer than 64, so that `#!/nix/store/<hash>-<name>/bin/bash` stays
#   below the 127 characters that old kernels read of such a line.
let
  length = 64;
  suffix = "-interface";
  padding = "----------------------------------------------------------------";
  end = "=.";
  longest = length - 2;

  # The same rule as in src/store/stand_in.rs: a pname may be too long, or hold
  # what a store name may not ("@scope/name"); what had to be changed ends in a
  # hash of the whole, so that different packages keep different names.
  fit =
    text:
    let
      room = length - builtins.stringLength suffix - builtins.stringLength end;
      undotted =
        if builtins.substring 0 1 text == "." then "_" + builtins.substring 1 (-1) text else text;
      legal = builtins.concatStringsSep "_" (
        builtins.filter builtins.isString (builtins.split "[^a-zA-Z0-9+._?=-]" undotted)
      );
    in
    if legal == text && builtins.stringLength text <= room then
      text
    else
      builtins.substring 0 (room - 13) legal
      + "-"
      + builtins.substring 0 12 (builtins.hashString "sha256" text);
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
  builtins.substring 0 (length - builtins.stringLength end) (
    fit "${pname}-${output}" + suffix + padding
  )
  + end
