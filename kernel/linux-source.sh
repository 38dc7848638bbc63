#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fetches Debian's kernel source into the cache, verified by apt, and prints three lines: the path of the tarball, the
# version of the Debian package, and the time of that version (seconds since 1970).
#
#   linux-source.sh [MIRROR [SECURITY_MIRROR]]
set -euo pipefail
export LC_ALL=C.UTF-8

SOURCE_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for library in report cleanup cache archive; do
  # shellcheck source=/dev/null
  source "$SOURCE_FOLDER/builder/$library.sh"
done
cleanup_install

LINUX_SOURCE_PACKAGE=linux-source-6.1

# Within a build the archive is known already; alone, this program looks for itself.
linux_source_find_archive() {
  archive_find_mirrors "${1:-}" "${2:-}" || report_exit_on_problems
  if [[ -n ${CLUSTERDISC_ARCHIVE:-} ]]; then
    archive_reuse
  else
    archive_prepare no || report_exit_on_problems
  fi
}

# "FOLDER ARCHITECTURE" of each verified suite. The source is a package for all architectures, so where the i386 index of
# a suite does not verify (which must not cost the kernel its security updates), another one serves as well.
linux_source_list_suites() {
  local line suite url
  for line in "${ARCHIVE_SUITES[@]}"; do
    printf '%s %s\n' "$ARCHIVE_FOLDER/${line%% *}" "$ARCHIVE_ARCHITECTURE"
  done
  for suite in "${ARCHIVE_LEFT_OUT[@]}"; do
    url=$ARCHIVE_MIRROR
    [[ $suite != *-security ]] || url=$ARCHIVE_SECURITY_MIRROR
    if [[ -n $url ]] && (
      ARCHIVE_ARCHITECTURE=amd64
      archive_fetch_suite "$suite" "$url" "$ARCHIVE_FOLDER/$suite-amd64"
    ); then
      printf '%s amd64\n' "$ARCHIVE_FOLDER/$suite-amd64"
    fi
  done
}

# Sets LINUX_SOURCE_SUITE (its folder), _ARCHITECTURE, _VERSION and _HASH to the newest version that is on offer.
linux_source_find_newest() {
  local folder architecture version hash
  LINUX_SOURCE_VERSION=''
  while read -r folder architecture; do
    while read -r version hash; do
      if [[ -z $LINUX_SOURCE_VERSION ]] || dpkg --compare-versions "$version" gt "$LINUX_SOURCE_VERSION"; then
        LINUX_SOURCE_SUITE=$folder LINUX_SOURCE_ARCHITECTURE=$architecture
        LINUX_SOURCE_VERSION=$version LINUX_SOURCE_HASH=$hash
      fi
    done < <(find "$folder/state/lists" -maxdepth 1 -name '*_Packages' -exec awk \
      -v package="$LINUX_SOURCE_PACKAGE" '
        /^Package: / { found = $2 == package }
        found && /^Version: / { version = $2 }
        found && /^SHA256: / { print version, $2 }' {} +)
  done < <(linux_source_list_suites)
  if [[ -z $LINUX_SOURCE_VERSION ]]; then
    report_die "the archive has no package $LINUX_SOURCE_PACKAGE; try another --mirror"
  fi
}

# Fills FOLDER with the tarball and the time of the version.
linux_source_fetch() {
  local folder=$1 options
  mapfile -t options < <(ARCHIVE_ARCHITECTURE=$LINUX_SOURCE_ARCHITECTURE archive_apt_options "$LINUX_SOURCE_SUITE")
  report_info "fetching $LINUX_SOURCE_PACKAGE $LINUX_SOURCE_VERSION"
  mkdir "$folder/package"
  (cd "$folder" && apt-get "${options[@]}" -q download "$LINUX_SOURCE_PACKAGE=$LINUX_SOURCE_VERSION") >&2
  sha256sum --status --check <<<"$LINUX_SOURCE_HASH  $(echo "$folder"/*.deb)" ||
    report_die "what apt fetched for $LINUX_SOURCE_PACKAGE $LINUX_SOURCE_VERSION is not what the archive's index names"
  dpkg-deb -x "$folder"/*.deb "$folder/package"
  mv "$folder/package/usr/src/$LINUX_SOURCE_PACKAGE.tar.xz" "$folder/"
  date -u +%s -d "$(zcat "$folder/package/usr/share/doc/$LINUX_SOURCE_PACKAGE"/changelog.Debian.gz |
    sed -n 's/^ -- .*>  //p' | head -n 1)" >"$folder/time"
  rm -rf "$folder/package" "$folder"/*.deb
}

linux_source_find_archive "$@"
linux_source_find_newest
KEY=$(cache_key "$LINUX_SOURCE_PACKAGE" "$LINUX_SOURCE_HASH")
if ! ENTRY=$(cache_find linux-source "$KEY"); then
  cache_new_temporary linux-source
  linux_source_fetch "$CACHE_TEMPORARY"
  ENTRY=$(cache_store linux-source "$KEY" "$CACHE_TEMPORARY")
fi
printf '%s\n%s\n%s\n' "$ENTRY/$LINUX_SOURCE_PACKAGE.tar.xz" "$LINUX_SOURCE_VERSION" "$(cat "$ENTRY/time")"
