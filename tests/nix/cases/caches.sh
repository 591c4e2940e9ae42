#!/usr/bin/env bash
# Several machines, each a store of its own, and caches that hold no relinks: a
# fresh machine compiles nothing, and garbage collection costs no compile.
. "$(dirname "$0")/../lib.sh"

world=split/world.nix
set_up() { build "$@" --arg debian "$work/glibc"; }
evaluated=(--file "$root/tests/nix/$world" --arg stubBuilder "$work/stub-builder" --arg debian "$work/glibc")
# With xz compression would take most of the time.
cache_of() { echo "file://$TEST_STORE/$1?compression=zstd"; }
in_cache() { nix path-info --store "$(cache_of "$1")" --all | sort; }

# machine NAME CACHE...: from now on Nix is another machine's, with these caches
machine() {
  use_nix "" "$TEST_STORE/$1"
  NIX_CONFIG+="require-sigs = false
substituters = $(for cache in "${@:2}"; do cache_of "$cache"; done | paste -sd ' ')
"
}

# What the last build was: bytes that were downloaded, and what was built.
downloaded() {
  local cache=$1
  sed -n "s/^copying path '\/nix\/store\/\([0-9a-z]*\)-.* from .*/\1/p" "$log" |
    while read -r hash; do sed -n 's/^FileSize: //p' "$TEST_STORE/$cache/$hash.narinfo"; done |
    paste -sd + | bc
}
built() { sed -n "s/^building '\(\/nix\/store\/[^']*\.drv\)'.*/\1/p" "$log"; }
expect_only_relinks() {
  local drv
  [ -n "$(built)" ] || fail "nothing was built, $1"
  for drv in $(built); do
    expect_same "$(how_built "$drv")" relinked "$drv, $1"
  done
}
# What installing a path comes to, without what it was made from or evaluated from.
kept_on_disk() {
  nix-store --realise "$1" --add-root "$TEST_STORE/root" >/dev/null
  nix-collect-garbage --option keep-derivations false >/dev/null 2>&1
  on_disk
}
on_disk() { du --summarize --apparent-size --block-size=1 "$store/nix/store" | cut -f 1; }

# 1. One machine builds everything, and its hook uploads what isn't a relink.
machine first
cat >"$TEST_STORE/hook" <<EOT
#!/usr/bin/env bash
exec "$root/nix/caches/pushHook.sh" "$(cache_of hooked)"
EOT
chmod +x "$TEST_STORE/hook"
NIX_CONFIG+="post-build-hook = $TEST_STORE/hook
"
sing=$(set_up split.sing)
compiled=$(set_up split.sing.compile)
set_up split.sing.interface >/dev/null
set_up split.chorus.interface.dev >/dev/null
relinked=("$sing" "$(set_up split.greet)" "$(set_up split.chorus)")
machine first

# 2. `push` uploads compile's outputs and trees, nothing else that was split.
"$root/nix/caches/push.sh" --to "$(cache_of pushed)" "${evaluated[@]}" split.sing 2>"$log" ||
  fail "push: $(cat "$log")"
for output in "$compiled" "$(set_up split.sing.interface)" "$(set_up split.chorus.interface.dev)"; do
  in_cache pushed | grep -qxF "$output" || fail "not pushed: $output"
done
for cache in pushed hooked; do
  for output in "${relinked[@]}"; do
    ! in_cache "$cache" | grep -F "$output" || fail "a relink was uploaded"
  done
done
! in_cache pushed | grep -E 'linked|stdenv|wrapper|source' || fail "the baseline was pushed"
! comm -23 <(in_cache pushed) <(in_cache hooked) | grep . || fail "the hook left out what push hasn't"

# 3. A fresh machine relinks, and that is all; what comes out is the same.
fresh() {
  machine "fresh-$1" "$1"
  set_up "${@:2}" >/dev/null
}
for cache in pushed hooked; do
  fresh "$cache" split.sing
  expect_only_relinks "with the cache $cache"
  ! grep -E '^copying path .*(-linked-|stdenv|wrapper|source)' "$log" || fail "the baseline was downloaded"
  expect_same "$(hash_of "$sing")" "$(NIX_REMOTE=$TEST_STORE/first store=$TEST_STORE/first hash_of "$sing")" "sing here and there"
done
split_download=$(downloaded hooked) split_disk=$(on_disk)
split_kept=$(kept_on_disk "$sing")

# 4. The same without the split, for comparison.
machine first
normal=$(set_up unsplit.sing)
nix copy --to "$(cache_of normal)" "$normal" 2>/dev/null
fresh normal unsplit.sing
[ -z "$(built)" ] || fail "built without the split: $(built)"
normal_download=$(downloaded normal) normal_disk=$(on_disk)
printf '%-34s %12s %12s\n' "a fresh machine, bytes" split normal \
  "downloads" "$split_download" "$normal_download" \
  "has on its disk" "$split_disk" "$normal_disk" \
  "after garbage collection" "$split_kept" "$(kept_on_disk "$normal")"

# 5. With pins, and nothing content-addressed.
machine first
pin_of() { hash_of "$(set_up "split.$1.interface.unpinned")"; }
pins=(--arg pins "{ greet = \"$(pin_of greet)\"; chorus = \"$(pin_of chorus)\"; sing = \"$(pin_of sing)\"; }")
"$root/nix/caches/push.sh" --to "$(cache_of pinned)" "${evaluated[@]}" "${pins[@]}" split.sing 2>"$log" ||
  fail "push: $(cat "$log")"
fresh pinned split.sing "${pins[@]}"
expect_only_relinks "with pins"

# 6. A site can have its relinks cached: then nothing is built.
machine first
cached=(--arg relinks "{ allowSubstitutes = true; }")
"$root/nix/caches/push.sh" --to "$(cache_of whole)" "${evaluated[@]}" "${cached[@]}" split.sing 2>"$log" ||
  fail "push: $(cat "$log")"
fresh whole split.sing "${cached[@]}"
[ -z "$(built)" ] || fail "built though cached: $(built)"

# 7. Garbage collection leaves what `keep` has made roots for, and takes the
# rest: the next C library compiles nothing.
machine first
"$root/nix/caches/keep.sh" --roots "$TEST_STORE/kept" "${evaluated[@]}" split.sing 2>"$log" ||
  fail "keep: $(cat "$log")"
nix-collect-garbage >/dev/null 2>&1
[ -e "$(real "$compiled")" ] || fail "compile's output was collected"
[ ! -e "$(real "$sing")" ] || fail "the relink was not collected"
set_up split.sing --arg release 1 >/dev/null
for name in greet-1.2.0 chorus-3 sing-1; do
  expect_builds "$name" relinked
done
# What is no longer named is let go.
"$root/nix/caches/keep.sh" --roots "$TEST_STORE/kept" "${evaluated[@]}" split.greet 2>/dev/null
nix-collect-garbage >/dev/null 2>&1
[ ! -e "$(real "$compiled")" ] || fail "what is kept no longer is still there"

# 8. keep-outputs does so too, for what is installed; and keeps the tools.
set_up split.sing >/dev/null
nix-store --realise "$(set_up split.sing)" --add-root "$TEST_STORE/root" >/dev/null
NIX_CONFIG+="keep-outputs = true
"
nix-collect-garbage >/dev/null 2>&1
[ -e "$(real "$compiled")" ] || fail "keep-outputs has not kept compile's output"
set_up split.sing --arg release 1 >/dev/null
for name in greet-1.2.0 chorus-3 sing-1; do
  expect_builds "$name" relinked
done
