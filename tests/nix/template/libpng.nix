{ stdenv }:
stdenv.mkDerivation {
  pname = "libpng";
  version = "1";
  outputs = [
    "out"
    "dev"
  ];
  answer = "1";
  buildPhase = ''
    echo "int png_answer(void) { return $answer; }" > png.c
    gcc -fPIC -shared -Wl,-soname,libpng.so.1 -o libpng.so.1 png.c
  '';
  installPhase = ''
    mkdir -p $out/lib $dev/include
    cp libpng.so.1 $out/lib
    ln -s libpng.so.1 $out/lib/libpng.so
    echo 'int png_answer(void);' > $dev/include/png.h
  '';
}
