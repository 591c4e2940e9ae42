# fixedName : string -> string
#
# The store name of what stands in for `text`: `<text>-interface`, padded to 64
# characters, whatever the text.
#
#   fixedName "zlib-dev"
#   => "zlib-dev-interface--------------------------------------------=."
#
# - Not longer than 64, so that `#!/nix/store/<hash>-<name>/bin/bash` stays
#   below the 127 characters that old kernels read of such a line.
# - It ends as no string in a program does; src/store/stand_in.rs, which has the
#   same rule, tells why.
let
  length = 64;
  suffix = "-interface";
  padding = "----------------------------------------------------------------";
  end = "=.";
  room = length - builtins.stringLength suffix - builtins.stringLength end;

  # A name may be too long, or hold what a store name may not ("@scope/name");
  # what had to be changed ends in a hash of the whole, so that different names
  # stay different.
  fit =
    text:
    let
      undotted =
        if builtins.substring 0 1 text == "." then "_" + builtins.substring 1 (-1) text else text;
      legal = builtins.concatStringsSep "_" (
        builtins.filter builtins.isString (builtins.split "[^a-zA-Z0-9+._?=-]" undotted)
      );
    in
    if legal == text && text != "" && builtins.stringLength text <= room then
      text
    else
      builtins.substring 0 (room - 13) legal
      + "-"
      + builtins.substring 0 12 (builtins.hashString "sha256" text);
in
text: builtins.substring 0 (length - builtins.stringLength end) (fit text + suffix + padding) + end
