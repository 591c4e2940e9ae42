# answers : { zlib, libpng } -> derivation
#
# What pkg-config, the config script and libtool's file answer to those who
# compile against the finished package, and a program that has believed them.
{ run, libpngSource }:
{ zlib, libpng }:
run
  {
    name = "answers";
    zlibDev = zlib.dev;
    libpngDev = libpng.dev;
  }
  ''
    mkdir $out
    cd $out
    export PKG_CONFIG_PATH=$zlibDev/lib/pkgconfig:$libpngDev/lib/pkgconfig
    for what in --cflags --libs "--static --libs" --modversion --variable=libdir; do
      pkg-config $what libpng
      pkg-config $what zlib
    done > pkg-config
    for what in --prefix --cflags --ldflags "--static --ldflags"; do
      $libpngDev/bin/libpng16-config $what
    done > config
    (. $libpngDev/lib/libpng16.la && ls $libdir/$dlname && echo $dependency_libs) > libtool

    gcc $(pkg-config --cflags libpng zlib) ${libpngSource}/contrib/libtests/pngunknown.c \
      -DPNG_FREESTANDING_TESTS -o program $(pkg-config --libs libpng zlib) \
      $(pkg-config --libs-only-L libpng zlib | sed 's/-L/-Wl,-rpath,/g')
    ./program --strict default=discard ${libpngSource}/pngtest.png
  ''
