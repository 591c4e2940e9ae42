# What every package's builder sources: inputs, and phases, as nixpkgs' setup.sh
# and its hooks have them, for what the packages here need.
# shellcheck shell=bash disable=SC1090,SC1091,SC2034,SC2046,SC2086,SC2123,SC2154,SC2164,SC2206

PATH=
for tool in $tools; do PATH=$PATH:$tool/bin; done
export PATH=${PATH#:}
export NIX_CFLAGS_COMPILE="${NIX_CFLAGS_COMPILE:-}" NIX_LDFLAGS="${NIX_LDFLAGS:-}"
export PKG_CONFIG_PATH='' CMAKE_PREFIX_PATH=''
export HOME=/homeless-shelter LC_ALL=C SOURCE_DATE_EPOCH=1 TERM=dumb
outputs=($outputs)
prefix=$out
dev=${dev:-$out}
jobs=${NIX_BUILD_CORES:-2}
[ "$jobs" != 0 ] || jobs=2

# Inputs: depth first, each before what it propagates.
declare -A seen
inputs=()
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
for input in $nativeBuildInputs; do
  PATH=$input/bin:$PATH
  [ ! -e "$input/nix-support/setup-hook" ] || . "$input/nix-support/setup-hook"
done
find_inputs $buildInputs $propagatedBuildInputs
HOST_PATH=
NIX_LDFLAGS="-rpath $prefix/lib $NIX_LDFLAGS"
for input in "${inputs[@]}"; do
  HOST_PATH=$HOST_PATH:$input/bin
  [ ! -d "$input/include" ] || NIX_CFLAGS_COMPILE+=" -isystem $input/include"
  [ ! -d "$input/lib" ] || NIX_LDFLAGS+=" -L$input/lib"
  PKG_CONFIG_PATH+=${PKG_CONFIG_PATH:+:}$input/lib/pkgconfig
  CMAKE_PREFIX_PATH+=${CMAKE_PREFIX_PATH:+:}$input
  [ ! -e "$input/nix-support/setup-hook" ] || . "$input/nix-support/setup-hook"
done
[ -n "${strictDeps:-}" ] || PATH=$PATH$HOST_PATH

# makeWrapper, with the shell among the library inputs, as runtimeShell is.
# make_wrapper PROGRAM WRAPPER [--set NAME VALUE | --prefix NAME VALUE]...
make_wrapper() {
  local program=$1 wrapper=$2
  shift 2
  {
    echo "#!$(PATH=$HOST_PATH type -P bash || echo /bin/bash) -e"
    while [ $# -gt 0 ]; do
      case $1 in
        --set) echo "export $2='$3'" ;;
        --prefix) echo "export $2='$3'\${$2:+:\$$2}" ;;
      esac
      shift 3
    done
    echo "exec \"$program\" \"\$@\""
  } >"$wrapper"
  chmod +x "$wrapper"
}
# wrap_program PROGRAM ...: a wrapper in its place
wrap_program() {
  local hidden=${1%/*}/.${1##*/}-wrapped
  mv "$1" "$hidden"
  make_wrapper "$hidden" "$@"
}

unpack() {
  [ -n "${src:-}" ] || return 0
  # All files have one time in the store; else make would want automake.
  cp -r --preserve=timestamps "$src" source
  chmod -R u+w source
  cd source
}

apply_patches() {
  local patch
  for patch in $patches; do
    echo "applying $patch"
    patch -p1 --no-backup-if-mismatch <"$patch"
  done
  eval "${postPatch:-}"
}

configure() {
  eval "${preConfigure:-}"
  if [ -n "${configurePhase:-}" ]; then
    eval "$configurePhase"
  elif [ -n "${cmakeFlags+there}" ]; then
    mkdir -p build
    cd build
    cmake .. -GNinja -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_BINDIR="$prefix/bin" \
      -DCMAKE_INSTALL_LIBDIR="$prefix/lib" -DCMAKE_INSTALL_INCLUDEDIR="$dev/include" \
      -DCMAKE_SKIP_RPATH=ON -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_CXX_FLAGS="$CFLAGS" \
      -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ $cmakeFlags
  elif [ -n "${mesonFlags+there}" ]; then
    python3 "$mesonScript" setup build --prefix="$prefix" --libdir="$prefix/lib" --includedir="$dev/include" \
      --buildtype=plain --wrap-mode=nodownload --auto-features=auto $mesonFlags
    cd build
  elif [ -x configure ]; then
    ./configure --prefix="$prefix" --includedir="$dev/include" $configureFlags
  fi
  eval "${postConfigure:-}"
}

build() {
  if [ -n "${buildPhase:-}" ]; then
    eval "$buildPhase"
  elif [ -e build.ninja ]; then
    ninja -j"$jobs"
  elif [ -e Makefile ] || [ -e makefile ] || [ -e GNUmakefile ]; then
    make -j"$jobs" $makeFlags $buildFlags
  fi
  eval "${postBuild:-}"
}

check() { eval "${checkPhase:-}"; }

install_files() {
  eval "${preInstall:-}"
  if [ -n "${installPhase:-}" ]; then
    eval "$installPhase"
  elif [ -n "${mesonFlags+there}" ]; then
    python3 "$mesonScript" install --no-rebuild
  elif [ -e build.ninja ]; then
    ninja install
  else
    make install $makeFlags $installFlags
  fi
  eval "${postInstall:-}"
}

# Fixup: what nixpkgs' hooks do, in their order.
elf_files() {
  find "$@" -type f ! -name '*.o' ! -name '*.a' -print0 | while IFS= read -r -d '' file; do
    [ "$(head -c 4 "$file" | tr -d '\0')" = $'\x7fELF' ] && echo "$file"
  done
  return 0
}

move_to_dev() {
  [ "$dev" != "$prefix" ] || return 0
  local below
  for below in include lib/pkgconfig share/pkgconfig lib/cmake share/aclocal; do
    [ -e "$prefix/$below" ] || continue
    mkdir -p "$dev/${below%/*}"
    if [ -e "$dev/$below" ]; then
      cp -r "$prefix/$below/." "$dev/$below"
      rm -r "${prefix:?}/$below"
    else
      mv "$prefix/$below" "$dev/$below"
    fi
    rmdir "$prefix/${below%/*}" 2>/dev/null || :
  done
  for below in "$prefix"/bin/*-config; do
    [ -e "$below" ] || [ -L "$below" ] || continue
    mkdir -p "$dev/bin"
    mv "$below" "$dev/bin"
  done
  mkdir -p "$dev"
}

separate_debug_info() {
  local file id to
  elf_files "$prefix" | while IFS= read -r file; do
    id=$(readelf -n "$file" 2>/dev/null | sed -n 's/.*Build ID: //p')
    [ -n "$id" ] || continue
    to=$debug/lib/debug/.build-id/${id:0:2}
    mkdir -p "$to"
    objcopy --only-keep-debug --compress-debug-sections "$file" "$to/${id:2}.debug"
    strip --strip-debug "$file"
  done
}

strip_all() {
  elf_files "$prefix" | while IFS= read -r file; do
    case $file in
      */bin/*) strip --strip-all -p "$file" ;;
      *) strip --strip-debug -p "$file" ;;
    esac
  done
  find "$prefix" -name '*.a' -exec strip --strip-debug -p {} +
}

shrink_rpaths() {
  elf_files "$prefix" | while IFS= read -r file; do
    patchelf --shrink-rpath "$file" 2>/dev/null || :
  done
}

patch_shebangs() {
  local file line interpreter found
  find "$1" -type f -perm -0100 | while IFS= read -r file; do
    line=$(head -n 1 "$file" | tr -d '\0')
    interpreter=$(echo "$line" | sed -n 's,^#! */\(usr/\)\?bin/\(env \)\?\([a-z0-9]*\).*$,\3,p')
    [ -n "$interpreter" ] || continue
    if found=$(PATH=$HOST_PATH type -P "$interpreter"); then
      sed -i "1s,^#! */\(usr/\)\?bin/\(env \)\?$interpreter,#!$found," "$file"
    fi
  done
}

write_propagated() {
  local words=($propagatedBuildInputs)
  [ "$dev" = "$prefix" ] || words+=("$prefix")
  if [ ${#words[@]} -gt 0 ]; then
    mkdir -p "$dev/nix-support"
    echo "${words[*]}" >"$dev/nix-support/propagated-build-inputs"
  fi
  if [ -n "${setupHook:-}" ]; then
    mkdir -p "$dev/nix-support"
    cp "$setupHook" "$dev/nix-support/setup-hook"
  fi
}

fixup() {
  find "$prefix" -name '*.la' -delete
  move_to_dev
  [ -z "${separateDebugInfo:-}" ] || separate_debug_info
  shrink_rpaths
  strip_all
  patch_shebangs "$prefix"
  write_propagated
  eval "${postFixup:-}"
}

build_package() {
  # For the proof that a build is shown no library of the set.
  echo "in the sandbox:" /nix/store/*
  if [ -n "${buildCommand:-}" ]; then
    eval "$buildCommand"
    return
  fi
  local phase
  for phase in unpack apply_patches configure build check install_files fixup; do
    echo "$phase"
    "$phase"
  done
}
