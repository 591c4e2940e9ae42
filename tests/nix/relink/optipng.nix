# optipng : { source } -> { zlib, libpng } -> { attributes, script }
{ source }:
{ zlib, libpng }:
{
  attributes = {
    pname = "optipng";
    version = "0.7.7";
    outputs = [ "out" ];
    inherit source;
    zlib = zlib.out;
    zlibDev = zlib.dev;
    libpng = libpng.out;
    libpngDev = libpng.dev;
  };
  script = ''
    cp -r $source source
    chmod -R u+w source
    cd source
    export PKG_CONFIG_PATH=$zlibDev/lib/pkgconfig:$libpngDev/lib/pkgconfig
    # As a wrapped compiler would, so that include directories are in the debug
    # information and the libraries' directories in RUNPATH.
    export CFLAGS="-O2 -g" CPPFLAGS="$(pkg-config --cflags libpng zlib)"
    export LDFLAGS="$(pkg-config --libs-only-L libpng zlib) -Wl,-rpath,$libpng/lib -Wl,-rpath,$zlib/lib"
    ./configure --prefix=$out --with-system-libs
    make
    make install

    # Names libraries in a text and by a link.
    mkdir -p $out/share/optipng
    ln -s $zlibDev/include/zlib.h $out/share/optipng
    echo "optipng with $libpng/lib/libpng16.so.16 and $zlib" > $out/share/optipng/libraries
  '';
}
