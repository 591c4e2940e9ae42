{ stdenv, libpng }:
stdenv.mkDerivation {
  pname = "freetype";
  version = "1";
  buildInputs = [ libpng ];
  buildPhase = ''
    printf '#include <png.h>\nint ft_answer(void) { return png_answer(); }\n' > ft.c
    gcc -fPIC -shared -Wl,-soname,libfreetype.so -o libfreetype.so ft.c -lpng
  '';
  installPhase = "mkdir -p $out/lib; cp libfreetype.so $out/lib";
}
