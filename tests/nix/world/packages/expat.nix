# Its real outputs, from Debian's packages of two patch releases: only the
# binary packages of both are in the archive for sure.
{
  stdenv,
  sources,
  change,
}:
let
  debian = if change "expat" == "newest" then sources.expat-newest else sources.expat-oldest;
in
stdenv.mkDerivation {
  pname = "expat";
  version = "2.5.0";
  outputs = [
    "out"
    "dev"
  ];
  inherit debian;
  installPhase = ''
    mkdir -p $out/lib/pkgconfig $dev
    cp -P $debian/libexpat1/lib/x86_64-linux-gnu/libexpat.so.* $out/lib ||
      cp -P $debian/libexpat1/usr/lib/x86_64-linux-gnu/libexpat.so.* $out/lib
    chmod -R u+w $out
    ln -s libexpat.so.1 $out/lib/libexpat.so
    # What it would have got from a linker that knows where the C library is.
    patchelf --set-rpath $(dirname $(gcc -print-file-name=libc.so.6)) $out/lib/libexpat.so.1
    cp -r $debian/libexpat1-dev/usr/include $dev/include
    chmod -R u+w $dev
    cp $dev/include/x86_64-linux-gnu/* $dev/include
    rm -r $dev/include/x86_64-linux-gnu
    sed -e "s,^prefix=.*,prefix=$out," -e "s,^libdir=.*,libdir=$out/lib," -e "s,^includedir=.*,includedir=$dev/include," \
      $debian/libexpat1-dev/usr/lib/x86_64-linux-gnu/pkgconfig/expat.pc > $out/lib/pkgconfig/expat.pc
  '';
}
