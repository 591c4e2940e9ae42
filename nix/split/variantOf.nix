# variantOf : stdenv -> string
#
# What tells the interfaces of one package set from those of another for the same
# system: static libraries, another C library, another compiler.
stdenv:
let
  host = stdenv.hostPlatform;
  words =
    (if host.isMusl or false then [ "musl" ] else [ ])
    ++ (if host.isStatic or false then [ "static" ] else [ ])
    ++ (if (stdenv.buildPlatform.system or host.system) != host.system then [ "cross" ] else [ ]);
in
if words == [ ] then "default" else builtins.concatStringsSep "-" words
