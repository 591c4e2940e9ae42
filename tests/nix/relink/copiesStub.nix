# copiesStub : { zlib } -> { attributes, script }
#
# Bundles the libraries that it finds, as some packages do.
{ zlib }:
{
  attributes = {
    pname = "copies-stub";
    version = "1";
    outputs = [ "out" ];
    zlib = zlib.out;
  };
  script = ''
    mkdir -p $out/lib
    cp $zlib/lib/libz.so.1 $out/lib/libbundled.so
  '';
}
