# mapReferences : { replacements, replaceDerivation } -> value -> value
#
# The same value with other store paths in it, wherever they stand: in strings
# ("--with-zlib=${zlib.dev}"), in lists and sets, as derivations.
#
# Arguments
#   replacements       what to replace, by derivation: { <drvPath> = { <output> = { from, to }; }; }
#   replaceDerivation  what becomes of a derivation that stands by itself
#
# Which derivations a string names is known from its context, so nothing is
# built or read to find out. A string that names none of them stays as it is.
{ replacements, replaceDerivation }:
let
  string =
    text:
    let
      context = builtins.getContext text;
      replaced = builtins.intersectAttrs context replacements;
      pairs = builtins.concatMap builtins.attrValues (builtins.attrValues replaced);
    in
    if !builtins.hasContext text || replaced == { } then
      text
    else
      # The new paths bring their own context.
      builtins.appendContext
        (builtins.replaceStrings (map (pair: pair.from) pairs) (map (pair: pair.to) pairs) (
          builtins.unsafeDiscardStringContext text
        ))
        (removeAttrs context (builtins.attrNames replaced));

  value =
    any:
    if builtins.isString any then
      string any
    else if builtins.isList any then
      map value any
    else if builtins.isAttrs any then
      if any.type or null == "derivation" then
        replaceDerivation any
      else if any ? __toString || any ? outPath then
        string "${any}"
      else
        builtins.mapAttrs (_: value) any
    else
      any;
in
value
