# program : libraries -> { attributes, script }
#
# Adds up what all of them answer.
libraries: {
  attributes = {
    pname = "program";
    version = "1";
    outputs = [ "out" ];
  }
  // builtins.mapAttrs (_: library: library.out) libraries;
  script = ''
    mkdir -p $out/bin
    libraries="${toString (builtins.attrNames libraries)}"
    sum=0 linking=
    for name in $libraries; do
      echo "int $name(void);" >> main.c
      sum="$sum + $name()"
      linking="$linking ''${!name}/lib/lib$name.so.1 -Wl,-rpath,''${!name}/lib"
    done
    echo "#include <stdio.h>
      int main(void) { printf(\"%d\\n\", $sum); return 0; }" >> main.c
    gcc main.c -o $out/bin/program $linking
  '';
}
