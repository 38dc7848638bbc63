#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes our kernel with the kernel's own checks (debug/*.config), without modules, and prints the path of its image. It
# comes from the cache until the patches, a configuration, Debian's source or the compiler changes.
#
#   debug-kernel.sh [MIRROR [SECURITY_MIRROR]]
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8 TZ=UTC

SOURCE_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for library in builder/{report,cleanup,cache,archive,build_root} kernel/kernel; do
  # shellcheck source=/dev/null
  source "$SOURCE_FOLDER/$library.sh"
done
cleanup_install
JOBS=${JOBS:-$(nproc)}

# debug_kernel_make FOLDER TARBALL SOURCE_TIME : puts the image into FOLDER.
debug_kernel_make() {
  local -x SOURCE_DATE_EPOCH=$3
  build_root_open
  mkdir -p "$BUILD_ROOT/build/linux"
  tar -xf "$2" -C "$BUILD_ROOT/build/linux" --strip-components=1
  cp -r "$SOURCE_FOLDER/kernel" "$BUILD_ROOT/build/kernel"
  report_info "debug kernel: compiling"
  build_root_run /build kernel/compile.sh linux debug
  cp "$BUILD_ROOT/build/linux/arch/x86/boot/bzImage" "$1/vmlinuz"
}

archive_find_mirrors "${1:-}" "${2:-}" || report_exit_on_problems
archive_prepare no || report_exit_on_problems
# The build root and the source are then of the same state of the archive.
archive_remember
mapfile -t SOURCE < <("$SOURCE_FOLDER/kernel/linux-source.sh" "$ARCHIVE_MIRROR" "$ARCHIVE_SECURITY_MIRROR")
((${#SOURCE[@]} == 3)) || report_die "the kernel source could not be fetched (see above)"
KEY=$(cache_key "$(kernel_key "${SOURCE[1]}")" "@$SOURCE_FOLDER/kernel/debug" "@$SOURCE_FOLDER/kernel/debug-kernel.sh")
if ! ENTRY=$(cache_find debug-kernel "$KEY"); then
  cache_new_temporary debug-kernel
  RESULT=$CACHE_TEMPORARY
  debug_kernel_make "$RESULT" "${SOURCE[0]}" "${SOURCE[2]}" >&2
  ENTRY=$(cache_store debug-kernel "$KEY" "$RESULT")
fi
printf '%s\n' "$ENTRY/vmlinuz"
