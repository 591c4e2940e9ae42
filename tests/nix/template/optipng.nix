{ stdenv, freetype }:
stdenv.mkDerivation {
  pname = "optipng";
  version = "1";
  buildInputs = [ freetype ];
  buildPhase = ''
    printf 'int ft_answer(void); int main(void) { return ft_answer(); }\n' > main.c
    gcc main.c -o optipng -lfreetype
  '';
  installPhase = "mkdir -p $out/bin; cp optipng $out/bin";
}
