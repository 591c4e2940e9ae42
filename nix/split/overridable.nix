# overridable : (arguments -> overrideAttrs -> package) -> arguments -> package
#
# mkDerivation's fixed point, as nixpkgs has it: arguments may be a function of
# what comes out of them (finalAttrs), and `overrideAttrs` makes the package
# anew from changed ones, in each of its forms: a set, `previous: set`,
# `final: previous: set`.
make:
let
  toExtension =
    change:
    if builtins.isFunction change || change ? __functor then
      final: previous:
      let
        first = change previous;
      in
      if builtins.isFunction first then change final previous else first
    else
      _: _: change;

  fix =
    function:
    let
      arguments = function (arguments // { inherit finalPackage overrideAttrs; });
      overrideAttrs =
        change:
        fix (
          final:
          let
            previous = function final;
          in
          previous // toExtension change final previous
        );
      finalPackage = make arguments overrideAttrs;
    in
    finalPackage;
in
arguments:
fix (if builtins.isFunction arguments || arguments ? __functor then arguments else _: arguments)
