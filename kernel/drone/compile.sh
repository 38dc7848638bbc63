#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the drone's kernel. Runs in the build root, where the folder kernel lies beside the tree.
#
#   compile.sh TREE configure   patch TREE, configure it with this folder's fragments, and check that; takes seconds
#   compile.sh TREE compile     the same, and compile it with an initramfs that has nothing in it
#   compile.sh TREE link        link it anew with the initramfs that CONFIG_INITRAMFS_SOURCE names
set -euo pipefail

if (($# != 2)) || [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
  printf 'usage: SOURCE_DATE_EPOCH=SECONDS %s TREE configure|compile|link\n' "$0" >&2
  exit 2
fi
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TREE=$(realpath "$1")

# Guests come with code of the vDSO of their home, so that of the drone has to be the disc's, bit for bit. Its source is the
# same; the configurations have to agree where it looks, and it is not made small when the rest is.
VDSO=arch/x86/entry/vdso/vdso32.so
VDSO_FLAGS='CFLAGS_vdso32/vclock_gettime.o=-O2'

# What would differ between two machines or two days is fixed here.
run_make() {
  KBUILD_BUILD_TIMESTAMP=$(date -u -d "@$SOURCE_DATE_EPOCH") KBUILD_BUILD_USER=clusterdisc \
    KBUILD_BUILD_HOST=clusterdisc KBUILD_BUILD_VERSION=1 make -s -C "$TREE" ARCH=i386 -j "${JOBS:-$(nproc)}" "$@"
}

# In the drone's kernel is nothing but what the fragments ask for: the disc's starts from the kernel's own defaults instead.
configure() {
  local merged
  merged=$(mktemp)
  cat "$HERE"/*.config >"$merged"
  make -s -C "$TREE" ARCH=i386 KCONFIG_ALLCONFIG="$merged" allnoconfig
  rm -f "$merged"
  /usr/bin/python3 "$HERE/../check_config.py" --tree "$TREE" --config "$TREE/.config" "$HERE"/*.config
}

# The kernel wants the file from the first time on; this one has nothing in it.
make_empty_initramfs() {
  cpio --quiet --create --format=newc </dev/null | xz --check=crc32 \
    >"$(sed -n 's/^CONFIG_INITRAMFS_SOURCE="\(.*\)"$/\1/p' "$TREE/.config")"
}

check_vdso() {
  if ! cmp --silent "$1" "$TREE/$VDSO"; then
    printf 'error: %s, so no guest could come; make kernel/drone/*.config agree with kernel/config/*.config in %s\n' \
      "the vDSO of the drone is not that of the disc" "what arch/x86/entry/vdso reads" >&2
    exit 1
  fi
}

case $2 in
  configure)
    "$HERE/../compile.sh" "$TREE" configure
    configure
    ;;
  compile)
    # The patches, and the configuration of the disc.
    "$HERE/../compile.sh" "$TREE" configure
    run_make "$(dirname "$VDSO")/"
    cp "$TREE/$VDSO" "$TREE/../vdso-of-the-disc"
    configure
    run_make "$VDSO_FLAGS" "$(dirname "$VDSO")/"
    check_vdso "$TREE/../vdso-of-the-disc"
    make_empty_initramfs
    run_make "$VDSO_FLAGS" bzImage
    ;;
  link) run_make "$VDSO_FLAGS" bzImage ;;
  *)
    printf 'error: %s: there is no "%s", only configure, compile and link\n' "$0" "$2" >&2
    exit 2
    ;;
esac
