#!/usr/bin/env bash
# A package set on the splitting stdenv: after updates of a library and of the
# C library only what has to be compiled is, and everything runs on the new ones.
. "$(dirname "$0")/../lib.sh"

world=split/world.nix
set_up() { build "$@" --arg debian "$work/glibc"; }

expect_compiled() { expect_builds "$1" "compiled relinked"; }
expect_relinked() { expect_builds "$1" relinked; }
# Without hashes and padding.
like() { sed -E 's,/nix/store/[0-9a-z]{32}-,/nix/store/-,g; s,/+,/,g; s,/\.(["[:space:]:]|$),\1,g'; }
closure() { nix-store --query --requisites "$1"; }
# The derivations that a derivation is made from.
made_from() {
  nix-store --query --requisites "$(nix-instantiate "$root/tests/nix/$world" \
    --arg stubBuilder "$work/stub-builder" --arg debian "$work/glibc" -A "$1" 2>/dev/null)"
}
drv_of() {
  nix-instantiate "$root/tests/nix/$world" --arg stubBuilder "$work/stub-builder" --arg debian "$work/glibc" -A "$1" 2>/dev/null |
    sed 's/!.*//'
}

# The baseline is there already, as its packages come from a cache. (They have
# the same names.)
for name in greet chorus reader sing themes; do
  set_up "baseline.$name" >/dev/null
done

# 1. Everything is compiled once, and runs.
says=$(real "$(set_up runs)")
for name in greet-1.2.0 chorus-3 sing-1 shout-1 reader-5 script-1 strings-1 debug-1 structured-1 made-1; do
  expect_compiled "$name"
done
grep -qx 'hello from the library (3)' "$says" || fail "sing says: $(cat "$says")"
grep -qx 'C++: thrown' "$says" || fail "shout says: $(cat "$says")"
grep -qx 'made' "$says" || fail "made says: $(cat "$says")"
expect_same "$(grep -cx recited "$says")" 3 "scripts that aren't compiled, and who runs them"
grep -qx 'read aloud' "$says" || fail "the script isn't read: $(cat "$says")"
! grep -qx failed "$says" || fail "a program fails: $(cat "$says")"
! grep -E 'interface|/usr/lib' "$says" || fail "files that nothing should run on"

# 2. Compile's outputs refer to themselves; what compile is made from holds no
# finished library of the set. (Seen to fail: what isn't split is made from one.)
sing=$(set_up split.sing)
compiled=$(set_up split.sing.compile)
expect_same "$(closure "$compiled")" "$compiled" "closure of compile"
for library in greet chorus; do
  finished=$(drv_of "split.$library")
  ! made_from split.sing.compile | grep -qxF "$finished" || fail "compile of sing is made from $finished"
done
made_from split.exact | grep -qxF "$(drv_of split.greet)" || fail "exact isn't made from greet"

# 3. The finished package refers to finished packages alone.
! closure "$sing" | grep -E 'interface|stdenv|wrapper' || fail "closure of sing"
grep -q chorus <(closure "$sing") || fail "sing without its library"

# 4. It is what it would be without the split: files, needed libraries, search
# path in order, what is propagated, but for hashes and padding.
describe() {
  (
    cd "$(real "$1")" || exit
    find . | sort
    find . -type l -printf '%p -> %l\n' | sort | like
    for file in $(find . -type f | sort); do
      if readelf -h "$file" >/dev/null 2>&1; then
        # Of debug information, no dynamic section is left.
        echo "$file"
        readelf -W -d "$file" | grep -E 'NEEDED|SONAME|RUNPATH' | like || :
      else
        like <"$file"
      fi
    done
  )
}
for package in greet greet.dev chorus chorus.dev sing script strings names otherwise recital reciting noted debug structured made themes themed flagged; do
  normal=$(set_up "unsplit.$package")
  finished=$(set_up "split.$package")
  diff -u <(describe "$normal") <(describe "$finished") ||
    fail "$package is not what it would be without the split"
done

# Debug information has changed sources beside it: no tool stays in these.
generator=$(real "$(set_up split.debug.debug)")/src/overlay/generator
grep -q '^#!/nix/store/e*-cc-wrapper/' "$generator" || fail "a tool is named in $(cat "$generator")"
grep -qF " $(set_up split.debug)" "$generator" || fail "debug isn't named in $(cat "$generator")"

# What stands beside a library's interface is the baseline's during the build,
# and current afterwards: programs that run, modules, data.
said=$(real "$(set_up split.themed)")/said
expect_same "$(like <"$said")" "hello from the library reads:
theme 0
theme 0
plug-ins in /nix/store/-themes-1.0/lib/themes
looks into  /nix/store/-themes-1.0" "what themed found"

# 5. A fix in a library: it is compiled, and no one else.
says=$(real "$(set_up runs --arg patch 1)")
expect_compiled greet-1.2.1
for name in chorus-3 sing-1 shout-1 reader-5 script-1 strings-1 debug-1 structured-1; do
  expect_relinked "$name"
done
grep -qx 'hello from the patched library (4)' "$says" || fail "sing on the fixed greet says: $(cat "$says")"
grep -q 'greet-1\.2\.1/' "$says" || fail "sing isn't on the fixed greet: $(cat "$says")"

said=$(real "$(set_up split.themed --arg patch 1)")/said
expect_relinked themed-1
grep -qF "looks into  $(set_up split.themes --arg patch 1)/" "$said" || fail "themed isn't on the new themes: $(cat "$said")"

# 6. A new C library: no compile at all, and all programs on it.
says=$(real "$(set_up runs --arg release 1)")
for name in greet-1.2.0 chorus-3 sing-1 shout-1 reader-5 script-1 strings-1 debug-1 structured-1 made-1 reciting-1 otherwise-1; do
  expect_relinked "$name"
done
grep -q 'glibc-2\.36\.1/' "$says" || fail "sing isn't on the new C library: $(cat "$says")"
! grep 'glibc-2\.36/' "$says" || fail "something is on the old C library"
said=$(real "$(set_up split.flagged --arg release 1)")/said
expect_relinked flagged-1
grep -qE '^-L[^ ]*-glibc-2\.36\.1/' "$said" || fail "a tool's C library is left: $(cat "$said")"
! closure "$(set_up split.sing --arg release 1)" | grep 'glibc-2\.36$' || fail "the old C library in the closure"
# The shell as well, in scripts of a package that isn't compiled, and of who names it.
reciting=$(set_up split.reciting --arg release 1)
for script in "$reciting/bin/reciting" "$reciting/bin/recital" "$(set_up split.recital --arg release 1)/bin/recital"; do
  shell=$(sed -n '1s/^#!//p' "$(real "$script")")
  expect_same "$(cat "$(real "${shell%/bin/*}/release")")" 1 "the release of the shell of $script"
done
! closure "$reciting" | grep interface || fail "reciting is on a stand-in"
# And what another compiler has compiled.
grep -q 'gcc-lib-13' <(closure "$(set_up split.otherwise --arg release 1)") || fail "otherwise isn't on its compiler's libraries"

# 7. A new function: who sees the library is compiled again.
set_up split.sing --arg extra true >/dev/null
for name in greet-1.2.0 chorus-3 sing-1; do
  expect_compiled "$name"
done

# 8. With a pin kept on purpose it isn't.
pin=$(hash_of "$(set_up split.greet.interface.unpinned)")
pins=(--arg pins "{ greet = \"$pin\"; }")
set_up split.sing "${pins[@]}" >/dev/null
set_up split.sing "${pins[@]}" --arg extra true >/dev/null
for name in chorus-3 sing-1; do
  expect_relinked "$name"
done

# 9. A build that runs a stub, reads its data or copies one fails and says what to do.
expect_advice() { # NAME PACKAGES
  grep -A1 "Add this to $1," "$log" | grep -qF "split.runsInBuild = [ $2 ];" ||
    fail "no word of what to do: $(cat "$log")"
}
build_fails split.generated --arg debian "$work/glibc"
grep -q 'called into a stub: libchorus.so' "$log" || fail "no word of the library: $(cat "$log")"
expect_advice generated-1 'chorus greet'
build_fails split.checked --arg debian "$work/glibc"
grep -q 'bound to data of a stub: libgreet.so.1 (greet_total)' "$log" || fail "no word of the data: $(cat "$log")"
expect_advice checked-1 greet
build_fails split.hiding --arg debian "$work/glibc"
expect_advice hiding-1 greet
grep -A1 'of stubs:' "$log" | grep -qF 'split.runsInBuild = [ chorus greet ];' ||
  fail "no word of what may be next: $(cat "$log")"
set_up split.loads >/dev/null
build_fails split.copied --arg debian "$work/glibc"
grep -q 'copied-1/lib/libgreet.so.1' "$log" || fail "no word of the copy: $(cat "$log")"

# ... and with the library named it works, and is kept over updates all the same.
text=$(real "$(set_up split.generatedWell)")/text
expect_same "$(cat "$text")" "hello from the library (3)" "what the build generated"
choice=$(real "$(set_up split.checkedWell)")/choice
expect_same "$(cat "$choice")" "the library" "what configure chose"
set_up split.generatedWell --arg patch 1 --arg release 1 >/dev/null
expect_relinked generated-1

# Test suites run with the baseline's libraries, by themselves; what makes a part
# of the package doesn't.
set_up split.tested >/dev/null
set_up split.tested --arg patch 1 >/dev/null
expect_relinked tested-1
build_fails split.testedAgain --arg debian "$work/glibc"
expect_advice tested-again-1 'chorus greet'

# A tool that no set has is built as the baseline would, and no update reaches it.
said=$(real "$(set_up split.tooled)")/said
expect_compiled tooled-1
expect_same "$(cat "$said")" "hello from the library (3)" "what the tool said"
set_up split.tooled --arg patch 1 --arg release 1 >/dev/null
expect_relinked tooled-1
expect_kept own-tool-1 "though its library alone was patched"

# What isn't split can be an input, and keeps its references.
exact=$(set_up split.exact)
! closure "$exact" | grep interface || fail "exact is on a stand-in"
expect_same "$(cat "$(real "$(set_up split.onExact)")/names")" "$exact/bin/exact" "what on-exact names"
