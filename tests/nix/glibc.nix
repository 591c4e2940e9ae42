# The C library as nixpkgs lays it out, made from Debian's packages, its
# interface tree, and programs that are linked against either.
{
  stubBuilder,
  # where cases/glibc.sh unpacked Debian's packages
  debian,
}:
let
  inherit (import ./builders.nix) system run package;

  stub-builder = {
    inherit system;
    outPath = builtins.path {
      name = "stub-builder";
      path = stubBuilder;
    };
  };

  sources = builtins.path {
    name = "glibc-programs";
    path = ./glibc;
  };

  packages = builtins.path {
    name = "debian-packages";
    path = debian;
  };

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
        version = "2.36";
        outputs = [
          "out"
          "dev"
          "static"
        ];
        inherit packages linuxHeaders;
      }
      ''
        mkdir -p $out/lib $dev $static/lib
        cp -P $packages/libc6/lib/x86_64-linux-gnu/*.so* $out/lib
        cp -r $packages/libc6/usr/lib/x86_64-linux-gnu/gconv $out/lib
        chmod -R u+w $out
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

  stubs = (import ../../nix { inherit stub-builder; }).mkStubs {
    package = glibc;
  };

  # C and C++, with bfd and gold, with and without copy relocations; beside each
  # program what it imports.
  programs =
    library:
    run
      {
        name = "programs";
        inherit sources;
        inherit (library) out dev;
        outputs = [ "programs" ];
      }
      ''
        mkdir $programs
        own=$(gcc -print-file-name=include)
        c="-nostdinc -isystem $own -isystem $dev/include"
        cxx="-nostdinc -nostdinc++ -isystem /usr/include/c++/12 -isystem /usr/include/x86_64-linux-gnu/c++/12 -isystem $own -isystem $dev/include"
        for linker in bfd gold; do
          for mode in pie no-pie; do
            link="-B$out/lib -L$out/lib -fuse-ld=$linker -$mode -Wl,--no-as-needed -Wl,-t"
            to=$programs/$linker-$mode
            gcc $c -O1 -f$mode $sources/program.c $link -lm -ldl -lpthread -lrt -o $to-c > trace
            g++ $cxx -O1 -f$mode $sources/program.cc $link -lpthread -o $to-cxx >> trace

            # Of the sandbox's own toolchain only what belongs to the compiler.
            if grep -E '^\(?/(usr/)?lib' trace | grep -vE '/lib/gcc/|lib(gcc_s|stdc\+\+)\.so'; then
              echo "linked with the sandbox's own C library"
              exit 1
            fi
          done
        done
        for program in $programs/*; do
          {
            readelf -W -d $program | grep NEEDED | sed 's/.*\[//'
            # Data that the program has a copy of. Which further names of it are
            # exported depends on the order of the library's symbols, and bfd
            # finds one more in a stub: no import, so not compared.
            readelf -W -r $program | awk '/_COPY/ {print "copied", $5}' | sort
            # type, binding, name and version
            readelf -W --dyn-syms $program | awk '$7 == "UND" {print $4, $5, $8}' | sort
          } > $program.imports
        done
      '';
in
{
  inherit stubs linuxHeaders;
  onReal = programs glibc;
  onStubs = programs stubs;

  # Those that were linked to stubs, run on the real C library and no other.
  runs =
    run
      {
        name = "runs";
        programs = programs stubs;
        inherit (glibc) out;
        outputs = [ "result" ];
      }
      ''
        mkdir compiler
        cp /usr/lib/x86_64-linux-gnu/libstdc++.so.6 /lib/x86_64-linux-gnu/libgcc_s.so.1 compiler
        for program in $programs/*-c $programs/*-cxx; do
          load="$out/lib/ld-linux-x86-64.so.2 --library-path $out/lib:$PWD/compiler"
          $load --list $program | grep -E ' => /(usr/)?lib' && exit 1
          $load $program >> $result
        done
      '';
}
