# The stdenv's own builder.
# shellcheck shell=bash disable=SC2154
export PATH=/usr/bin
mkdir -p "$out"
{
  echo "export SHELL=$shell"
  echo "tools=\"$tools\""
  echo "$preHook"
  cat "$setup"
} >"$out/setup"
