# What every package's builder sources: inputs, and phases.
# shellcheck shell=bash disable=SC1090,SC1091,SC2034,SC2046,SC2123,SC2154,SC2164

PATH=
for tool in $tools; do PATH=$PATH:$tool/bin; done
export PATH=${PATH#:}
export NIX_CFLAGS="${NIX_CFLAGS:-}" NIX_LDFLAGS="${NIX_LDFLAGS:-}" PKG_CONFIG_PATH=

# An attribute's words, be it an array or a string.
words() {
  local -n value=$1
  echo "${value[@]}"
}
output_path() {
  if [[ $(declare -p outputs) = "declare -A"* ]]; then echo "${outputs[$1]}"; else echo "${!1}"; fi
}
output_names() {
  if [[ $(declare -p outputs) = "declare -A"* ]]; then echo "${!outputs[@]}"; else echo "$outputs"; fi
}
for name in $(output_names); do declare "$name=$(output_path "$name")"; done
first=$(output_names | tr ' ' '\n' | grep -x out || output_names | cut -d' ' -f1)
prefix=$(output_path "$first")
dev=${dev:-$prefix}

# Depth first, each input before what it propagates.
declare -A seen
inputs=()
preCheckHooks=() postCheckHooks=()
find_inputs() {
  local input
  for input; do
    [ -z "${seen[$input]:-}" ] || continue
    seen[$input]=1
    inputs+=("$input")
    [ ! -e "$input/nix-support/propagated-build-inputs" ] ||
      find_inputs $(cat "$input/nix-support/propagated-build-inputs")
  done
}
for input in $(words nativeBuildInputs); do
  if [ -f "$input" ]; then . "$input"; else export PATH=$input/bin:$PATH; fi
done
find_inputs $(words buildInputs) $(words propagatedBuildInputs)
HOST_PATH=
# As in nixpkgs' setup.sh, scripts may be the stdenv's own shell's.
[ -n "${strictDeps:-}" ] || HOST_PATH=:${SHELL%/*}
for input in "${inputs[@]}"; do
  HOST_PATH=$HOST_PATH:$input/bin
  [ ! -d "$input/include" ] || NIX_CFLAGS+=" -isystem $input/include"
  [ ! -d "$input/lib" ] || NIX_LDFLAGS+=" -L$input/lib"
  PKG_CONFIG_PATH+=:$input/lib/pkgconfig
  [ ! -e "$input/nix-support/setup-hook" ] || . "$input/nix-support/setup-hook"
done
[ -n "${strictDeps:-}" ] || PATH=$PATH$HOST_PATH

# What setup hooks have added to a phase.
run_hook() {
  local -n hooks=$1Hooks
  local hook
  for hook in "${hooks[@]}"; do "$hook"; done
}

patch_shebangs() {
  local file interpreter
  find "$1" -type f -perm -0100 | while IFS= read -r file; do
    interpreter=$(head -n 1 "$file" | tr -d '\0' | sed -n 's,^#! */\(usr/\)\?bin/\(env \)\?\([a-z]*\)$,\3,p')
    [ -n "$interpreter" ] || continue
    if found=$(PATH=$HOST_PATH type -P "$interpreter"); then
      sed -i "1s,.*,#!$found," "$file"
    fi
  done
}

build_package() {
  if [ -n "${buildCommand:-}" ]; then
    eval "$buildCommand"
    return
  fi
  if [ -n "${src:-}" ]; then
    cp -r "$src" source
    chmod -R u+w source
    cd source
  fi
  eval "${patchPhase:-}"
  eval "${configurePhase:-}"
  eval "${buildPhase:-}"
  if [ -n "${doCheck:-}" ]; then
    run_hook preCheck
    eval "${checkPhase:-}"
    run_hook postCheck
  fi
  mkdir -p "$prefix"
  eval "$installPhase"

  if [ "$dev" != "$prefix" ]; then
    mkdir -p "$dev/lib"
    for below in include lib/pkgconfig; do
      [ ! -d "$prefix/$below" ] || mv "$prefix/$below" "$dev/$below"
    done
    mkdir -p "$dev/nix-support"
    echo -n " $prefix" >"$dev/nix-support/propagated-build-inputs"
  fi
  if [ -n "$(words propagatedBuildInputs)" ]; then
    mkdir -p "$dev/nix-support"
    echo "$(words propagatedBuildInputs) $(cat "$dev/nix-support/propagated-build-inputs" 2>/dev/null || :)" >"$dev/nix-support/propagated.new"
    mv "$dev/nix-support/propagated.new" "$dev/nix-support/propagated-build-inputs"
  fi
  if [ -n "${setupHook:-}" ]; then
    mkdir -p "$dev/nix-support"
    cp "$setupHook" "$dev/nix-support/setup-hook"
  fi
  patch_shebangs "$prefix"
  if [ -n "${separateDebugInfo:-}" ]; then
    mkdir -p "$debug/lib/debug"
    find "$prefix" -type f | while IFS= read -r file; do
      readelf -h "$file" >/dev/null 2>&1 || continue
      objcopy --only-keep-debug --compress-debug-sections "$file" "$debug/lib/debug/${file##*/}.debug"
      strip --strip-debug "$file"
      (cd "$debug/lib/debug" && objcopy --add-gnu-debuglink="${file##*/}.debug" "$file")
    done
    [ -z "${src:-}" ] || ln -s "$src" "$debug/source"
  fi
}
