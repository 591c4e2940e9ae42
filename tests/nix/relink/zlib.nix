# zlib : { source, patch } -> libraries -> { attributes, script }
#
# `patch` is a script for the unpacked source.
{ source, patch }:
_: {
  attributes = {
    pname = "zlib";
    version = "1.2.13";
    outputs = [
      "out"
      "dev"
      "check"
    ];
    inherit source patch;
  };
  script = ''
    cp -r $source source
    chmod -R u+w source
    cd source
    eval "$patch"
    export CFLAGS="-O2 -g" LDFLAGS=-Wl,-rpath,$out/lib
    ./configure --prefix=$out --includedir=$dev/include
    make -j2 shared
    mkdir -p $out/lib $dev/include $dev/lib/pkgconfig $check/libexec
    cp -P libz.so* $out/lib
    cp zlib.h zconf.h $dev/include
    cp zlib.pc $dev/lib/pkgconfig
    cp examplesh minigzipsh $check/libexec
  '';
}
