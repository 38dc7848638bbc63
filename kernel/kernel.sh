# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the kernel package, or takes it from the cache. Sourced; the caller has `set -euo pipefail`.
#
#   kernel_build    sets KERNEL_FOLDER to a folder of the cache with
#                     linux-image-RELEASE_VERSION_i386.deb
#                     config        the final configuration
#                     kernel.json   {release, version, config_sha256, source_version, compiler, patches[],
#                                    build_seconds, installed_bytes, package}

KERNEL_FOLDER=''
KERNEL_FLAVOUR=openmosix-486

# What the compiled code depends on besides this folder.
kernel_compiler() {
  build_root_versions gcc-12 binutils | paste -sd ' '
}

# kernel_key SOURCE_VERSION : the tests beside the scripts and the texts do not change the kernel.
kernel_key() {
  local folder=$SOURCE_FOLDER/kernel
  cache_key "$1" "$(kernel_compiler)" "@$folder/config" "@$folder/patches" "@$folder/check_config.py" \
    "@$folder/compile.sh" "@$folder/package.sh" "@$folder/kernel.sh"
}

kernel_build() {
  local source key entry
  mapfile -t source < <("$SOURCE_FOLDER/kernel/linux-source.sh" "$ARCHIVE_MIRROR" "$ARCHIVE_SECURITY_MIRROR")
  ((${#source[@]} == 3)) || report_die "the kernel source could not be fetched (see above)"
  key=$(kernel_key "${source[1]}")
  if entry=$(cache_find kernel "$key"); then
    report_info "kernel: from the cache"
  else
    cache_new_temporary kernel
    kernel_make "$key" "$CACHE_TEMPORARY" "${source[@]}"
    entry=$(cache_store kernel "$key" "$KERNEL_RESULT")
  fi
  KERNEL_FOLDER=$entry
  kernel_show_figures "$KERNEL_FOLDER/kernel.json"
}

# kernel_make KEY FOLDER TARBALL SOURCE_VERSION SOURCE_TIME : fills FOLDER.
kernel_make() {
  local key=$1 tarball=$3 source_version=$4 start=$SECONDS release version
  # The time of the source, not of this repository's last commit: the kernel stays the same while other rooms change.
  local -x SOURCE_DATE_EPOCH=$5
  KERNEL_RESULT=$2
  build_root_open
  report_info "kernel: unpacking $(basename "$tarball") $source_version"
  mkdir -p "$BUILD_ROOT/build/linux" "$BUILD_ROOT/build/result"
  tar -xf "$tarball" -C "$BUILD_ROOT/build/linux" --strip-components=1
  cp -r "$SOURCE_FOLDER/kernel" "$BUILD_ROOT/build/kernel"
  report_info "kernel: compiling"
  build_root_run /build kernel/compile.sh linux compile
  release=$(cat "$BUILD_ROOT/build/linux/include/config/kernel.release")
  [[ $release == *-$KERNEL_FLAVOUR ]] ||
    report_die "the kernel calls itself $release, not …-$KERNEL_FLAVOUR; CONFIG_LOCALVERSION in kernel/config is wrong"
  version=$source_version+openmosix.${key:0:8}
  build_root_run /build kernel/package.sh linux "$release" "$version" "$source_version" result
  cp "$BUILD_ROOT/build/result"/*.deb "$BUILD_ROOT/build/result/config" "$KERNEL_RESULT/"
  kernel_describe "$release" "$version" "$source_version" $((SECONDS - start)) \
    "$(cat "$BUILD_ROOT/build/result/installed_bytes")" >"$KERNEL_RESULT/kernel.json"
  rm -rf --one-file-system "$BUILD_ROOT"
}

kernel_describe() {
  local patches=()
  mapfile -t patches < <(sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' \
    "$SOURCE_FOLDER/kernel/patches/series" 2>/dev/null)
  /usr/bin/python3 -c '
import json, sys
release, version, source_version, seconds, size, config, compiler, package, *patches = sys.argv[1:]
json.dump({
    "release": release, "version": version, "source_version": source_version, "config_sha256": config,
    "compiler": compiler, "patches": patches, "build_seconds": int(seconds), "installed_bytes": int(size),
    "package": package}, sys.stdout, indent=2)
print()' "$@" "$(sha256sum <"$KERNEL_RESULT/config" | cut -d ' ' -f 1)" "$(kernel_compiler)" \
    "$(basename "$KERNEL_RESULT"/*.deb)" "${patches[@]}"
}

kernel_show_figures() {
  /usr/bin/python3 -c '
import json, sys
kernel = json.load(open(sys.argv[1]))
print("kernel {release}: built in {0} min {1} s, {2:.1f} MiB installed".format(
    *divmod(kernel["build_seconds"], 60), kernel["installed_bytes"] / 2**20, **kernel), file=sys.stderr)' "$1"
}
