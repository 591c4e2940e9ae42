# What holds at evaluation, without building anything; an assertion that does
# not hold names its line.
let
  stub-builder = derivation {
    name = "stub-builder";
    system = "x86_64-linux";
    builder = "none";
  };
  library = import ../../nix { inherit stub-builder; };
  inherit (library) mkStubs standInName;

  inherit (import ./builders.nix) package;
  zlib =
    version:
    package {
      pname = "zlib";
      inherit version;
      outputs = [
        "out"
        "dev"
        "static"
      ];
    } "";
  devFirst = package {
    pname = "lzo";
    version = "2";
    outputs = [
      "dev"
      "lib"
    ];
  } "";

  hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  old = mkStubs {
    package = zlib "1.2.13";
    inherit hash;
  };
  new = mkStubs {
    package = zlib "1.3.1";
    inherit hash;
  };
  floating = mkStubs { package = zlib "1.3.1"; };

  # As nixpkgs' lib.getOutput.
  getOutput =
    output: pkg:
    if !pkg ? outputSpecified || !pkg.outputSpecified then pkg.${output} or pkg.out or pkg else pkg;

  isStandIn = pkg: builtins.match ".*-interface-*=[.]" pkg.name != null;

  # Every string below a value, a few steps deep.
  strings =
    depth: value:
    if builtins.isString value then
      [ value ]
    else if depth == 0 then
      [ ]
    else if builtins.isAttrs value then
      builtins.concatLists (map (strings (depth - 1)) (builtins.attrValues value))
    else if builtins.isList value then
      builtins.concatLists (map (strings (depth - 1)) value)
    else
      [ ];
  mentions = part: text: builtins.length (builtins.split part text) > 1;

  long = builtins.concatStringsSep "" (builtins.genList (_: "x") 70);
  named = pname: {
    inherit pname;
    name = "${pname}-1";
  };
in

# Names: one length, without the version.
assert builtins.stringLength (standInName (zlib "1") "out") == 64;
assert standInName (zlib "1") "dev" == standInName (zlib "1.3.1-rc1") "dev";
assert standInName (zlib "1") "dev" != standInName (zlib "1") "out";
assert
  standInName (zlib "1") "dev" == "zlib-dev-interface--------------------------------------------=.";
assert standInName { name = "openssl-3.0.1"; } "out" == standInName (named "openssl") "out";

# A long one is shortened, and stays its own.
assert
  let
    name =
      suffix: standInName (named ("a-rather-long-package-name-of-just-below-the-limit-" + suffix)) "out";
  in
  builtins.stringLength (name "a") == 64 && name "a" != name "b";

# One whose real name is longer than a stand-in can be is an error.
assert !(builtins.tryEval (standInName (named long) "out")).success;
assert
  !(builtins.tryEval
    (mkStubs {
      package = {
        pname = "x";
        name = long;
        out = "/x";
      };
    }).outPath
  ).success;

# A store name can't hold everything that a pname can.
assert
  builtins.match "_scope_pkg-out-[0-9a-f]{12}-interface-+=[.]" (
    standInName {
      pname = "@scope/pkg";
      name = "scope-pkg-1";
    } "out"
  ) != null;

# A pin keys everything: the version says nothing.
assert old.outPath == new.outPath;
assert old.dev.outPath == new.dev.outPath;
assert old.out.outPath != old.dev.outPath;
assert old.unpinned.outPath != new.unpinned.outPath;
assert old.pinCheck.outPath != new.pinCheck.outPath;
assert old.hash == hash && floating.hash == null && floating.pinCheck == null;
assert new.version == "1.3.1" && new.pname == "zlib";

# Whatever output is asked for, it is a stand-in, and the right one.
assert builtins.all isStandIn (
  builtins.concatMap
    (
      stubs:
      map (output: getOutput output stubs) [
        "out"
        "dev"
        "static"
        "lib"
        "bin"
        "man"
      ]
    )
    [
      old
      floating
      floating.dev
      floating.unpinned
      (mkStubs { package = devFirst; })
    ]
);
assert (getOutput "dev" floating).outPath == floating.dev.outPath;
assert (getOutput "lib" floating).outPath == floating.out.outPath;
assert (getOutput "lib" floating.dev).outPath == floating.dev.outPath;
assert "${mkStubs { package = devFirst; }}" == (mkStubs { package = devFirst; }).dev.outPath;

# Nothing leads back to the library.
assert builtins.filter (mentions "zlib-1\\.3\\.1") (strings 4 new) == [ ];
assert builtins.filter (mentions "zlib-1\\.3\\.1") (strings 4 floating) == [ ];

true
