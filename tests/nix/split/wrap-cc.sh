# The builder of the compiler's wrapper: gcc for $triple that knows the C library
# in the store alone, and gives what it links a RUNPATH with the directories of the
# libraries that it was linked with.
# shellcheck shell=bash disable=SC2154
mkdir -p "$out/bin"
for language in c c++; do
  case $language in
    c) compiler=gcc extra='' ;;
    c++)
      compiler=g++ extra=-nostdinc++
      for directory in $("$triple-g++" -E -v -x c++ /dev/null 2>&1 | grep '^ /.*/c++/'); do
        extra+=" -isystem $(realpath "$directory")"
      done
      ;;
  esac
  own=$("$triple-gcc" -print-file-name=include)
  cat >"$out/bin/$compiler" <<EOT
#!/bin/bash
libraries=()
directories=()
link=1
previous=
for argument; do
  case \$argument in
    -c | -E | -S | -M | -MM) link= ;;
    -L*) directories+=("\${argument#-L}") ;;
    -l*) libraries+=("\${argument#-l}") ;;
  esac
  previous=\$argument
done
for flag in \$NIX_LDFLAGS; do
  case \$flag in -L*) directories+=("\${flag#-L}") ;; esac
done
directories+=($ccLib/lib $libc/lib)
flags=()
if [ -n "\$link" ]; then
  flags+=(-B$libc/lib -L$ccLib/lib -L$libc/lib -Wl,--dynamic-linker=$libc/lib/$loader -Wl,--enable-new-dtags)
  [ "$language" = c ] || libraries+=(stdc++ m gcc_s)
  used=()
  for library in "\${libraries[@]}" c; do
    for directory in "\${directories[@]}"; do
      if [ -e "\$directory/lib\$library.so" ]; then
        case " \${used[*]} " in *" \$directory "*) ;; *) used+=("\$directory") ;; esac
        break
      fi
    done
  done
  # Debian's libstdc++ doesn't say where libm is; the program does.
  [ "$language" = c ] || flags+=(-Wl,--no-as-needed -lm)
  for directory in "\${used[@]}"; do flags+=(-Wl,-rpath,"\$directory"); done
fi
exec /usr/bin/$triple-$compiler -nostdinc $extra -isystem $own \$NIX_CFLAGS "\$@" -idirafter $libcDev/include \$NIX_LDFLAGS "\${flags[@]}"
EOT
  chmod +x "$out/bin/$compiler"
done
