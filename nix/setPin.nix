# setPin : { pins, system, name, hash } -> string
#
# The text of a pins file (see stubs.json) with one hash set; `pins` is its text
# so far. One line for each hash, sorted, so that a diff shows what has changed.
{
  pins,
  system,
  name,
  hash,
}:
let
  old = builtins.fromJSON pins;
  new = old // {
    ${system} = (old.${system} or { }) // {
      ${name} = hash;
    };
  };

  render =
    indent: value:
    if builtins.isAttrs value && value != { } then
      "{\n"
      + builtins.concatStringsSep ",\n" (
        map (key: "${indent}  ${builtins.toJSON key}: ${render "${indent}  " value.${key}}") (
          builtins.attrNames value
        )
      )
      + "\n${indent}}"
    else
      builtins.toJSON value;
in
render "" new + "\n"
