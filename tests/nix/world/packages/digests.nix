# Runs a program of its library input while it is built, and links the library.
{
  stdenv,
  openssl,
}:
stdenv.mkDerivation {
  pname = "digests";
  version = "1";
  buildInputs = [ openssl ];
  passthru.split.runsInBuild = [ openssl ];
  source = builtins.toFile "digests.c" ''
    #include <openssl/evp.h>
    #include <stdio.h>
    #include "empty.h"
    int main(void) {
      unsigned char digest[EVP_MAX_MD_SIZE];
      unsigned size = 0;
      if (!EVP_Digest("", 0, digest, &size, EVP_sha256(), NULL)) return 1;
      for (unsigned i = 0; i < size; i++) printf("%02x", digest[i]);
      printf(" %s\n", EMPTY);
      return 0;
    }
  '';
  buildPhase = ''
    # Found on PATH because it is an input, as a generator would be.
    echo "#define EMPTY \"$(openssl dgst -sha256 < /dev/null | sed 's/.*= //')\"" > empty.h
    gcc -I. -x c $source -o digests -lcrypto
  '';
  installPhase = "mkdir -p $out/bin; cp digests $out/bin";
}
