# The builder of linkTree.nix: $sources, merged, as links in $out.
# shellcheck shell=bash disable=SC2154 # the derivation's attributes

mkdir "$out"
own=()
for source in $sources; do
  own+=(-e "$source")
  # Where two have a file, the first one's counts.
  cp -rsn --no-preserve=mode "$source/." "$out/" 2>/dev/null || cp -rs --no-preserve=mode --update=none "$source/." "$out/"
  chmod -R u+w "$out"
done

# What propagates is known at evaluation, to the adapter.
rm -f "$out"/nix-support/propagated-*

for source in $sources; do
  [ -d "$source/include" ] || continue
  rm -rf "$out/include"
done
for source in $sources; do
  [ -d "$source/include" ] || continue
  mkdir -p "$out/include"
  cp -rP --no-preserve=mode "$source/include/." "$out/include/"
  # Links among headers stay: one may lead to the directory that it is in, as
  # `include/ncursesw -> .`, and has no end if it is followed.
  headers=$(realpath "$source/include")
  find "$source/include/" -type l -printf '%P\n' | while IFS= read -r link; do
    target=$(realpath -m "$source/include/$link")
    case $target/ in
      "$headers"/*)
        ln -sfn --relative "$out/include${target#"$headers"}" "$out/include/$link"
        ;;
      *)
        rm "$out/include/$link"
        cp -rL --no-preserve=mode "$source/include/$link" "$out/include/$link"
        ;;
    esac
  done
done

# Text that names the package names the tree.
for source in $sources; do
  { grep -rlIF "${own[@]}" "$source" || [ $? -eq 1 ]; } | while IFS= read -r file; do
    copy=$out${file#"$source"}
    # Not what another output had first, and no links of the package's own.
    if [ ! -e "$copy" ] || [ -L "$file" ]; then continue; fi
    expression=
    for path in $sources; do expression+="s,$path,$out,g;"; done
    sed "$expression" "$file" >"$copy.new"
    [ ! -x "$file" ] || chmod +x "$copy.new"
    mv -f "$copy.new" "$copy"
  done
done
