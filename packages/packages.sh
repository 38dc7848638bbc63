# SPDX-License-Identifier: GPL-2.0-or-later
# Builds our own Debian packages natively for i386, or takes them from the cache. Sourced; the caller has
# `set -euo pipefail`.
#
#   packages_build    sets PACKAGES_FOLDER to a folder of the cache with the *.deb of all source folders

# Read by build.sh and iso/.
# shellcheck disable=SC2034
PACKAGES_FOLDER=''

# What every package may use; it lies beside the package's own folder while that is built.
PACKAGES_COMMON=common

# Source folders that are Debian packages: those with a debian/control.
packages_sources() {
  local control
  for control in "$SOURCE_FOLDER"/*/debian/control; do
    if [[ -f $control ]]; then
      basename "$(dirname "$(dirname "$control")")"
    fi
  done
}

packages_build() {
  local sources root_key name folder folders=() key
  mapfile -t sources < <(packages_sources)
  root_key=$(build_root_key)
  for name in "${sources[@]}"; do
    packages_build_one "$name" "$root_key"
    folders+=("$PACKAGES_ONE")
  done
  key=$(cache_key packages "${folders[@]}")
  if ! PACKAGES_FOLDER=$(cache_find packages "$key"); then
    cache_new_temporary packages
    for folder in "${folders[@]}"; do
      cp "$folder"/*.deb "$CACHE_TEMPORARY/"
    done
    PACKAGES_FOLDER=$(cache_store packages "$key" "$CACHE_TEMPORARY")
  fi
}

# packages_build_one NAME ROOT_KEY : sets PACKAGES_ONE to the cache folder with the packages of one source folder.
packages_build_one() {
  local name=$1 key sources result
  cache_new_temporary "source-$name"
  sources=$CACHE_TEMPORARY
  # What tests and builds on this machine left in the folder is no source.
  tar -C "$SOURCE_FOLDER" --exclude=__pycache__ --exclude=.pytest_cache --exclude="$name/build" -c "$name" \
    "$PACKAGES_COMMON" | tar -C "$sources" -x
  key=$(cache_key "$2" "@$SOURCE_FOLDER/packages/packages.sh" "@$sources/$name" "@$sources/$PACKAGES_COMMON")
  if PACKAGES_ONE=$(cache_find "package-$name" "$key"); then
    report_info "package $name: from the cache"
    return
  fi
  build_root_open
  mkdir -p "$BUILD_ROOT/build"
  cp -r --preserve=mode "$sources/$name" "$sources/$PACKAGES_COMMON" "$BUILD_ROOT/build/"
  packages_check_dependencies "$name"
  report_info "package $name: compiling"
  # dpkg-buildpackage takes its SOURCE_DATE_EPOCH from debian/changelog, so that another room's commit changes nothing.
  build_root_run "/build/$name" env -u SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS="parallel=${JOBS:-$(nproc)}" \
    dpkg-buildpackage -us -uc -b
  cache_new_temporary "package-$name"
  result=$CACHE_TEMPORARY
  find "$BUILD_ROOT/build" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -exec cp {} "$result/" \;
  rm -rf --one-file-system "$BUILD_ROOT"
  PACKAGES_ONE=$(cache_store "package-$name" "$key" "$result")
}

packages_check_dependencies() {
  local missing
  if ! missing=$(build_root_run "/build/$1" dpkg-checkbuilddeps 2>&1); then
    report_die "$1/debian/control: ${missing#*: error: }; add them to BUILD_ROOT_PACKAGES in builder/build_root.sh"
  fi
}
