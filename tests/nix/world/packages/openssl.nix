# With what the others need, and no static libraries: they would take as long
# again.
{
  stdenv,
  sources,
  change,
}:
let
  src = sources."openssl-${if change "openssl" == "newest" then "newest" else "oldest"}";
  field =
    name:
    builtins.head (builtins.match ".*${name}=([0-9]+).*" (builtins.readFile "${src}/VERSION.dat"));
in
stdenv.mkDerivation {
  pname = "openssl";
  version = "${field "MAJOR"}.${field "MINOR"}.${field "PATCH"}";
  inherit src;
  outputs = [
    "out"
    "dev"
  ];
  CFLAGS = "-O0";
  # A fix of a word, as long as it was.
  postPatch =
    if change "openssl" == "patched" then
      "sed -i 's/bad decrypt/bad-decrypt/' crypto/evp/evp_err.c"
    else
      "";
  configurePhase = ''
    perl Configure linux-x86_64 --prefix=$out --libdir=lib --openssldir=/etc/ssl shared no-asm no-tests \
      no-aria no-bf no-blake2 no-camellia no-cast no-chacha no-cmp no-cms no-comp no-ct no-dtls no-ec2m no-engine \
      no-gost no-idea no-legacy no-md4 no-mdc2 no-module no-multiblock no-ocb no-poly1305 no-psk no-rc2 no-rc4 \
      no-rmd160 no-scrypt no-seed no-siphash no-siv no-sm2 no-sm3 no-sm4 no-srp no-srtp no-ts no-whirlpool
  '';
  buildPhase = "make -j$jobs build_generated && make -j$jobs libcrypto.so libssl.so apps/openssl libcrypto.pc libssl.pc openssl.pc";
  installPhase = ''
    mkdir -p $out/bin $out/lib/pkgconfig $out/include
    cp apps/openssl $out/bin
    cp -P libcrypto.so* libssl.so* $out/lib
    cp *.pc $out/lib/pkgconfig
    cp -r include/openssl $out/include
    rm $out/include/openssl/*.in
    sed -i "s,^includedir=.*,includedir=$dev/include," $out/lib/pkgconfig/*.pc
  '';
}
