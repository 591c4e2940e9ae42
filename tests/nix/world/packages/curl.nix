{
  stdenv,
  sources,
  zlib,
  openssl,
}:
stdenv.mkDerivation {
  pname = "curl";
  version = "7.88.1";
  src = sources.curl;
  outputs = [
    "out"
    "dev"
  ];
  propagatedBuildInputs = [
    zlib
    openssl
  ];
  CFLAGS = "-O0";
  configureFlags = [
    "--disable-dependency-tracking"
    # A path would be printed by curl-config; relink gives one that is a whole
    # tree to the output with the libraries (docs/relink.md), not to dev.
    "--with-openssl"
    "--with-zlib"
    "--disable-manual"
    "--disable-ldap"
    "--without-brotli"
    "--disable-ntlm"
    "--disable-static"
    "--without-ca-bundle"
    "--without-ca-path"
    "--disable-ftp"
    "--disable-imap"
    "--disable-pop3"
    "--disable-smtp"
    "--disable-rtsp"
    "--disable-telnet"
    "--disable-tftp"
    "--disable-gopher"
    "--disable-mqtt"
    "--disable-dict"
  ];
}
