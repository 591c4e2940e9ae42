# The demo's packages: Debian's zlib, built in the sandbox, its stubs, and
# zlib's own example program linked against them.
{
  stubBuilder,
  source,
  patched ? false,
  hash ? null,
}:
let
  inherit (import ./builders.nix) builtAt run package;

  stub-builder = builtAt stubBuilder;

  zlibSource = builtins.path {
    name = "zlib-source";
    path = source;
  };

  zlib =
    package
      {
        pname = "zlib";
        version = "1.2.13${if patched then "-patched" else ""}";
        outputs = [
          "out"
          "dev"
        ];
        inherit zlibSource;
        # A fix inside of the library, with nothing to see from outside.
        fix = if patched then "s/incorrect header check/incorrect header check (fixed)/" else "";
      }
      ''
        cp -r $zlibSource source
        chmod -R u+w source
        cd source
        sed -i "$fix" inflate.c
        ./configure --prefix=$out --includedir=$dev/include
        make -j2 libz.so.1.2.13
        mkdir -p $out/lib $dev/include $dev/lib/pkgconfig
        cp -P libz.so* $out/lib
        cp zlib.h zconf.h $dev/include
        cp zlib.pc $dev/lib/pkgconfig
      '';

  stubs = (import ../../nix { inherit stub-builder; }).mkStubs {
    package = zlib;
    inherit hash;
  };

  minigzip =
    run
      {
        name = "minigzip";
        inherit zlibSource;
        inherit (stubs) out dev;
        outputs = [ "program" ];
      }
      ''
        export PKG_CONFIG_PATH=$dev/lib/pkgconfig:$out/lib/pkgconfig
        gcc -O1 $zlibSource/test/minigzip.c $(pkg-config --cflags --libs zlib) -o $program
      '';
in
{
  inherit zlib stubs minigzip;

  # The program that saw only stubs, on the real library.
  runs =
    run
      {
        name = "runs";
        inherit minigzip;
        inherit (zlib) out;
        outputs = [ "result" ];
      }
      ''
        export LD_LIBRARY_PATH=$out/lib
        echo "compressed and decompressed by the real zlib" | $minigzip | $minigzip -d > $result
        LD_TRACE_LOADED_OBJECTS=1 $minigzip | grep libz >> $result
      '';
}
