# compressed : { zlib } -> { attributes, script }
#
# Has a path of zlib's in debug information that is compressed, where neither
# Nix nor `mask` sees it.
{ zlib }:
{
  attributes = {
    pname = "compressed";
    version = "1";
    outputs = [ "out" ];
    zlib = zlib.out;
    zlibDev = zlib.dev;
  };
  script = ''
    mkdir -p $out/bin
    cat > main.c <<EOT
    #include <stdio.h>
    #include <zlib.h>
    int main(void) { z_stream stream = {0}; return inflateInit(&stream) + puts(zlibVersion()) < 0; }
    EOT
    gcc -g -gz=zlib -I$zlibDev/include main.c -o $out/bin/compressed -L$zlib/lib -lz -Wl,-rpath,$zlib/lib
  '';
}
