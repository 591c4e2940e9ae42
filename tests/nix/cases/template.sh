#!/usr/bin/env bash
# The flake template, with a set of small packages in nixpkgs' place: the pins are
# written, and its CI recipe tells of a fix and of a lost function what they build.
# once: flakes are alike in all versions
. "$(dirname "$0")/../lib.sh"

export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=nobody \
  GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=nobody@localhost

# `nix run` on a store elsewhere is in a user namespace, and so are its builds.
NIX_CONFIG+="require-drop-supplementary-groups = false
"

# Flakes see what git knows, so repositories of their own.
checkout=$TEST_STORE/checkout nixpkgs=$TEST_STORE/nixpkgs mine=$TEST_STORE/mine
mkdir "$checkout" "$mine"
cd "$root"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$checkout"
cp -r tests/nix/host-pkgs "$nixpkgs"
cp -r tests/nix/template/. "$work/stub-builder" "$nixpkgs"
mkdir "$nixpkgs/nix"
cp -r tests/nix/builders.nix tests/nix/plain-cc.nix tests/nix/split "$nixpkgs/nix"
for repository in "$checkout" "$nixpkgs"; do
  git -C "$repository" init --quiet
  git -C "$repository" add --all
  git -C "$repository" commit --quiet --message all
done

cd "$mine"
run() { "$@" >"$log" 2>&1 || { cat "$log" >&2; fail "$*"; }; }
says() { grep -qF -- "$1" "$log" || { cat "$log" >&2; fail "it doesn't say: $1"; }; }
run nix flake init --template "git+file://$checkout"
for file in ci.sh .github/workflows/update.yml .gitignore; do
  [ -f "$file" ] || fail "the template came without $file"
done
git init --quiet
git add --all
run nix flake lock --override-input nixpkgs "git+file://$nixpkgs" --override-input stub-builder "git+file://$checkout"
git add --all
pins() { nix run .#stub-builder -- update-stub-hashes --flake .#packages.x86_64-linux "$@"; }
! pins --check >"$log" 2>&1 || fail "pins that nobody has written pass"
run pins
git add --all
git commit --quiet --message 'the set as it is'
run nix build --no-link .#optipng
base=$(git rev-parse HEAD)

# A fix in libpng, as updates.nix has place for it.
update() {
  printf 'final: prev: {\n  libpng = prev.libpng.overrideAttrs (old: { %s });\n}\n' "$1" >updates.nix
  git commit --quiet --all --message "$2"
}
update 'answer = "2";' 'a fix'
run bash ci.sh "$base"
says '3 as they were'
says 'libpng: interface identical, headers the same; the pin stays'
says 'of 3 packages 1 compiled again, 2 only relinked, 0 untouched; without the split 3 would be compiled'
grep -q '>optipng<' plan.html || fail "no page"
nix build --no-link --print-build-logs .#optipng 2>"$log" || fail "the fix isn't built"
expect_builds libpng-1 relinked # compiled for the plan
expect_builds freetype-1 relinked
expect_builds optipng-1 relinked

# A function is lost: the recipe fails until the pins are brought up to date.
# shellcheck disable=SC2016 # Nix's
update 'postBuild = "x"; buildPhase = builtins.replaceStrings [ "png_answer" ] [ "png_other" ] old.buildPhase;' 'a loss'
! bash ci.sh "$base" >"$log" 2>&1 || fail "a lost function passes"
says SB0912
says 'the pin has to move'
says 'png_answer: function removed'
