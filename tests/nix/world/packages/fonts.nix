# A program in a wrapper script, five libraries above zlib.
{
  stdenv,
  fontconfig,
  bash,
  curl,
}:
stdenv.mkDerivation {
  pname = "fonts";
  version = "1";
  buildInputs = [ bash ];
  strictDeps = true;
  configuration = builtins.toFile "fonts.conf" "<fontconfig><dir>/fonts</dir></fontconfig>";
  installPhase = ''
    mkdir -p $out/bin $out/etc
    cp $configuration $out/etc/fonts.conf
    make_wrapper ${fontconfig}/bin/fc-list $out/bin/fonts \
      --set FONTCONFIG_FILE $out/etc/fonts.conf --prefix PATH ${curl}/bin
  '';
}
