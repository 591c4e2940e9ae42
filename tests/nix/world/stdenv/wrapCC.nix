# wrapCC : { libc, ccLib } -> cc, with `override`
#
# The sandbox's gcc, for a C library in the store.
let
  wrap =
    arguments@{ libc, ccLib }:
    derivation {
      name = "cc-wrapper";
      system = "x86_64-linux";
      builder = "/bin/bash";
      args = [
        "-e"
        ./wrap-cc.sh
      ];
      PATH = "/usr/bin";
      ldWrapper = ./ld-wrapper.sh;
      libc = libc.out;
      libcDev = libc.dev;
      inherit ccLib;
    }
    // {
      inherit libc ccLib;
      override = change: wrap (arguments // change);
    };
in
wrap
