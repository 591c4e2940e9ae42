# ccLib : { libc, release } -> package
#
# The compiler's libraries, from the sandbox, on a C library in the store.
let
  inherit (import ../builders.nix) run;
in
{ libc, release }:
run
  {
    name = "gcc-lib-12";
    inherit release libc;
  }
  ''
    mkdir -p $out/lib
    from=/usr/lib/x86_64-linux-gnu
    cp -P $from/libstdc++.so.6* $from/libgcc_s.so.1 $from/libatomic.so.1* $out/lib
    for library in libstdc++.so.6 libgcc_s.so.1 libatomic.so.1; do
      patchelf --set-rpath $out/lib:$libc/lib $out/lib/$library
      ln -s $library $out/lib/''${library%.*}
    done
    echo $release > $out/release
  ''
// {
  pname = "gcc-lib";
}
