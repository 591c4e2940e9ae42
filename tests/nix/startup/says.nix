# says : { program } -> derivation
#
# What the program says; how often the loader looks for a library of the store,
# and where it finds the sixth.
{ run }:
{ program }:
run
  {
    name = "says";
    program = program.out;
  }
  ''
    mkdir $out
    $program/bin/program > $out/sum
    LD_DEBUG=libs $program/bin/program 2>&1 >/dev/null | grep -c 'trying file=/nix/store/' > $out/tries || true
    LD_DEBUG=files $program/bin/program 2>&1 >/dev/null | sed -nE 's/.*calling init: (.*libl5\.so\.1)$/\1/p' > $out/fifth
    readelf -dW $program/nix-support/startup-program.so | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' > $out/list
    # The library that is bound to its own function is not asked for it.
    LD_DEBUG=bindings $program/bin/program 2>&1 >/dev/null | grep -oE 'l[0-9]+_own' | sort > $out/own
  ''
