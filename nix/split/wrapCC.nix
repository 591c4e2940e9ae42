# wrapCC : { cc, libc, ccLib } -> cc
#
# The same compiler around another C library and other compiler libraries (null:
# its own), as nixpkgs' cc-wrapper takes them.
{
  cc,
  libc,
  ccLib,
}:
cc.override (
  _:
  (
    if libc == null then
      { }
    else
      {
        inherit libc;
        bintools = cc.bintools.override { inherit libc; };
      }
  )
  // (
    if ccLib == null then
      { }
    else
      {
        cc = cc.cc // {
          lib = ccLib;
        };
      }
  )
)
