# isLocal : derivation -> bool
#
# Whether a derivation, as `nix derivation show` prints it, is one that every
# machine builds for itself: `allowSubstitutes` is false, so a copy of its
# outputs in a cache would not be looked at. Relinks are (relink.nix), and trees
# of links.
derivation:
let
  # With __structuredAttrs; Nix has printed these in two ways.
  attributes =
    derivation.structuredAttrs
      or (if derivation.env ? __json then builtins.fromJSON derivation.env.__json else derivation.env);
in
# In the environment true is "1", and all else false (src/libstore/parsed-derivations.cc).
!builtins.elem (attributes.allowSubstitutes or true) [
  true
  "1"
]
