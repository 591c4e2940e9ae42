#!/usr/bin/env bash
# A relink is neither fetched nor sent away, unless one wants it to be.
. "$(dirname "$0")/../lib.sh"

world=relink.nix
says() {
  local drv
  drv=$(nix-instantiate "$root/tests/nix/$world" --arg stubBuilder "$work/stub-builder" --arg sources "$work" -A "$1" 2>"$log")
  # Attributes are JSON in a string.
  sed -nE 's/.*"('"$2"')\\":(true|false).*/\1:\2/p' "$(real "$drv")"
}
for option in allowSubstitutes:false preferLocalBuild:true; do
  expect_same "$(says compressed "${option%:*}")" "$option" "default, and what it should be"
done
for option in allowSubstitutes:true preferLocalBuild:false; do
  expect_same "$(says otherwise "${option%:*}")" "$option" "option, and what it should be"
done

# A program with so few libraries is left as it is, and works.
drv=$(nix-instantiate "$root/tests/nix/$world" --arg stubBuilder "$work/stub-builder" --arg sources "$work" -A otherwise 2>"$log")
grep -qF '\"startup\":\"list\"' "$(real "$drv")" || fail "startup does not reach the builder"
build otherwise --arg sources "$work" >/dev/null
