# A C++ library and its C++ programs; a CMake project with a dependency.
{
  stdenv,
  sources,
  brotli,
}:
stdenv.mkDerivation {
  pname = "woff2";
  version = "1.0.2";
  src = sources.woff2;
  outputs = [
    "out"
    "dev"
  ];
  buildInputs = [ brotli ];
  CFLAGS = "-O0";
  cmakeFlags = [ "-DBUILD_SHARED_LIBS=ON" ];
  postInstall = ''
    mkdir -p $out/bin
    cp woff2_compress woff2_decompress woff2_info $out/bin
  '';
}
