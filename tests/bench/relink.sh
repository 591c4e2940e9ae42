#!/usr/bin/env bash
# Relinking this machine's own programs and libraries, as if they had been
# compiled against interface trees: against cp -r, and against a copy whose
# search paths patchelf sets file by file. Once on disk and once in memory,
# where nothing but copying is left to compare with. Prints ratios from one run
# and asserts nothing: times are a matter of the machine.
. "$(dirname "$0")/lib.sh"
exec 3>&2
digits=0123456789abcdfghijklmnpqrsvwxy
triplet=$(gcc -dumpmachine)

# lay_out DIRECTORY: a store with what compile left, and what it stands on.
lay_out() {
  store=$1/store
  export NIX_STORE=$store
  tree=$store/1$digits-machine-out-interface-----------------------------------------=.
  compile=$store/2${digits%y}z-machine-1
  final=$store/3${digits%y}z-machine-1
  real=$store/4${digits%xy}zz-machine-2

  # The real libraries are where they are; the trees are those of the C library.
  mkdir -p "$real" "$compile" "$tree"
  ln -s "/usr/lib/$triplet" "$real/lib"
  "$program" stubs /usr/lib/"$triplet"/lib{c,m,dl,pthread,rt,resolv}.so.? --out "$tree/lib" >/dev/null 2>&1

  cp -r --no-dereference /usr/bin "$compile/bin"
  cp -r --no-dereference "/usr/lib/$triplet" "$compile/lib"
  find "$compile" -type f -print0 >"$work/all"
  while IFS= read -r -d '' file; do
    if [ "$(head -c4 "$file")" = $'\x7fELF' ] && readelf --wide --dynamic "$file" 2>/dev/null | grep -q NEEDED; then
      printf '%s\0' "$file"
    fi
  done <"$work/all" >"$work/dynamic" 2>/dev/null
  # Some have a search path of their own, to libraries of their package.
  while IFS= read -r -d '' file; do
    own=$(patchelf --print-rpath "$file" 2>/dev/null) || continue
    patchelf --set-rpath "$tree/lib${own:+:$own}" "$file" 2>/dev/null || true
  done <"$work/dynamic"
  echo "$(tr -cd '\0' <"$work/all" | wc -c) files, $(tr -cd '\0' <"$work/dynamic" | wc -c) dynamic ELF files," \
    "$(du --summarize --block-size=1M --apparent-size "$compile" | cut -f1) MiB, $(nproc) processors"
}

relink() {
  "$program" relink --output "out=$compile:$final" --stand-in "$tree:out=$real" "$@" || echo "relink failed" >&3
}
copy() { cp -r "$compile" "$final"; }
patch_each() {
  copy
  sed -z "s,^$compile,$final," "$work/dynamic" | xargs -0 -n 1 patchelf --set-rpath "$real/lib" || true
}

# once NAME COMMAND...: with what was written and deleted before out of the way,
# which a file system on disk would charge whoever comes next for.
once() {
  rm -rf "$final"
  sync
  measure "$@"
}

# compare DIRECTORY
compare() {
  rm -rf "$1/store" "$work"/*.times
  lay_out "$1"
  local round command name
  for round in 1 2 3 4 5 6; do
    for command in relink copy; do
      # The first round fills the page cache.
      [ "$round" = 1 ] && name=warm-up || name=$command
      once "$name" "$command"
    done
  done
  once relink-one-thread relink --jobs 1
  once copy-and-patchelf patch_each
  rm -rf "$final"

  table copy relink relink-one-thread copy-and-patchelf
  ratio "wall time, relink to cp -r" relink copy 1
  ratio "CPU time, relink to cp -r" relink copy 2
  ratio "CPU time, cp -r and patchelf to relink" copy-and-patchelf relink 2
  local peak
  peak=$(/usr/bin/time -f %M "$program" relink --output "out=$compile:$final" --stand-in "$tree:out=$real" 2>&1 >/dev/null | tail -n1)
  echo "peak memory: $((peak / 1024)) MiB"
  rm -rf "$1/store"
}

rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
echo "On disk ($(stat --file-system --format %T "$work")):"
compare "$work"
if [ "$(df --output=avail --block-size=1G /dev/shm 2>/dev/null | tail -n1)" -ge 6 ]; then
  memory=$(mktemp -d /dev/shm/stub-builder-bench.XXXXXX)
  trap 'rm -rf "$work" "$memory"' EXIT
  printf '\nIn memory:\n'
  compare "$memory"
else
  printf '\nIn memory: not tried, since /dev/shm has no room for it.\n'
fi
