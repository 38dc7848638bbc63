#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Patches, configures, checks and compiles the kernel. Runs in the build root; this folder lies beside the tree there.
#
#   compile.sh TREE configure|compile|debug
#
# `configure` stops after the check, which takes seconds: for work on the fragments. `debug` makes the image alone, with the
# checks of debug/.
set -euo pipefail

KERNEL_SOURCES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
JOBS=${JOBS:-$(nproc)}

# The names of the patches, in order; comments and empty lines of the series do not count.
patch_names() {
  if [[ -f $KERNEL_SOURCES/patches/series ]]; then
    sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$KERNEL_SOURCES/patches/series"
  fi
}

apply_patches() {
  local name
  patch_names | while read -r name; do
    printf 'patch %s\n' "$name"
    if ! patch -d "$1" -p1 --forward --fuzz=0 --quiet <"$KERNEL_SOURCES/patches/$name"; then
      printf 'error: kernel/patches/%s does not apply to this kernel source; rebase it (kernel/README.md)\n' "$name" >&2
      exit 1
    fi
  done
}

# configure TREE FRAGMENT... : the kernel's own defaults, overruled by the fragments.
configure() {
  local tree=$1 merged
  shift
  merged=$(mktemp)
  cat "$@" >"$merged"
  make -s -C "$tree" ARCH=i386 KCONFIG_ALLCONFIG="$merged" alldefconfig
  rm -f "$merged"
  /usr/bin/python3 "$KERNEL_SOURCES/check_config.py" --tree "$tree" --config "$tree/.config" "$@"
}

# Makes FOLDER with the fragments of debug/, and with those of config/ where debug/ does not say otherwise.
overrule_fragments() {
  local folder=$1 fragment
  sed -nE 's/^(# )?(CONFIG_[A-Za-z0-9_]+)(=| is not set).*/^(# )?\2(=| is not set)/p' \
    "$KERNEL_SOURCES"/debug/*.config >"$folder/overruled"
  for fragment in "$KERNEL_SOURCES"/config/*.config; do
    grep -vE -f "$folder/overruled" "$fragment" >"$folder/$(basename "$fragment")"
  done
  cp "$KERNEL_SOURCES"/debug/*.config "$folder/"
}

# What would differ between two machines or two days is fixed here. zstd at its highest level wants more memory than a
# 32-bit process has when it does not know how large its input is; a window of 16 MiB holds the whole kernel anyway.
compile() {
  local tree=$1
  shift
  KBUILD_BUILD_TIMESTAMP=$(date -u -d "@$SOURCE_DATE_EPOCH") KBUILD_BUILD_USER=clusterdisc \
    KBUILD_BUILD_HOST=clusterdisc KBUILD_BUILD_VERSION=1 \
    make -s -C "$tree" ARCH=i386 -j "$JOBS" ZSTD='zstd --zstd=wlog=24,clog=25,hlog=24' "$@"
}

case ${2:-} in
  configure)
    apply_patches "$1"
    configure "$1" "$KERNEL_SOURCES"/config/*.config
    ;;
  compile)
    apply_patches "$1"
    configure "$1" "$KERNEL_SOURCES"/config/*.config
    compile "$1" bzImage modules
    ;;
  debug)
    apply_patches "$1"
    FRAGMENTS=$(mktemp -d)
    trap 'rm -rf "$FRAGMENTS"' EXIT
    overrule_fragments "$FRAGMENTS"
    configure "$1" "$FRAGMENTS"/*.config
    compile "$1" bzImage
    ;;
  *)
    printf 'usage: %s TREE configure|compile|debug\n' "$0" >&2
    exit 2
    ;;
esac
