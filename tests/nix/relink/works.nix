# works : { zlib, libpng, optipng } -> derivation
#
# The packages' own tests, those of `make check` that take seconds, with the
# programs as they are in the finished packages; and in `loaded` what each
# program and library of them loads, in the loader's order.
#
# The sandbox has a zlib in Debian's directories, which a wrong RUNPATH would
# find: only the C library may come from there.
{
  run,
  libpngSource,
  optipngSource,
}:
{
  zlib,
  libpng,
  optipng,
}:
run
  {
    name = "works";
    zlibCheck = zlib.check;
    libpngCheck = libpng.check;
    libpngBin = libpng.bin;
    optipng = optipng.out;
    packages = [
      zlib.out
      zlib.check
      libpng.out
      libpng.bin
      libpng.check
      optipng.out
    ];
  }
  ''
    echo hello world | $zlibCheck/libexec/minigzipsh | $zlibCheck/libexec/minigzipsh -d
    $zlibCheck/libexec/examplesh scratch

    ln -s $libpngCheck/libexec/* .
    export srcdir=${libpngSource}
    for test in pngtest-all pngstest-{none,linear,sRGB-alpha} pngunknown-{discard,sAPI,save} pngimage-quick \
      pngvalid-{standard,progressive-standard}; do
      echo "libpng: $test"
      sh $srcdir/tests/$test > log 2>&1 || { cat log; exit 1; }
    done

    $optipng/bin/optipng -o1 -q ${optipngSource}/src/optipng/img/pngtest.png -out=small.png
    $libpngBin/bin/pngfix --quiet small.png

    mkdir $out
    for file in $(find $packages -type f); do
      [ "$(head -c 4 $file | tail -c 3)" = ELF ] || continue
      echo "$file:"
      # As it is found at run time, without the addresses.
      /lib64/ld-linux-x86-64.so.2 --list $file | sed -E 's/ \(0x.*//; s,//+,/,g'
    done > $out/loaded
    if grep -E '=> /(usr|lib)' $out/loaded | grep -vE '/lib(c|m)\.so\.6$'; then
      echo "loaded from Debian's directories"
      exit 1
    fi
  ''
