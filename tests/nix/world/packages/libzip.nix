# A CMake project with dependencies.
{
  stdenv,
  sources,
  zlib,
  openssl,
}:
stdenv.mkDerivation {
  pname = "libzip";
  version = "1.7.3";
  src = sources.libzip;
  outputs = [
    "out"
    "dev"
  ];
  buildInputs = [
    zlib
    openssl
  ];
  CFLAGS = "-O0";
  cmakeFlags = [
    "-DENABLE_BZIP2=OFF"
    "-DENABLE_LZMA=OFF"
    "-DENABLE_ZSTD=OFF"
    "-DENABLE_GNUTLS=OFF"
    "-DENABLE_MBEDTLS=OFF"
    "-DENABLE_OPENSSL=ON"
    "-DBUILD_REGRESS=OFF"
    "-DBUILD_EXAMPLES=OFF"
    "-DBUILD_DOC=OFF"
  ];
}
