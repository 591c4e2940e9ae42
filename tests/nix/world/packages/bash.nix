# An interactive program. Its configure runs a program that asks readline for
# its version.
{
  stdenv,
  sources,
  readline,
}:
stdenv.mkDerivation {
  pname = "bash";
  version = "5.2.15";
  src = sources.bash;
  buildInputs = [ readline ];
  passthru.split.runsInBuild = [ readline ];
  CFLAGS = "-O0";
  configureFlags = [
    "--with-installed-readline=${readline}"
    "--with-curses"
    "--without-bash-malloc"
    "--disable-nls"
  ];
  postInstall = "ln -s bash $out/bin/sh";
}
