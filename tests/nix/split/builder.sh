# The builder of every package.
# shellcheck shell=bash disable=SC1090,SC1091,SC2154
if [ -e "${NIX_ATTRS_SH_FILE:-}" ]; then
  . "$NIX_ATTRS_SH_FILE"
elif [ -e .attrs.sh ]; then
  . .attrs.sh
fi
. "$stdenv/setup"
build_package
