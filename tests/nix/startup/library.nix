# library : { number, answer } -> libraries -> { attributes, script }
#
# One function that answers by way of another of its own.
{ number, answer }:
_: {
  attributes = {
    pname = "l${toString number}";
    version = "1";
    outputs = [ "out" ];
  };
  script = ''
    mkdir -p $out/lib
    cat > library.c <<EOT
    int l${toString number}_own(void) { return ${toString answer}; }
    int l${toString number}(void) { return l${toString number}_own(); }
    EOT
    gcc -shared -fPIC -Wl,-z,now -Wl,--no-as-needed -Wl,-soname,libl${toString number}.so.1 library.c \
      -o $out/lib/libl${toString number}.so.1
  '';
}
