# Sourced: apt with a state of its own, so that packages of any Debian release
# can be downloaded without installing anything and without root.
# shellcheck shell=bash

# The release that this machine runs.
own_suite() {
  # shellcheck source=/dev/null
  (. /etc/os-release && echo "${VERSION_CODENAME:?no Debian release}")
}

# The archive that this machine takes its own release from: no address is
# written down here, a mirror or proxy in the machine's settings is used.
debian_archive() {
  local codename
  codename=$(own_suite)
  # Also where `apt-get update` has never run.
  # shellcheck disable=SC2016 # apt's own placeholders
  apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' |
    awk -v release="$codename" '($1 == release || $1 == "stable") && !uri {uri = $2} END {print uri}' |
    grep . || { echo "no archive of $codename in apt's sources" >&2; return 1; }
}

# The suites of this machine's release, of which an archive often has one
# version of a package each.
own_suites() {
  own_suite
  echo "$(own_suite)-updates"
  echo "$(own_suite)-security"
}

# The archive of a suite: security updates have one of their own, of all
# releases, if apt knows it.
archive_of() {
  if [[ $1 = *-security ]]; then
    # shellcheck disable=SC2016 # apt's own placeholders
    apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE)' |
      awk '$2 ~ /-security$/ && !uri {uri = $1} END {print uri}'
  else
    debian_archive
  fi
}

# private_apt_init STATE deb|deb-src SUITE...
private_apt_init() {
  local state=$1 kind=$2 archive suite
  shift 2
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  for suite; do
    archive=$(archive_of "$suite")
    [ -n "$archive" ] || continue
    echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main"
  done >"$state/sources.list"
  private_apt_options=(
    -qq
    -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
    -o Dir::State="$state" -o Dir::State::status="$state/status"
    -o Dir::State::Lists="$state/lists" -o Dir::Cache="$state/cache"
    -o Acquire::Languages=none -o APT::Install-Recommends=false
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1
  )
  apt-get "${private_apt_options[@]}" update
}

# private_apt_closure PACKAGE...: what an empty system would install for them
private_apt_closure() {
  apt-get "${private_apt_options[@]}" --yes --print-uris install "$@" |
    awk -F "' " '/^\x27/ {split($2, file, "_"); print file[1]}' | sort -u
}

# private_apt_versions oldest|newest PACKAGE: those that the suites have, in that
# order
private_apt_versions() {
  local order=()
  [ "$1" = oldest ] || order=(--reverse)
  apt-cache "${private_apt_options[@]}" madison "$2" | cut -d'|' -f2 | tr -d ' ' |
    sort --version-sort --unique "${order[@]}"
}

# private_apt_download DIR PACKAGE...: their .deb files, into DIR
private_apt_download() {
  local into=$1
  shift
  mkdir -p "$into"
  (cd "$into" && apt-get "${private_apt_options[@]}" download "$@")
}

# unpack_debs DIR DEB... [-- TAR-OPTION...]: into a tree with a merged /usr
unpack_debs() {
  local root=$1 deb dir debs=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do debs+=("$1"); shift; done
  [ $# -eq 0 ] || shift
  for dir in bin sbin lib lib64; do
    mkdir -p "$root/usr/$dir"
    ln -sfn "usr/$dir" "$root/$dir"
  done
  for deb in "${debs[@]}"; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --no-same-owner --keep-directory-symlink "$@"
  done
}
