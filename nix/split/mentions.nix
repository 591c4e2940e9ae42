# mentions : value -> [ derivation or string ]
#
# What a value names, wherever it stands in lists and sets: derivations, and
# strings with context.
{ isDerivation }:
let
  mentions =
    value:
    if builtins.isString value then
      if builtins.hasContext value then [ value ] else [ ]
    else if builtins.isList value then
      builtins.concatMap mentions value
    else if isDerivation value then
      [ value ]
    else if builtins.isAttrs value && !(value ? __toString || value ? outPath) then
      builtins.concatMap mentions (builtins.attrValues value)
    else
      [ ];
in
mentions
