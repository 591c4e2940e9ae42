# An extension module, and in C++.
{
  stdenv,
  sources,
  brotli,
}:
stdenv.mkDerivation {
  pname = "python-brotli";
  version = "1.0.9";
  src = sources.brotli;
  buildInputs = [ brotli ];
  headers = "${sources.python-dev}/libpython3.11-dev/usr/include/python3.11";
  buildPhase = ''
    g++ -O0 -fPIC -shared -Ic/include -I$headers -I$(dirname $headers)/x86_64-linux-gnu/python3.11 -I$(dirname $headers) \
      python/_brotli.cc -o _brotli$(python3 -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))') \
      -lbrotlienc -lbrotlidec
  '';
  installPhase = ''
    mkdir -p $out/lib/python3.11/site-packages
    cp _brotli*.so python/brotli.py $out/lib/python3.11/site-packages
  '';
}
