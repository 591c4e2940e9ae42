# Sourced by run.sh: builds by Nix with its log as the witness, and the table.
# shellcheck shell=bash disable=SC2154

# One line for each update: label, then for split and unsplit how many
# derivations were compiled and relinked, seconds of each, and wall time.
rows=()

kind_of() {
  local text
  text=$(cat "$(real "$1")")
  case $text in
    *'["relink"]'*) echo relinked ;;
    *compileBuilder.sh*) echo compiled ;;
    *'-builder.sh"'*) echo built ;;
    *'["stubs"]'*) echo tree ;;
    *) echo other ;;
  esac
}

# measure LABEL ATTRIBUTE [ARGUMENT...]: builds it; $results/LABEL has a line
# "kind seconds name" for each derivation that Nix's log says it built, and
# $results/LABEL.wall the seconds it took
measure() {
  local label=$1 attribute=$2 start=$EPOCHREALTIME
  shift 2
  nix-build "$root/tests/nix/world" --no-out-link "${arguments[@]}" \
    --log-format internal-json -A "$attribute" "$@" 2>&1 >"$results/$label.out" | tee "$results/$label.log" |
    while IFS= read -r line; do
      case $line in
        *'"action":"start"'*'"type":105'* | *'"action":"stop"'*) echo "$EPOCHREALTIME $line" ;;
      esac
    done >"$results/$label.events" || true
  wall=$(awk -v from="$start" -v to="$EPOCHREALTIME" 'BEGIN {printf "%.1f", to - from}')
  [ -s "$results/$label.out" ] || { plain_log "$label" | tail -n 60 >&2; fail "$attribute ($label) was not built"; }
  awk '
    function field(name, text) { if (match($0, "\"" name "\":")) { text = substr($0, RSTART + RLENGTH); sub(/[,}].*/, "", text); return text } }
    /"action":"start"/ {
      id = field("id"); at[id] = $1
      match($0, /\/nix\/store\/[^" ]*\.drv/); drv[id] = substr($0, RSTART, RLENGTH)
    }
    /"action":"stop"/ { id = field("id"); if (id in drv) printf "%s %.2f\n", drv[id], $1 - at[id] }
  ' "$results/$label.events" | while read -r drv seconds; do
    echo "$(kind_of "$drv") $seconds $(basename "$drv" .drv | cut -d- -f2-)"
  done | sort -k1,1 -k3,3 >"$results/$label"
  echo "$wall" >"$results/$label.wall"
  echo "$label: $(summary "$label" compiled) compiled, $(summary "$label" relinked) relinked, $(summary "$label" built) built, wall $wall s"
}

# plain_log LABEL: as text, what builders and Nix have said
plain_log() {
  sed -nE 's/.*"msg":"(.*)"\}$/\1/p; s/.*"fields":\["(.*)"\],"id":[0-9]*,"type":101.*/\1/p' "$results/$1.log"
}

# summary LABEL KIND...: "count seconds" of these kinds
summary() {
  local label=$1
  shift
  awk -v kinds=" $* " 'index(kinds, " " $1 " ") {n++; s += $2} END {printf "%d (%.1f s)", n, s}' "$results/$label"
}
# names_of LABEL KIND: sorted, without versions
names_of() { awk -v kind="$2" '$1 == kind {sub(/-[0-9][^-]*$/, "", $3); print $3}' "$results/$1" | sort | paste -sd ' '; }
# expect_compiled LABEL NAMES; in a store that was there they may be there already
expect_compiled() {
  local names
  names=$(names_of "$1" compiled)
  if [ -n "${WORLD_STORE:-}" ] && [ -z "$names" ]; then return; fi
  expect_same "$names" "$2" "what $1 compiled, and what it should have"
}

# expect_relinked LABEL NAMES: these are among what was relinked
expect_relinked() {
  local name
  for name in $2; do
    grep -qE "^relinked [0-9.]+ $name-[0-9]" "$results/$1" || fail "$1: $name was not relinked"
  done
}

# row TITLE SPLIT-LABEL [UNSPLIT-LABEL]
row() {
  # Of the split set, what isn't split is built and counts as well.
  rows+=("$1|$(summary "$2" compiled built)|$(summary "$2" relinked)|$(cat "$results/$2.wall") s|${3:+$(summary "$3" built)}|${3:+$(cat "$results/$3.wall") s}")
}

print_table() {
  echo
  {
    echo "update|compiled|relinked|wall|without the split: built|wall"
    printf '%s\n' "${rows[@]}"
  } | column -t -s '|' -o ' | '
}
