# Sourced by every test: one Nix with an empty store of its own, and words to
# say what was built. Nothing outside .work/ is read or written by Nix.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$root/.work

# use_nix DIR STORE: Nix of DIR/bin (empty: the one on PATH), store below STORE
use_nix() {
  local toolroot=${TOOLROOT:-$work/toolroot}
  store=$2
  mkdir -p "$store/conf" "$store/home"
  [ -z "$1" ] || PATH=$1/bin:$PATH
  # 2.8 starts a program from there for each build, also where none is sent away.
  [ -z "$1" ] || export NIX_LIBEXEC_DIR=$1/root/usr/libexec
  # Real /nix/store paths inside the sandbox, below $store outside.
  export PATH NIX_REMOTE=$store NIX_CONF_DIR=$store/conf NIX_USER_CONF_FILES=/dev/null
  export XDG_CACHE_HOME=$store/home XDG_CONFIG_HOME=$store/home XDG_STATE_HOME=$store/home XDG_DATA_HOME=$store/home
  unset NIX_PATH
  export NIX_CONFIG="
experimental-features = nix-command flakes ca-derivations
sandbox = true
sandbox-fallback = false
build-users-group =
substituters =
allow-import-from-derivation = false
flake-registry =
sandbox-paths = /usr=$toolroot/usr /bin=$toolroot/usr/bin /lib=$toolroot/usr/lib /lib64=$toolroot/usr/lib64
"
  # Two that open a new store at once are in each other's way (nix,
  # src/libstore/local-store.cc, `createSymlink`).
  nix-store --init
}

# add_sandbox_paths INSIDE=OUTSIDE...
add_sandbox_paths() {
  NIX_CONFIG+="extra-sandbox-paths = $*
"
}

# A store is read-only inside.
remove_store() {
  [ ! -e "$1" ] || { chmod -R u+w "$1" && rm -rf "$1"; }
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# build ATTRIBUTE [--argstr NAME VALUE ...]: prints the output path of that
# attribute of $world; Nix's own log is in $log afterwards
build() {
  local attribute=$1
  shift
  if ! nix-build "$root/tests/nix/$world" --no-out-link --arg stubBuilder "$work/stub-builder" \
    -A "$attribute" "$@" 2>"$log"; then
    cat "$log" >&2
    fail "$attribute was not built"
  fi
}

# build_fails ATTRIBUTE ...: the same, but it must fail
build_fails() {
  ! (build "$@") >"$log.out" 2>&1 || fail "$1 was built"
}

# Whether Nix's log of the last build says that it built NAME.
was_built() { grep -qE "^building '/nix/store/[^']*-$1\.drv'" "$log"; }
expect_built() { was_built "$1" || { cat "$log" >&2; fail "$1 was not rebuilt, $2"; }; }
expect_kept() { ! was_built "$1" || { cat "$log" >&2; fail "$1 was rebuilt, $2"; }; }

# Compiling and relinking have one name; the builder's argument tells them apart.
how_built() { if grep -qF '["relink"]' "$(real "$1")"; then echo relinked; else echo compiled; fi; }
builds_of() {
  local drv
  sed -n "s/^building '\(\/nix\/store\/[^']*-$1\.drv\)'.*/\1/p" "$log" |
    while read -r drv; do how_built "$drv"; done | sort | paste -sd ' '
}
# expect_builds NAME "compiled relinked" or less: that, and no more
expect_builds() { expect_same "$(builds_of "$1")" "$2" "what was done to $1, and what should have been"; }

# expect_stopped ATTRIBUTE CODE [--argstr ...]: its relinking must fail with that
# code, and leave nothing in the store
expect_stopped() {
  local attribute=$1 code=$2 outputs output
  shift 2
  build_fails "$attribute" "$@"
  grep -qE "^stub-builder: error: $code: " "$log" || { cat "$log" >&2; fail "$attribute failed without $code"; }
  outputs=$(outputs_of "$attribute" "$@")
  for output in ${outputs:?no outputs of $attribute}; do
    [ ! -e "$(real "$output")" ] || fail "$output is there"
    ! nix-store --check-validity "$output" 2>/dev/null || fail "$output is valid"
  done
}

# outputs_of ATTRIBUTE ...: where its outputs are, or would be; Nix knows that
# beforehand if nothing below is content-addressed
outputs_of() {
  local attribute=$1
  shift
  nix-store --query --outputs "$(nix-instantiate "$root/tests/nix/$world" --arg stubBuilder "$work/stub-builder" \
    -A "$attribute" "$@" 2>/dev/null)"
}

# Where a store path lies on this machine; and its hash.
real() { echo "$store${1:?no path}"; }
hash_of() { nix hash path "$(real "$1")"; }

expect_same() { [ "$1" = "$2" ] || fail "$3: $1, and $2"; }
expect_other() { [ "$1" != "$2" ] || fail "$3: both $1"; }

# A test is called with NIX_DIR and TEST_STORE by run.sh.
if [ -n "${TEST_STORE:-}" ]; then
  use_nix "${NIX_DIR?}" "$TEST_STORE"
  log=$TEST_STORE/log
  world=world.nix
fi
