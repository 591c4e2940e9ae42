# The C library as nixpkgs lays it out, made from Debian's packages, and the
# kernel's headers.
{
  # where the packages were unpacked, in the store
  packages,
  # another release of the same library
  release ? 0,
  # without the directories that Debian's loader looks into by itself: in them
  # the sandbox has a C library of its own
  alone ? false,
  # a sed expression for libc.so.6
  otherwise ? "",
}:
let
  inherit (import ./builders.nix) run package;
in
rec {
  linuxHeaders = run { name = "linux-headers-6"; } ''
    mkdir -p $out
    cp -r ${packages}/linux-libc-dev/usr/include $out/include
    chmod -R u+w $out
    mv $out/include/x86_64-linux-gnu/asm $out/include
    rmdir $out/include/x86_64-linux-gnu
  '';

  glibc =
    package
      {
        pname = "glibc";
        version = "2.36${if release == 0 then "" else ".${toString release}"}";
        outputs = [
          "out"
          "dev"
          "static"
        ];
        inherit packages linuxHeaders;
        # As long as what they take the place of.
        instead =
          if alone then
            "s,/lib/x86_64-linux-gnu/,/there-is-none/of-it//,g; s,/etc/ld.so.cache,/there/is.nosuch,g"
          else
            "";
        inherit otherwise;
        release = toString release;
      }
      ''
        mkdir -p $out/lib $dev $static/lib
        cp -P $packages/libc6/lib/x86_64-linux-gnu/*.so* $out/lib
        cp -r $packages/libc6/usr/lib/x86_64-linux-gnu/gconv $out/lib
        chmod -R u+w $out
        [ -z "$instead" ] || sed -i "$instead" $out/lib/ld-linux-x86-64.so.2 $out/lib/libc.so.6
        [ -z "$otherwise" ] || LC_ALL=C sed -i "$otherwise" $out/lib/libc.so.6
        [ -z "$release" ] || echo "release $release" > $out/lib/release
        from=$packages/libc6-dev/usr/lib/x86_64-linux-gnu
        cp $from/*.o $from/libc_nonshared.a $out/lib
        cp $from/libc.a $from/libm-2.36.a $static/lib
        for script in libc.so libm.so; do
          sed -E "s,(/usr)?/lib(64|/x86_64-linux-gnu)/,$out/lib/,g" $from/$script > $out/lib/$script
        done

        # As nixpkgs does, for programs that still ask for these by name.
        ln -s $out/lib/libpthread.so.0 $out/lib/libpthread.so
        ln -s $out/lib/librt.so.1 $out/lib/librt.so
        ln -s $out/lib/libdl.so.2 $out/lib/libdl.so
        touch $out/lib/libpthread.a

        cp -r $packages/libc6-dev/usr/include $dev/include
        chmod -R u+w $dev
        cp -r $dev/include/x86_64-linux-gnu/* $dev/include
        rm -r $dev/include/x86_64-linux-gnu
        for entry in $linuxHeaders/include/*; do
          case ''${entry##*/} in
            scsi) ;;
            *) ln -s $entry $dev/include ;;
          esac
        done
      '';
}
