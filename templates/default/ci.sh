#!/usr/bin/env bash
# bash ci.sh BASE: what a change has to pass, BASE being the commit that it is made to.
# Is the lock file up to date, and what would the change build, because of what?
# The plan is left in plan.txt and plan.html.
set -euo pipefail
base=$(git rev-parse "${1:?usage: ci.sh BASE}")
set=packages.x86_64-linux

# On failure it says what to do; most often: nix run .#stub-builder --
# update-stub-hashes --flake .#packages.x86_64-linux, and commit the file.
checked=0
nix run .#stub-builder -- update-stub-hashes --flake ".#$set" --check || checked=$?
nix run .#stub-builder -- plan "git+file:$PWD?rev=$base#$set" ".#$set" --html plan.html | tee plan.txt
exit $checked
