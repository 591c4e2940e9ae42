# The package set of packages.nix, split and as it would be without, and its
# baseline.
{
  stubBuilder,
  # where Debian's packages of the C library lie
  debian,
  patch ? 0,
  extra ? false,
  release ? 0,
  pins ? { },
  # what a site says of relinks
  relinks ? { },
}:
let
  inherit (import ../builders.nix) builtAt run;
  inherit (import ./stdenv.nix) stdenv wrapCC;

  stub-builder = builtAt stubBuilder;
  debianPackages = builtins.path {
    name = "debian-packages";
    path = debian;
  };

  libcOf =
    release:
    (import ../debian-glibc.nix {
      packages = debianPackages;
      inherit release;
      alone = true;
    }).glibc;
  ccLibOf =
    version: release:
    run
      {
        name = "gcc-lib-${version}";
        release = toString release;
      }
      ''
        mkdir -p $out/lib
        cp -P /usr/lib/x86_64-linux-gnu/libstdc++.so.6* /usr/lib/x86_64-linux-gnu/libgcc_s.so.1 $out/lib
        ln -s libstdc++.so.6 $out/lib/libstdc++.so
        ln -s libgcc_s.so.1 $out/lib/libgcc_s.so
        echo $release > $out/release
      ''
    // {
      pname = "gcc-lib";
    };

  shellOf =
    release:
    run
      {
        name = "shell-5";
        release = toString release;
      }
      ''
        mkdir -p $out/bin
        cp /bin/bash $out/bin
        ln -s bash $out/bin/sh
        echo $release > $out/release
      ''
    // {
      pname = "shell";
    };

  compiler =
    version: release:
    wrapCC {
      libc = libcOf release;
      ccLib = ccLibOf version release;
    }
    // {
      pname = "gcc-wrapper";
      inherit version;
    };
  compilers = release: {
    gcc = compiler "12" release;
    gcc13 = compiler "13" release;
  };
  overrideCC = stdenv: stdenv.override { cc = (compilers release).gcc13; };

  plain =
    release:
    stdenv {
      shell = "${shellOf release}/bin/bash";
      cc = compiler "12" release;
    };

  baseline = import ./packages.nix { stdenv = plain 0; } // compilers 0;

  inherit (import ../../../nix { inherit stub-builder; }) splitStdenv;
  split = import ./packages.nix {
    inherit patch extra;
    stdenv = splitting;
    gcc13Stdenv = overrideCC splitting;
  };
  splitting = splitStdenv (
    {
      inherit baseline pins;
      libc = libcOf release;
      ccLib = ccLibOf "12" release;
      programs = [
        {
          baseline = shellOf 0;
          package = shellOf release;
        }
      ];
      packages = split // compilers release;
      wrapCC =
        {
          cc,
          libc,
          ccLib,
        }:
        cc.override { inherit libc ccLib; };
    }
    // relinks
  ) (plain 0);
  programs = [
    "sing"
    "shout"
    "strings"
    "debug"
    "structured"
    "reader"
    "script"
    "made"
    "otherwise"
    "recital"
    "reciting"
  ];
in
{
  inherit baseline split;

  # What the programs say, each on nothing but what it refers to.
  runs =
    run
      (
        builtins.listToAttrs (
          map (name: {
            inherit name;
            value = split.${name};
          }) programs
        )
        // {
          name = "runs";
        }
      )
      ''
        for package in ${builtins.concatStringsSep " " (map (name: "$" + name) programs)}; do
          for program in $package/bin/*; do
            echo "== ''${program##*/}" >> $out
            "$program" >> $out 2>&1 || echo "failed" >> $out
          done
        done
      '';
  unsplit = import ./packages.nix {
    inherit patch extra;
    stdenv = plain release;
    gcc13Stdenv = overrideCC (plain release);
  };
}
