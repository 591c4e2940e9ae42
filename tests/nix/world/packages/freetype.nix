{
  stdenv,
  sources,
  libpng,
  zlib,
  brotli,
}:
stdenv.mkDerivation {
  pname = "freetype";
  version = "2.12.1";
  src = sources.freetype;
  outputs = [
    "out"
    "dev"
  ];
  propagatedBuildInputs = [
    zlib
    libpng
    brotli
  ];
  CFLAGS = "-O0";
  mesonFlags = [
    "-Dharfbuzz=disabled"
    "-Dbzip2=disabled"
    "-Dpng=enabled"
    "-Dzlib=system"
    "-Dbrotli=enabled"
  ];
}
