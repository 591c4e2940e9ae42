# mkDerivationOf : inner -> old -> stdenv -> mkDerivation
#
# The mkDerivation that a stdenv would have if it did not split: that of the
# `old` arguments, if they say one. nixpkgs' default can't be asked for, so else
# it is that of the stdenv below (`inner`), and for a stdenv that was changed
# afterwards (overrideCC, stdenvNoCC) of `inner` with the same changes.
{ changesOf }:
inner: old: stdenv:
if old ? mkDerivationFromStdenv then
  old.mkDerivationFromStdenv stdenv
else if stdenv.drvPath == inner.drvPath then
  inner.mkDerivation
else
  (inner.override (
    changesOf stdenv
    // {
      inherit (stdenv) cc;
    }
  )).mkDerivation
