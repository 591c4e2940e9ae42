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
  # Its answers name zlib and openssl, which no interface tree may.
  split.interface.exclude = [ "bin/curl-config" ];
  CFLAGS = "-O0";
  configureFlags = [
    "--disable-dependency-tracking"
    "--with-openssl=${openssl.dev}"
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
