# What each update changes: a package's source, by a patch that leaves its
# interface ("patched") or by a new function ("extra"), or its release.
{
  none = { };
  zlib-patched.zlib = "patched";
  openssl-patched.openssl = "patched";
  glibc-release.glibc = "newest";
  openssl-release.openssl = "newest";
  expat-release.expat = "newest";
  zlib-function.zlib = "extra";
  glibc-lacking.glibc = "lacking";
}
