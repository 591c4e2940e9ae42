# findByName : accept -> set -> name -> package or null
#
# The package of a set that `accept` says is meant, under one of the attributes
# that packages of that name have in nixpkgs: the name as it is, with other
# separators (`libjpeg_turbo`, `fooBar`, `util-linuxMinimal`), and without what follows a dash, since
# variants have longer names than attributes (`libpng-apng`, `bash-interactive`);
# behind a wrapper that has its name (`pkg-config-unwrapped`).
{ isDerivation }:
accept: set: name:
let
  words = builtins.filter builtins.isString (builtins.split "-" name);
  first = count: builtins.genList (builtins.elemAt words) count;
  capital =
    word:
    let
      letter = builtins.substring 0 1 word;
      upper = builtins.replaceStrings (builtins.genList (
        i: builtins.substring i 1 "abcdefghijklmnopqrstuvwxyz"
      ) 26) (builtins.genList (i: builtins.substring i 1 "ABCDEFGHIJKLMNOPQRSTUVWXYZ") 26) letter;
    in
    upper + builtins.substring 1 (-1) word;
  # `util-linuxMinimal`: so many words with dashes, the others as variants have them.
  joined =
    dashed: some:
    builtins.concatStringsSep "-" (builtins.genList (builtins.elemAt some) dashed)
    + builtins.concatStringsSep "" (
      builtins.genList (i: capital (builtins.elemAt some (i + dashed))) (builtins.length some - dashed)
    );
  attributes =
    builtins.concatMap (
      count:
      let
        some = first count;
      in
      [
        (builtins.concatStringsSep "-" some)
        (builtins.concatStringsSep "_" some)
      ]
      ++ builtins.genList (dashes: joined (dashes + 1) some) (count - 1)
    ) (builtins.genList (i: builtins.length words - i) (builtins.length words))
    ++ [ "${name}-unwrapped" ];

  # A set may hold anything under a name, an error included.
  found = builtins.filter (
    attribute:
    set ? ${attribute}
    && (
      let
        value = builtins.tryEval (set.${attribute});
      in
      value.success && isDerivation value.value && accept value.value
    )
  ) attributes;
in
if found == [ ] then null else set.${builtins.head found}
