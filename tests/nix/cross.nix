# The package set of split/packages.nix for aarch64, built on this machine by
# Debian's cross compiler: split, and as it would be without.
{
  stubBuilder,
  patch ? 0,
  release ? 0,
}:
let
  inherit (import ./builders.nix) builtAt package run;
  inherit (import ./split/stdenv.nix) stdenv wrapCC;
  stub-builder = builtAt stubBuilder;

  triple = "aarch64-linux-gnu";
  from = "/usr/${triple}";
  libcOf =
    release:
    package
      {
        pname = "glibc";
        version = "2.36.${toString release}";
        outputs = [
          "out"
          "dev"
        ];
      }
      ''
        mkdir -p $out/lib $dev
        cp -P ${from}/lib/{ld-linux-aarch64,libc,libm}.so* ${from}/lib/*crt*.o ${from}/lib/libc_nonshared.a $out/lib
        chmod -R u+w $out
        sed -i 's,${from}/lib/,'$out'/lib/,g' $out/lib/libc.so
        cp -r ${from}/include $dev/include
        echo ${toString release} > $out/lib/release
      '';
  ccLib =
    run { name = "gcc-lib-12"; } ''
      mkdir -p $out/lib
      cp -P ${from}/lib/libstdc++.so.6* ${from}/lib/libgcc_s.so.1 $out/lib
      ln -s libstdc++.so.6 $out/lib/libstdc++.so
      ln -s libgcc_s.so.1 $out/lib/libgcc_s.so
    ''
    // {
      pname = "gcc-lib";
    };

  # Runs on this machine, for the other.
  plain =
    release:
    stdenv {
      cc = wrapCC {
        inherit ccLib triple;
        libc = libcOf release;
        loader = "ld-linux-aarch64.so.1";
      };
      hostPlatform = {
        system = "aarch64-linux";
        isElf = true;
      };
    };
  packagesOf = stdenv: import ./split/packages.nix { inherit patch stdenv; };

  baseline = import ./split/packages.nix { stdenv = plain 0; };
  inherit (import ../../nix { inherit stub-builder; }) splitStdenv;
  split = packagesOf (
    splitStdenv {
      inherit baseline ccLib;
      libc = libcOf release;
      packages = split;
      wrapCC =
        {
          cc,
          libc,
          ccLib,
        }:
        cc.override { inherit libc ccLib; };
    } (plain 0)
  );
in
{
  inherit baseline split;
  unsplit = packagesOf (plain release);
}
