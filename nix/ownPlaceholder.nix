# ownPlaceholder : string -> string
#
# The path under which files of an interface tree name their own package where
# they cannot say it otherwise (src/store/stand_in.rs, `placeholder`). Relinking
# replaces it like the tree's own path. It is masked: no reference, and no
# output of anything; and it is the same wherever the store is, as the tree is.
let
  fixedName = import ./fixedName.nix;
in
pname:
let
  # Nix's base32 has all hexadecimal digits but one.
  digits = builtins.replaceStrings [ "e" ] [ "z" ] (
    builtins.substring 0 31 (builtins.hashString "sha256" pname)
  );
in
"/nix/store/e${digits}-${fixedName pname}"
