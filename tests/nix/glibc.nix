# The C library as nixpkgs lays it out, made from Debian's packages, its
# interface tree, and programs that are linked against either.
{
  stubBuilder,
  # where cases/glibc.sh unpacked Debian's packages
  debian,
}:
let
  inherit (import ./builders.nix) builtAt run;

  stub-builder = builtAt stubBuilder;

  sources = builtins.path {
    name = "glibc-programs";
    path = ./glibc;
  };

  packages = builtins.path {
    name = "debian-packages";
    path = debian;
  };

  inherit (import ./debian-glibc.nix { inherit packages; }) glibc linuxHeaders;

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
