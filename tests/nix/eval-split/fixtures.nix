# A small package set, split in several ways, and functions to look at it.
let
  stub-builder = derivation {
    name = "stub-builder";
    system = "x86_64-linux";
    builder = "none";
  };
  inherit (import ../../../nix { inherit stub-builder; })
    splitOverlay
    splitStages
    splitStdenv
    ;
  inherit (import ../split/stdenv.nix) stdenv wrapCC;
  inherit (import ../builders.nix) package;

  libcOf =
    version:
    package {
      pname = "glibc";
      inherit version;
      outputs = [
        "out"
        "dev"
      ];
    } "";
  ccLibOf =
    version:
    package {
      pname = "gcc-lib";
      inherit version;
      outputs = [ "out" ];
    } "";
  shellOf =
    version:
    package {
      pname = "shell";
      inherit version;
      outputs = [ "out" ];
    } "";
  shell = shellOf "1";
  plain =
    libc:
    stdenv {
      shell = "${shell}/bin/bash";
      cc = wrapCC {
        inherit libc;
        ccLib = ccLibOf "12";
      };
    };
  packagesOf = stdenv: import ../split/packages.nix { inherit stdenv; };

  old = libcOf "2.36";
  baseline = packagesOf (plain old);
  splitting =
    arguments:
    splitStdenv (
      {
        inherit baseline;
        libc = old;
        ccLib = ccLibOf "12";
        wrapCC =
          {
            cc,
            libc,
            ccLib,
          }:
          cc.override { inherit libc ccLib; };
      }
      // arguments
    ) (plain old);
  setOf =
    {
      patch ? 0,
      ...
    }@arguments:
    let
      set = import ../split/packages.nix {
        inherit patch;
        stdenv = splitting ({ packages = set; } // removeAttrs arguments [ "patch" ]);
      };
    in
    set;

  split = setOf { };
  # The trees' hashes don't matter where nothing is built.
  hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  pins = builtins.mapAttrs (_: _: hash) split;
  pinned = setOf { inherit pins; };
  patched = setOf {
    inherit pins;
    patch = 1;
  };
  otherLibc = setOf {
    inherit pins;
    libc = libcOf "2.37";
  };
  names = builtins.filter (name: split.${name}.isSplit or false) (builtins.attrNames split);

  # nixpkgs' getOutput.
  getOutput =
    output: pkg:
    if !pkg ? outputSpecified || !pkg.outputSpecified then pkg.${output} or pkg.out or pkg else pkg;

  # The derivations that a value brings along.
  contextOf =
    value:
    if builtins.isString value then
      builtins.attrNames (builtins.getContext value)
    else if builtins.isList value then
      builtins.concatMap contextOf value
    else if value.type or null == "derivation" then
      contextOf "${value}"
    else if builtins.isAttrs value then
      builtins.concatMap contextOf (builtins.attrValues value)
    else
      [ ];
  drv = package: builtins.unsafeDiscardStringContext package.drvPath;
  has = list: package: builtins.elem (drv package) list;

  # What a build gets for an output of a library.
  seen =
    library: output:
    completeTree {
      interface = split.${library}.interface.${output};
      package = baseline.${library};
      inherit (plain old) shell;
      path = (plain old).initialPath;
      system = "x86_64-linux";
    };
  completeTree = import ../../../nix/split/completeTree.nix {
    packages = import ../../../nix/split/packages.nix;
    linkOutputs = import ../../../nix/linkOutputs.nix;
  };
  sees = name: contextOf (removeAttrs split.${name}.compile.drvAttrs [ "stdenv" ]);
  refused = value: !(builtins.tryEval value).success;
in
{
  inherit
    baseline
    ccLibOf
    contextOf
    drv
    getOutput
    has
    hash
    libcOf
    names
    old
    otherLibc
    packagesOf
    patched
    pinned
    pins
    plain
    refused
    seen
    sees
    setOf
    shell
    shellOf
    split
    splitOverlay
    splitStages
    splitStdenv
    splitting
    wrapCC
    ;
}
