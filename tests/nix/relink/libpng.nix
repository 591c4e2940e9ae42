# libpng : { source } -> { zlib } -> { attributes, script }
#
# The programs that `make check` runs are an output of their own: they are
# relinked too, and run on the real libraries afterwards.
{ source }:
{ zlib }:
{
  attributes = {
    pname = "libpng";
    version = "1.6.39";
    outputs = [
      "out"
      "dev"
      "bin"
      "check"
    ];
    inherit source;
    zlib = zlib.out;
    zlibDev = zlib.dev;
  };
  script = ''
    # All files have one time in the store; else make would want automake.
    cp -r --preserve=timestamps $source source
    chmod -R u+w source
    cd source
    ./configure --prefix=$out --bindir=$bin/bin --includedir=$dev/include \
      --with-pkgconfigdir=$dev/lib/pkgconfig --disable-static --disable-dependency-tracking \
      CFLAGS="-O1 -g" CPPFLAGS=-I$zlibDev/include LDFLAGS="-L$zlib/lib -Wl,-rpath,$zlib/lib"
    make -j2
    make install

    tests="pngtest pngunknown pngstest pngvalid pngimage"
    make -j2 $tests
    mkdir -p $check/libexec
    ./libtool --mode=install install $tests $check/libexec

    # As nixpkgs does.
    mkdir -p $dev/bin $dev/nix-support
    mv $bin/bin/*-config $dev/bin
    mv $out/lib/*.la $dev/lib
    echo $zlibDev > $dev/nix-support/propagated-build-inputs
  '';
}
