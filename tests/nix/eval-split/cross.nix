# Cross compilation.
{
  baseline,
  contextOf,
  hash,
  old,
  packagesOf,
  plain,
  setOf,
  splitStdenv,
  ...
}:

# Cross compilation: everything is built by this machine, each system has pins of
# its own, and tools run on this machine, also where the set has such a package
# for the other.
assert
  let
    crossed =
      stdenv:
      stdenv.override {
        preHook = "target=aarch64-linux";
        hostPlatform = {
          system = "aarch64-linux";
          isElf = true;
        };
      };
    crossBaseline = packagesOf (crossed (plain old));
    hashes = {
      x86_64-linux-default = hash;
      aarch64-linux-cross = "sha256-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
    };
    pins.pinOf =
      { system, variant, ... }:
      {
        hash = hashes."${system}-${variant}";
        current = null;
        from = null;
      };
    native = setOf { inherit pins; };
    cross = packagesOf (
      splitStdenv {
        inherit pins;
        baseline = crossBaseline // {
          buildPackages = baseline;
        };
        libc = old;
        packages = cross;
        wrapCC = { cc, libc, ... }: cc.override { inherit libc; };
      } (crossed (plain old))
    );
    user = cross.sing.overrideAttrs {
      nativeBuildInputs = [
        cross.reader
        baseline.greet
      ];
    };
  in
  cross.sing.isSplit
  && native.greet.interface.hash == hashes.x86_64-linux-default
  && cross.greet.interface.hash == hashes.aarch64-linux-cross
  && cross.greet.interface.out.outPath != native.greet.interface.out.outPath
  && builtins.all (step: step.system == "x86_64-linux") [
    cross.sing.compile
    cross.sing.interface
    cross.sing.relink
  ]
  &&
    contextOf user.compile.nativeBuildInputs == contextOf [
      baseline.reader
      baseline.greet.dev
    ]
  && builtins.isString user.outPath;

true
