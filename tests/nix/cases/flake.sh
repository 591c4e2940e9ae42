#!/usr/bin/env bash
# The flake, on the stand-in for nixpkgs: builds, checks, and the app that
# updates the lock file. All of it in a copy of the checkout.
# once: it compiles the crate in the sandbox, which takes a minute
. "$(dirname "$0")/../lib.sh"

rust=$(rustc --print sysroot)
add_sandbox_paths "/rust=$rust" "/vendor=$work/vendor" "/nixfmt=$work/nixfmt"

# Flakes see what git knows, so a repository of its own.
copy=$TEST_STORE/checkout
mkdir "$copy"
cd "$root"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy"
cd "$copy"
git init --quiet
git add --all

flake() {
  nix "$1" "${@:2}" 2>"$log" || {
    cat "$log" >&2
    fail "nix $*"
  }
}
override=(--override-input nixpkgs path:./tests/nix/host-pkgs)

# Without a pin: input-addressed.
flake build '.#stubs' --out-link stubs "${override[@]}"
unpinned=$(readlink stubs)
[ -f "$(real "$unpinned")/lib/libz.so" ] || fail "no libz.so in the tree"
flake build '.#stub-builder' --out-link program "${override[@]}"
readelf --program-headers --wide "$(real "$(readlink program)")/bin/stub-builder" >"$log"
! grep -w INTERP "$log" || fail "stub-builder is not static"
for file in man/man1/stub-builder-diff.1 bash-completion/completions/stub-builder \
  zsh/site-functions/_stub-builder fish/vendor_completions.d/stub-builder.fish; do
  [ -s "$(real "$(readlink program)")/share/$file" ] || fail "no share/$file"
done

# The app writes the pin, once, and from then on it is used.
flake run '.#update-stub-hashes' "${override[@]}" -- -- "${override[@]}"
hash=$(hash_of "$unpinned")
grep -qF "\"hash\": \"$hash\"" stubs.lock.json || fail "stubs.lock.json says $(cat stubs.lock.json)"
written=$(stat --format '%i %Y' stubs.lock.json)
flake run '.#update-stub-hashes' "${override[@]}" -- -- "${override[@]}"
expect_same "$(stat --format '%i %Y' stubs.lock.json)" "$written" "stubs.lock.json after a second run"

flake build '.#stubs' --out-link stubs "${override[@]}"
expect_other "$(readlink stubs)" "$unpinned" "path with and without a pin"
expect_same "$(hash_of "$(readlink stubs)")" "$hash" "tree with and without a pin"

flake flake check "${override[@]}"

# A plan for the same set once more: nothing.
flake run '.#plan' "${override[@]}" -- '.#stubs' '.#stubs' -- "${override[@]}" >"$TEST_STORE/plan"
expect_same "$(cut -d ';' -f 1 "$TEST_STORE/plan")" "of 0 packages 0 compiled again, 0 only relinked, 0 untouched" "a plan"

# The other apps: a cache, and roots.
tree=$(readlink stubs)
flake run '.#push' "${override[@]}" -- --to "file://$TEST_STORE/cache" "${override[@]}" '.#stubs'
nix path-info --store "file://$TEST_STORE/cache" "$tree" >"$log" 2>&1 || fail "the tree wasn't pushed: $(cat "$log")"
flake run '.#keep' "${override[@]}" -- --roots "$TEST_STORE/kept" "${override[@]}" '.#stubs'
expect_same "$(readlink "$TEST_STORE/kept/"*)" "$tree" "what is kept"

# A wrong pin is an error of the check, whatever the store has.
wrong=sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
sed -i "s|$hash|$wrong|" stubs.lock.json
! nix flake check "${override[@]}" 2>"$log" || fail "a wrong pin passes the check"
grep -q 'hash mismatch' "$log" || fail "the check fails for another reason: $(cat "$log")"

git diff --quiet -- flake.lock || fail "flake.lock was touched"
