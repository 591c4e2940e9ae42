# The linker, with the library directories of the inputs; what it links gets the
# directories of the libraries that it was linked with as RUNPATH, in the order
# of nixpkgs' ld-wrapper: those that were asked for, then those of -l in the
# order of the -L, each once.
# shellcheck shell=bash disable=SC2154,SC2206

given=()
for argument; do
  case $argument in
    # gcc's response files: one argument a line, perhaps in quotes
    @*)
      while IFS= read -r word; do
        word=${word#\"}
        given+=("${word%\"}")
      done <"${argument#@}"
      ;;
    *) given+=("$argument") ;;
  esac
done
given=("${given[@]}" -dynamic-linker "$libc/lib/ld-linux-x86-64.so.2" $NIX_LDFLAGS "-L$ccLib/lib" "-L$libc/lib")

directories=() names=() files=() runpath=()
relocatable=
previous=
for argument in "${given[@]}"; do
  case $previous in
    -L) directories+=("$argument") ;;
    -l) names+=("$argument") ;;
    -rpath | --rpath) runpath+=("$argument") ;;
  esac
  case $argument in
    -L?*) directories+=("${argument#-L}") ;;
    -l?*) names+=("${argument#-l}") ;;
    -r | -i | --relocatable) relocatable=1 ;;
    /nix/store/*.so | /nix/store/*.so.*)
      case $previous in
        -dynamic-linker | --dynamic-linker | -soname | -h | -o) ;;
        *) files+=("$argument") ;;
      esac
      ;;
  esac
  previous=$argument
done

add() {
  local known
  for known in "${runpath[@]}"; do
    [ "$known" != "$1" ] || return 0
  done
  runpath+=("$1")
  extra+=(-rpath "$1")
}

extra=()
if [ -z "$relocatable" ]; then
  for directory in "${directories[@]}"; do
    case $directory in
      /nix/store/*) ;;
      *) continue ;;
    esac
    for name in "${names[@]}"; do
      if [ -e "$directory/lib$name.so" ]; then
        add "$directory"
        break
      fi
    done
  done
  for file in "${files[@]}"; do
    add "${file%/*}"
  done
  extra+=(--enable-new-dtags)
fi

exec "$linker" "${given[@]}" "${extra[@]}"
