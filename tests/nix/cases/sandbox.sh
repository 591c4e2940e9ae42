#!/usr/bin/env bash
# The sandbox holds no library but the declared ones. Without this the other
# tests would prove nothing.
. "$(dirname "$0")/../lib.sh"

build withLibrary >/dev/null
build withoutLibrary >/dev/null
