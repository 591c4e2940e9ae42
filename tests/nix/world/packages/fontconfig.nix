# A Meson project with dependencies, and what these propagate.
{
  stdenv,
  sources,
  freetype,
  expat,
}:
stdenv.mkDerivation {
  pname = "fontconfig";
  version = "2.14.1";
  src = sources.fontconfig;
  outputs = [
    "out"
    "dev"
  ];
  buildInputs = [ expat ];
  propagatedBuildInputs = [ freetype ];
  CFLAGS = "-O0";
  mesonFlags = [
    "-Ddoc=disabled"
    "-Dnls=disabled"
    "-Dtests=disabled"
    "-Dcache-build=disabled"
  ];
}
