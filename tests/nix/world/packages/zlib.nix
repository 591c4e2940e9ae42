{
  stdenv,
  sources,
  change,
}:
stdenv.mkDerivation {
  pname = "zlib";
  version = "1.2.13";
  src = sources.zlib;
  outputs = [
    "out"
    "dev"
  ];
  CFLAGS = "-O1";
  # A fix of a word, or a new function.
  postPatch =
    if change "zlib" == "patched" then
      "sed -i s/incorrect.header.check/incorrect-header-check/ inflate.c infback.c"
    else if change "zlib" == "extra" then
      ''
        echo 'int zlibAnswer(void) { return 42; }' >> zutil.c
        sed -i 's/^ZEXTERN const char \* ZEXPORT zlibVersion.*/ZEXTERN int ZEXPORT zlibAnswer OF((void));\n&/' zlib.h
        echo 'ZLIB_1.2.99 { global: zlibAnswer; } ZLIB_1.2.12;' >> zlib.map
        grep -q zlibAnswer zlib.h
      ''
    else
      "";
  configurePhase = "./configure --prefix=$out --includedir=$dev/include";
  checkPhase = "make test";
}
