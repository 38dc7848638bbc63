# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the drone's kernel (drone/*.config). Sourced; the caller has `set -euo pipefail`.
#
#   drone_kernel_build             sets DRONE_KERNEL_FOLDER to a folder of the cache with
#                                    tree.tar.zst    the compiled tree
#                                    kernel.json     {release, source_version, compiler, config_sha256, build_seconds}
#   drone_kernel_link CPIO FOLDER  in the open build root: links the kernel with the packed initramfs CPIO in it, and puts it
#                                  into FOLDER as drone, with its System.map

DRONE_KERNEL_FOLDER=''

# What is in the tree and is never read for the drone. All Kconfig files and Makefiles stay: make reads them each time.
DRONE_KERNEL_LEFT_OUT=(
  'linux/Documentation/*/*' 'linux/tools/perf' 'linux/tools/testing' 'linux/arch/[!x]*/*' 'linux/arch/xtensa/*'
  'linux/sound/*.[ch]' 'linux/drivers/media/*.[ch]' 'linux/drivers/gpu/drm/*/*.[ch]' 'linux/drivers/net/wireless/*.[ch]'
)

drone_kernel_build() {
  local key entry
  mapfile -t DRONE_KERNEL_SOURCE < <("$SOURCE_FOLDER/kernel/linux-source.sh" "$ARCHIVE_MIRROR" "$ARCHIVE_SECURITY_MIRROR")
  ((${#DRONE_KERNEL_SOURCE[@]} == 3)) || report_die "the kernel source could not be fetched (see above)"
  key=$(drone_kernel_key)
  if entry=$(cache_find drone-kernel "$key"); then
    report_info "drone's kernel: from the cache"
  else
    cache_new_temporary drone-kernel
    drone_kernel_make "$CACHE_TEMPORARY"
    entry=$(cache_store drone-kernel "$key" "$DRONE_KERNEL_RESULT")
  fi
  DRONE_KERNEL_FOLDER=$entry
}

drone_kernel_key() {
  local folder=$SOURCE_FOLDER/kernel
  cache_key "${DRONE_KERNEL_SOURCE[1]}" "$(kernel_compiler)" "@$folder/drone" "@$folder/patches" "@$folder/check_config.py" \
    "@$folder/compile.sh" "@$folder/drone-kernel.sh"
}

# drone_kernel_make FOLDER : fills it.
drone_kernel_make() {
  # The time of the source, as for the disc's kernel: another commit of this repository changes no byte.
  local -x SOURCE_DATE_EPOCH=${DRONE_KERNEL_SOURCE[2]}
  local start=$SECONDS pattern options=()
  DRONE_KERNEL_RESULT=$1
  build_root_open
  report_info "drone's kernel: compiling"
  mkdir -p "$BUILD_ROOT/build/linux"
  tar -xf "${DRONE_KERNEL_SOURCE[0]}" -C "$BUILD_ROOT/build/linux" --strip-components=1
  cp -r "$SOURCE_FOLDER/kernel" "$BUILD_ROOT/build/kernel"
  build_root_run /build kernel/drone/compile.sh linux compile
  drone_kernel_describe "$BUILD_ROOT/build/linux" $((SECONDS - start)) >"$DRONE_KERNEL_RESULT/kernel.json"
  for pattern in "${DRONE_KERNEL_LEFT_OUT[@]}"; do
    options+=(--exclude="$pattern")
  done
  # With the fractions of seconds, by which make knows what is older.
  tar --create --format=posix --directory "$BUILD_ROOT/build" "${options[@]}" linux |
    zstd -q -3 -T0 -o "$DRONE_KERNEL_RESULT/tree.tar.zst"
  rm -rf --one-file-system "$BUILD_ROOT"
}

# drone_kernel_describe TREE SECONDS
drone_kernel_describe() {
  /usr/bin/python3 -c '
import json, sys
release, source_version, compiler, config, seconds = sys.argv[1:]
json.dump({"release": release, "source_version": source_version, "compiler": compiler, "config_sha256": config,
           "build_seconds": int(seconds)}, sys.stdout, indent=2)
print()' "$(cat "$1/include/config/kernel.release")" "${DRONE_KERNEL_SOURCE[1]}" "$(kernel_compiler)" \
    "$(sha256sum <"$1/.config" | cut -d ' ' -f 1)" "$2"
}

drone_kernel_link() {
  cp "$1" "$BUILD_ROOT/build/initramfs.cpio.xz"
  cp -r "$SOURCE_FOLDER/kernel" "$BUILD_ROOT/build/kernel"
  tar --zstd -xf "$DRONE_KERNEL_FOLDER/tree.tar.zst" -C "$BUILD_ROOT/build"
  build_root_run /build kernel/drone/compile.sh linux link
  cp "$BUILD_ROOT/build/linux/arch/x86/boot/bzImage" "$2/drone"
  cp "$BUILD_ROOT/build/linux/System.map" "$2/"
}
