#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fetches python's and perl's own test suites from the Debian archive that this machine's apt uses, verified by apt, into
# the cache: the newest that the archive has, which has the upstream version of the interpreters that are installed here.
# Prints the path of the folder, which has
#
#   python/test/    the package "test" of the standard library, with all of it
#   perl/t, lib     perl's tests, and the modules that they look for beside them
set -euo pipefail
export LC_ALL=C.UTF-8

SOURCE_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for library in report cleanup cache archive; do
  # shellcheck source=/dev/null
  source "$SOURCE_FOLDER/builder/$library.sh"
done
cleanup_install

# Debian 12's.
PYTHON=python3.11
PYTHON_LIBRARY=/usr/lib/$PYTHON
PERL_LIBRARIES=(/usr/share/perl/5.36 "/usr/lib/$(dpkg --print-architecture | sed 's/amd64/x86_64/')-linux-gnu/perl/5.36")

installed_version() {
  dpkg-query -W -f '${Version}' "$1" || report_die "$1 is not installed here"
}

# prepare_apt FOLDER deb|deb-src : the archive's lists in FOLDER/apt, with its signatures checked.
prepare_apt() {
  local folder=$1 kind=$2 options
  archive_find_mirrors '' '' || report_exit_on_problems
  mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial"
  : >"$folder/apt/status"
  archive_source_line "$ARCHIVE_DISTRIBUTION" "$ARCHIVE_MIRROR" | sed "s/^deb /$kind /" >"$folder/apt/sources.list"
  mapfile -t options < <(archive_apt_options "$folder/apt")
  apt-get "${options[@]}" -q update >&2
}

fetch_python() {
  local folder=$1 options
  report_info "fetching lib$PYTHON-testsuite"
  prepare_apt "$folder" deb
  mapfile -t options < <(archive_apt_options "$folder/apt")
  (cd "$folder" && apt-get "${options[@]}" -q download "lib$PYTHON-testsuite") >&2
  dpkg-deb -x "$folder"/*.deb "$folder/package"
  mkdir "$folder/python"
  # What runs the tests is in another package, which is installed.
  cp -a "$PYTHON_LIBRARY/test" "$folder/python/"
  cp -a "$folder/package$PYTHON_LIBRARY/test" "$folder/python/"
  rm -rf "$folder/apt" "$folder/package" "$folder"/*.deb
}

fetch_perl() {
  local folder=$1 options library
  report_info "fetching the source of perl"
  # The tests are upstream's, the same for each of Debian's versions.
  prepare_apt "$folder" deb-src
  mkdir "$folder/source"
  mapfile -t options < <(archive_apt_options "$folder/apt")
  (cd "$folder/source" && apt-get "${options[@]}" -q source --download-only perl) >&2
  mkdir "$folder/perl"
  tar -xf "$folder"/source/perl_*.orig.tar.xz -C "$folder/perl" --strip-components=1 --wildcards --no-wildcards-match-slash 'perl-*/t' 'perl-*/lib'
  # Those of the build, as Config.pm, are the installed ones.
  for library in "${PERL_LIBRARIES[@]}"; do
    cp -a --remove-destination "$(readlink -f "$library")/." "$folder/perl/lib/"
  done
  ln -s /usr/bin/perl "$folder/perl/t/perl"
  ln -s /usr/bin/perl "$folder/perl/perl"
  rm -rf "$folder/apt" "$folder/source"
}

PYTHON_VERSION=$(installed_version "$PYTHON")
PERL_VERSION=$(installed_version perl)
KEY=$(cache_key test-suites "$PYTHON_VERSION" "$PERL_VERSION" "@${BASH_SOURCE[0]}")
if ! ENTRY=$(cache_find test-suites "$KEY"); then
  cache_new_temporary test-suites
  fetch_python "$CACHE_TEMPORARY"
  fetch_perl "$CACHE_TEMPORARY"
  ENTRY=$(cache_store test-suites "$KEY" "$CACHE_TEMPORARY")
fi
printf '%s\n' "$ENTRY"
