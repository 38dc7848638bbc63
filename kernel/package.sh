#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the Debian package of a compiled kernel, laid out as Debian's own kernel packages are. Runs in the build root.
#
#   package.sh TREE RELEASE VERSION SOURCE_VERSION OUTPUT_FOLDER
#
# TREE is the compiled kernel tree. Two runs over the same tree give the same bytes (SOURCE_DATE_EPOCH must be set).
set -euo pipefail
umask 022

# The largest kernel that leaves the disc its room: vmlinuz and modules as installed.
SIZE_LIMIT_MIB=40

if (($# != 5)) || [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
  printf 'usage: SOURCE_DATE_EPOCH=SECONDS %s TREE RELEASE VERSION SOURCE_VERSION OUTPUT_FOLDER\n' "$0" >&2
  exit 2
fi
TREE=$(realpath "$1")
RELEASE=$2
VERSION=$3
SOURCE_VERSION=$4
OUTPUT_FOLDER=$(realpath "$5")
PACKAGE=linux-image-$RELEASE
STAGE=$(mktemp -d)
chmod 755 "$STAGE"
trap 'rm -rf "$STAGE"' EXIT

install_kernel() {
  install -d "$STAGE/boot"
  install -m 644 "$TREE/arch/x86/boot/bzImage" "$STAGE/boot/vmlinuz-$RELEASE"
  install -m 644 "$TREE/.config" "$STAGE/boot/config-$RELEASE"
  install -m 644 "$TREE/System.map" "$STAGE/boot/System.map-$RELEASE"
}

install_modules() {
  make -s -C "$TREE" ARCH=i386 INSTALL_MOD_PATH="$STAGE" INSTALL_MOD_STRIP=1 modules_install
  # Links into the tree that is about to vanish.
  rm -f "$STAGE/lib/modules/$RELEASE/build" "$STAGE/lib/modules/$RELEASE/source"
}

install_documentation() {
  local folder=$STAGE/usr/share/doc/$PACKAGE
  install -d "$folder"
  cat >"$folder/copyright" <<END
This is the Linux kernel, made from the Debian package linux-source-6.1
(version $SOURCE_VERSION) with the configuration and patches of ClusterDisc.

Copyright: Linus Torvalds and thousands of others; the source names them.
License: GPL-2.0-only WITH Linux-syscall-note. On Debian systems the text
of the GNU General Public License, version 2, is in
/usr/share/common-licenses/GPL-2.
END
}

# maintainer_script NAME ACTION... : on these actions of dpkg, runs the hooks that other packages (initramfs-tools above
# all) left for kernels, the way Debian's kernel packages do: arguments are release and image, DEB_MAINT_PARAMS tells more.
maintainer_script() {
  local name=$1 actions
  shift
  actions=$(IFS='|' && printf '%s' "$*")
  cat >"$STAGE/DEBIAN/$name" <<END
#!/bin/sh
set -e
case \$1 in
  $actions) ;;
  *) exit 0 ;;
esac
if [ -d /etc/kernel/$name.d ]; then
  DEB_MAINT_PARAMS="\$*"
  export DEB_MAINT_PARAMS
  run-parts --report --exit-on-error --arg=$RELEASE --arg=/boot/vmlinuz-$RELEASE /etc/kernel/$name.d
fi
END
  chmod 755 "$STAGE/DEBIAN/$name"
}

write_control() {
  install -d "$STAGE/DEBIAN"
  local installed
  installed=$(find "$STAGE" -path "$STAGE/DEBIAN" -prune -o -type f -printf '%s\n' | awk '{ n += int(($1 + 1023) / 1024) } END { print n }')
  cat >"$STAGE/DEBIAN/control" <<END
Package: $PACKAGE
Version: $VERSION
Architecture: i386
Maintainer: ClusterDisc <clusterdisc@localhost>
Section: kernel
Priority: optional
Installed-Size: $installed
Depends: kmod, initramfs-tools (>= 0.120+deb8u2) | linux-initramfs-tool
Built-Using: linux (= $SOURCE_VERSION)
Provides: linux-image, wireguard-modules (= 1.0.0)
Description: Linux for cluster nodes from the 486 up (openMosix flavour)
 The kernel of ClusterDisc: Linux 6.1 from Debian's source for any x86 PC from
 the 486DX up, with one or many processors, configured for live media, for the
 hardware of computer labs and for process migration.
END
  maintainer_script preinst install upgrade
  maintainer_script postinst configure
  maintainer_script prerm remove
  maintainer_script postrm remove purge
  (cd "$STAGE" && find boot lib usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$STAGE/DEBIAN/md5sums"
}

check_size() {
  local bytes=$1 limit=$((SIZE_LIMIT_MIB * 1024 * 1024))
  printf 'installed: vmlinuz and modules take %d KiB of %d KiB\n' $((bytes / 1024)) $((limit / 1024))
  if ((bytes > limit)); then
    printf 'error: the kernel is larger than %d MiB; the largest modules:\n' "$SIZE_LIMIT_MIB" >&2
    find "$STAGE/lib/modules" -name '*.ko' -printf '%s %P\n' | sort -rn | head -n 15 >&2
    printf 'remove something from kernel/config/*.config\n' >&2
    exit 1
  fi
}

install_kernel
install_modules
install_documentation
write_control
BYTES=$({
  find "$STAGE/lib/modules" -type f -printf '%s\n'
  stat -c %s "$STAGE/boot/vmlinuz-$RELEASE"
} | awk '{ n += $1 } END { print n }')
check_size "$BYTES"
printf '%s\n' "$BYTES" >"$OUTPUT_FOLDER/installed_bytes"
install -m 644 "$TREE/.config" "$OUTPUT_FOLDER/config"
find "$STAGE" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
# xz with several threads gives other bytes than with one.
DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz -z3 --build "$STAGE" \
  "$OUTPUT_FOLDER/${PACKAGE}_${VERSION}_i386.deb"
