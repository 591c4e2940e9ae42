# The builder of the compiler's wrapper: gcc and g++ that know the C library in
# the store alone, and a linker (ld-wrapper.sh) that gives what it links a
# RUNPATH, as nixpkgs' wrappers do.
# shellcheck shell=bash disable=SC2154
mkdir -p "$out/bin"
own=$(gcc -print-file-name=include)

for linker in ld ld.bfd ld.gold; do
  {
    echo "#!/bin/bash"
    echo "linker=/usr/bin/$linker libc=$libc ccLib=$ccLib"
    cat "$ldWrapper"
  } >"$out/bin/$linker"
done

for compiler in gcc g++ cc c++; do
  case $compiler in
    *++) cxx='-nostdinc++ -isystem /usr/include/c++/12 -isystem /usr/include/x86_64-linux-gnu/c++/12' ;;
    *) cxx= ;;
  esac
  cat >"$out/bin/$compiler" <<EOT
#!/bin/bash
exec /usr/bin/$compiler -B$out/bin/ -B$libc/lib/ -nostdinc $cxx -isystem $own \$NIX_CFLAGS_COMPILE "\$@" -idirafter $libcDev/include
EOT
done
chmod +x "$out"/bin/*
