# The builder of completeTree.nix: $interface, and what $sources have beside it.
# shellcheck shell=bash disable=SC2154 # the derivation's attributes

cp -r --no-preserve=mode,ownership "$interface" "$out"
{ grep -rlIF 'it is there to be found, not to be run' "$out/bin" "$out/sbin" 2>/dev/null || :; } >placeholders
# What no-preserve has taken: scripts that print flags are run.
(cd "$interface" && find . -type f -perm -0100 -print0) | (cd "$out" && xargs -0 -r chmod +x)

mkdir rest
own=()
expression=
for source in $sources; do
  own+=(-e "$source")
  expression+="s,$source,$out,g;"
  # Where two have a file, the first one's counts.
  cp -rsn --no-preserve=mode "$source/." rest/ 2>/dev/null || cp -rs --no-preserve=mode --update=none "$source/." rest/
  chmod -R u+w rest
done

# The interface's alone, also what it no longer has.
rm -rf rest/include rest/nix-support rest/share/aclocal
find rest -mindepth 2 -maxdepth 2 \( -name '*.so' -o -name '*.so.*' \) -path 'rest/lib*' -delete
find rest \( -type f -o -type l \) \( -name '*.a' -o -name '*.la' -o -name '*.o' -o -name '*.pc' -o -name '*.cmake' \) -delete
find rest/bin -name '*-config' -delete 2>/dev/null || :

# Text that names the package names the tree.
for source in $sources; do
  { grep -rlIF "${own[@]}" "$source" || [ $? -eq 1 ]; } | while IFS= read -r file; do
    copy=rest${file#"$source"}
    # Not what another output had first, and no links of the package's own.
    case $(readlink "$copy") in "$source"/*) ;; *) continue ;; esac
    [ ! -L "$file" ] || continue
    sed "$expression" "$file" >"$copy.new"
    [ ! -x "$file" ] || chmod +x "$copy.new"
    mv -f "$copy.new" "$copy"
  done
done

while IFS= read -r program; do
  found=rest${program#"$out"}
  [ ! -e "$found" ] || rm "$program"
done <placeholders
cp -rPn --preserve=mode rest/. "$out/" 2>/dev/null || cp -rP --preserve=mode --update=none rest/. "$out/"
