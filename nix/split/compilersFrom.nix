# compilersFrom : stdenv -> stdenv -> [ { from, to } ]
#
# The compilers of one stdenv, and what is in their place in another.
{ packages }:
from: to:
builtins.filter
  (
    pair:
    packages.isDerivation pair.from
    && packages.isDerivation pair.to
    && pair.from.drvPath != pair.to.drvPath
  )
  [
    {
      from = from.cc;
      to = to.cc;
    }
    {
      from = from.cc.bintools or null;
      to = to.cc.bintools or null;
    }
  ]
