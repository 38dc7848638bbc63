# SPDX-License-Identifier: GPL-2.0-or-later
# The drone: kernel and initramfs in one file. Sourced; the caller has `set -euo pipefail`.
#
#   drone_image_build    sets DRONE_FOLDER to a folder of the cache with
#                          drone            the file
#                          drone.json       {bytes, sha256, kernel, packages, …} for the manifest
#                          System.map       the addresses of its kernel's functions
#   drone_build          puts the drone into OUTPUT_FOLDER; needs neither the disc nor a cluster key

DRONE_FOLDER=''

# A file that any boot loader loads quickly; that of CHAOS, with Linux 2.4, had 6 MB.
DRONE_SIZE_LIMIT_MIB=7

# drone_image_build [anew] : `anew` neither looks into the cache nor leaves anything there.
drone_image_build() {
  local key
  # Only what is in the file counts: DISC_VERSION stands on the first screen.
  key=$(cache_key "$(basename "$DRONE_KERNEL_FOLDER")" "$(basename "$PACKAGES_FOLDER")" "$(build_root_key)" "$DISC_VERSION" \
    "@$SOURCE_FOLDER/drone" "@$SOURCE_FOLDER/common")
  if [[ ${1:-} != anew ]] && DRONE_FOLDER=$(cache_find drone "$key"); then
    report_info "drone: from the cache"
    return
  fi
  cache_new_temporary drone
  drone_image_make "$CACHE_TEMPORARY"
  DRONE_FOLDER=$DRONE_RESULT
  if [[ ${1:-} != anew ]]; then
    DRONE_FOLDER=$(cache_store drone "$key" "$DRONE_RESULT")
  fi
}

# drone_image_make FOLDER : fills it.
drone_image_make() {
  # The time of the kernel's source, as for the kernel: another commit of this repository changes no byte.
  local -x SOURCE_DATE_EPOCH=${DRONE_KERNEL_SOURCE[2]}
  local package
  DRONE_RESULT=$1
  build_root_open
  mkdir -p "$BUILD_ROOT/build/sources" "$BUILD_ROOT/build/packages" "$BUILD_ROOT/build/result"
  cp -r "$SOURCE_FOLDER/drone" "$SOURCE_FOLDER/common" "$BUILD_ROOT/build/sources/"
  for package in "$PACKAGES_FOLDER"/*.deb; do
    dpkg-deb -x "$package" "$BUILD_ROOT/build/packages"
  done
  printf 'NAME="ClusterDisc"\nVERSION="%s"\nFLAVOUR="drone"\n' "$DISC_VERSION" >"$BUILD_ROOT/build/release"
  report_info "drone: collecting its files"
  build_root_run /build sources/drone/collect.sh sources packages release result
  report_info "drone: linking its kernel with them"
  drone_kernel_link "$BUILD_ROOT/build/result/initramfs.cpio.xz" "$DRONE_RESULT"
  mv "$BUILD_ROOT/build/result"/{initramfs.cpio.xz,packages} "$DRONE_RESULT/"
  rm -rf --one-file-system "$BUILD_ROOT"
  drone_check_size "$DRONE_RESULT/drone"
  drone_describe "$DRONE_RESULT" >"$DRONE_RESULT/drone.json"
}

drone_kernel_release() {
  /usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["release"])' "$DRONE_KERNEL_FOLDER/kernel.json"
}

drone_check_size() {
  local bytes
  bytes=$(stat -c %s "$1")
  report_info "drone: $((bytes / 1024)) KiB"
  ((bytes <= DRONE_SIZE_LIMIT_MIB * 1048576)) || report_die \
    "the drone has $bytes bytes, more than $DRONE_SIZE_LIMIT_MIB MiB; take something out of kernel/drone/*.config or drone/collect.sh"
}

drone_describe() {
  /usr/bin/python3 -c '
import hashlib, json, pathlib, sys
folder, kernel = map(pathlib.Path, sys.argv[1:])
drone = (folder / "drone").read_bytes()
json.dump({
    "bytes": len(drone), "sha256": hashlib.sha256(drone).hexdigest(),
    "initramfs_bytes": (folder / "initramfs.cpio.xz").stat().st_size,
    "kernel": json.loads(kernel.read_text()),
    "packages": dict(line.split() for line in (folder / "packages").read_text().splitlines())}, sys.stdout, indent=2)
print()' "$1" "$DRONE_KERNEL_FOLDER/kernel.json"
}

drone_build() {
  stage_plan 3
  stage_run "drone's kernel" drone_kernel_build
  stage_run "our packages" packages_build
  if [[ $OPTION_NO_STAGE_CACHE == yes ]]; then
    stage_run "drone" drone_image_build anew
  else
    stage_run "drone" drone_image_build
  fi
  drone_put
}

# Both files appear whole or not at all. There is no secret in them.
drone_put() {
  local name=clusterdisc-$DISC_VERSION-drone scratch
  scratch=$(mktemp -d "$OUTPUT_FOLDER/.drone.XXXXXX")
  cleanup_push rm -rf "$scratch"
  cp "$DRONE_FOLDER/drone" "$scratch/$name"
  cp "$DRONE_FOLDER/drone.json" "$scratch/$name.manifest.json"
  output_put 644 "$scratch/$name" "$OUTPUT_FOLDER"
  output_put 644 "$scratch/$name.manifest.json" "$OUTPUT_FOLDER"
  report_info "$OUTPUT_FOLDER/$name"
}
