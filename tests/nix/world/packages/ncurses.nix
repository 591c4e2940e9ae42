{ stdenv, sources }:
stdenv.mkDerivation {
  pname = "ncurses";
  version = "6.4";
  src = sources.ncurses;
  outputs = [
    "out"
    "dev"
  ];
  CFLAGS = "-O0";
  configureFlags = [
    "--with-shared"
    "--without-normal"
    "--without-debug"
    "--without-ada"
    "--without-cxx"
    "--without-cxx-binding"
    "--without-manpages"
    "--without-tests"
    "--enable-widec"
    "--enable-overwrite"
  ];
  installPhase = "make install.libs install.progs install.includes install.data";
  postInstall = ''
    for library in ncurses form menu panel; do ln -s lib''${library}w.so $out/lib/lib$library.so; done
    ln -s libncursesw.so $out/lib/libtinfo.so
  '';
}
