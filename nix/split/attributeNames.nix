# attributeNames : name -> version -> { plain, versioned, nested, module }
#
# The attributes under which nixpkgs may have a package, of which only the name is
# known, and perhaps (or null) the version.
#
#   plain      the name as it is, with other separators (`libjpeg_turbo`, `fooBar`,
#              `util-linuxMinimal`), and without what follows a dash, since variants
#              have longer names than attributes (`libpng-apng`, `bash-interactive`);
#              behind a wrapper that has its name (`pkg-config-unwrapped`)
#   versioned  with as much of the version as tells it from others of that name
#              (`python312`, whose name is python3; `lua5_4`, `nodejs_22`, `openssl_1_1`;
#              `gcc13`, which is gcc-wrapper)
#   nested     the same in a package that has its versions within itself (`v3_6`)
#   module     of a language's module (`python3.11-six`, `perl5.38.2-URI`), which its
#              interpreter has: { interpreter, version, name }; or null
name: version:
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

  numbers =
    if version == null then
      [ ]
    else
      builtins.filter (part: builtins.isString part && part != "") (builtins.split "[^0-9]+" version);
  # 3.12.4, 3.12, 3: the nearest first.
  prefixes = map (count: builtins.genList (builtins.elemAt numbers) count) (
    builtins.genList (i: builtins.length numbers - i) (builtins.length numbers)
  );
  # python3 3.12 is python312.
  unnumbered =
    let
      stem = builtins.match "(.*[^0-9])${builtins.head numbers}" name;
    in
    if numbers == [ ] || stem == null then [ ] else stem;
  wrapped = builtins.match "(.*)-wrapper" name;
  stems = [ name ] ++ unnumbered ++ (if wrapped == null then [ ] else wrapped);

  ofLanguage = builtins.match "([a-zA-Z]+)([0-9][0-9.]*)-(.+)" name;
in
{
  plain =
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
  versioned = builtins.concatMap (
    stem:
    builtins.concatMap (some: [
      (stem + builtins.concatStringsSep "" some)
      (stem + builtins.concatStringsSep "_" some)
      "${stem}_${builtins.concatStringsSep "_" some}"
    ]) prefixes
  ) stems;
  module =
    if ofLanguage == null then
      null
    else
      {
        interpreter = builtins.elemAt ofLanguage 0;
        version = builtins.elemAt ofLanguage 1;
        name = builtins.elemAt ofLanguage 2;
      };
  nested = map (some: "v${builtins.concatStringsSep "_" some}") prefixes;
}
