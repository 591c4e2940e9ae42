# A CMake project.
{ stdenv, sources }:
stdenv.mkDerivation {
  pname = "brotli";
  version = "1.0.9";
  src = sources.brotli;
  outputs = [
    "out"
    "dev"
  ];
  CFLAGS = "-O1";
  cmakeFlags = [ "-DBROTLI_DISABLE_TESTS=ON" ];
  postInstall = "rm $out/lib/*-static.a";
}
