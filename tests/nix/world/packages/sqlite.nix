# With debug information apart.
{
  stdenv,
  sources,
  zlib,
  readline,
}:
stdenv.mkDerivation {
  pname = "sqlite";
  version = "3.40.1";
  src = sources.sqlite3;
  outputs = [
    "out"
    "dev"
  ];
  separateDebugInfo = true;
  buildInputs = [
    zlib
    readline
  ];
  CFLAGS = "-O0 -g1";
  LDFLAGS = "-Wl,--build-id";
  configureFlags = [
    "--disable-static"
    "--disable-tcl"
    "--with-readline-inc=-I${readline.dev}/include"
  ];
}
