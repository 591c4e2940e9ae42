# says : { libpng, optipng } -> derivation
#
# Which zlib it is, as the program says and as libpng quotes it.
{ run, libpngSource }:
{ libpng, optipng }:
run
  {
    name = "says";
    libpngCheck = libpng.check;
    optipng = optipng.out;
  }
  ''
    $optipng/bin/optipng -v | grep -o 'zlib version.*' > $out
    broken=${libpngSource}/contrib/testpngs/crashers/badadler.png
    ! $libpngCheck/libexec/pngtest --strict $broken > log 2>&1
    sed -n 's/.*libpng error: //p' log >> $out
  ''
