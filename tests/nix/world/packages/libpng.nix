# Propagates zlib, as its headers do.
{
  stdenv,
  sources,
  zlib,
}:
stdenv.mkDerivation {
  pname = "libpng";
  version = "1.6.39";
  src = sources.libpng;
  outputs = [
    "out"
    "dev"
  ];
  propagatedBuildInputs = [ zlib ];
  CFLAGS = "-O1";
  configureFlags = [
    "--disable-static"
    "--disable-dependency-tracking"
  ];
}
