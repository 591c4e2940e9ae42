#!/usr/bin/env bash
# run.sh [TEST...]: the tests of cases/, in real Nix of each version; the last
# line counts. Everything is downloaded, built and written below .work/.
# NIX_VERSIONS (default "2.26 2.8") says which versions; a test that is marked
# `# once` runs in the first of them only.
. "$(dirname "$0")/lib.sh"
cd "$root"

versions=${NIX_VERSIONS:-2.26 2.8}
tests=("$@")
if [ ${#tests[@]} -eq 0 ]; then
  tests=(tests/nix/cases/*.sh)
  tests=("${tests[@]##*/}")
  tests=("${tests[@]%.sh}")
fi

tests/tools/get-toolroot.sh "$work/toolroot"
tests/tools/get-toolroot.sh "$work/toolroot-cross" g++-aarch64-linux-gnu
tests/tools/get-debs.sh "$work/glibc" libc6 libc6-dev linux-libc-dev
for source in zlib libpng1.6 optipng; do
  tests/tools/get-source.sh "$work/${source%1.6}" "$source"
done
for version in $versions; do
  tests/tools/get-nix.sh "$version" "$work/nix/$version"
done
tests/tools/get-vendor.sh "$work/vendor"
tests/tools/get-nixfmt.sh "$work/nixfmt"
tests/tools/build-release.sh "$work/stub-builder"

passed=0 failed=0
for version in $versions; do
  for test in "${tests[@]}"; do
    if [ "$version" != "${versions%% *}" ] && grep -q '^# once' "tests/nix/cases/$test.sh"; then
      continue
    fi
    directory=$work/tests/$version/$test
    remove_store "$directory"
    mkdir -p "$directory"
    start=$SECONDS
    if NIX_DIR=$work/nix/$version TEST_STORE=$directory "tests/nix/cases/$test.sh" >"$directory.log" 2>&1; then
      echo "ok      Nix $version: $test ($((SECONDS - start)) s)"
      passed=$((passed + 1))
      remove_store "$directory"
    else
      echo "FAILED  Nix $version: $test"
      sed 's/^/    /' "$directory.log"
      failed=$((failed + 1))
    fi
  done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
