{
  stdenv,
  sources,
  ncurses,
}:
stdenv.mkDerivation {
  pname = "readline";
  version = "8.2";
  src = sources.readline;
  outputs = [
    "out"
    "dev"
  ];
  propagatedBuildInputs = [ ncurses ];
  CFLAGS = "-O0";
  configureFlags = [
    "--disable-static"
    "--disable-install-examples"
  ];
  makeFlags = [ "SHLIB_LIBS=-lncursesw" ];
}
