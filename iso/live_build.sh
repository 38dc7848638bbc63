# SPDX-License-Identifier: GPL-2.0-or-later
# Drives live-build: its configuration, and its steps one by one. Sourced; works in the folder LIVE_BUILD_FOLDER.
#
# `lb build` as it comes spends most of its time on debootstrap, on installing tools into the chroot and removing them
# again, and on copying the chroot. live-build's steps are programs of their own, tied together by stage files in
# .build/; we run those that we want and, for those that we replace, leave the stage file that the next one asks for.

LIVE_BUILD_FOLDER=''

# Lays the flavour over config/, and the overlay beside it as live-build's includes.chroot_after_packages.
live_build_lay_out_configuration() {
  local source=$SOURCE_FOLDER flavour=$SOURCE_FOLDER/config/flavours/$OPTION_FLAVOUR
  mkdir -p "$LIVE_BUILD_FOLDER/config"
  rsync -a --exclude=/flavours --exclude=README.md "$source/config/" "$LIVE_BUILD_FOLDER/config/"
  rsync -a --exclude=README.md "$flavour/" "$LIVE_BUILD_FOLDER/config/"
  mkdir -p "$LIVE_BUILD_FOLDER/config/includes.chroot_after_packages" "$LIVE_BUILD_FOLDER/config/packages.chroot"
  rsync -a --exclude=/README.md "$source/overlay/" "$LIVE_BUILD_FOLDER/config/includes.chroot_after_packages/"
  inputs_write_release_file >"$LIVE_BUILD_FOLDER/config/includes.chroot_after_packages/etc/clusterdisc-release"
  # A checkout's times are those of the checkout; the disc's must not be.
  find "$LIVE_BUILD_FOLDER/config" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

live_build_suite_flag() {
  if archive_has_suite "$1"; then
    printf 'true\n'
  else
    printf 'false\n'
  fi
}

# The kernel's package name is PACKAGE-FLAVOUR for live-build: linux-image-6.1.N and openmosix-486.
live_build_configure() {
  local kernel_package=$1
  local security=${ARCHIVE_SECURITY_MIRROR:-$ARCHIVE_MIRROR}
  (
    cd "$LIVE_BUILD_FOLDER"
    lb config \
      --distribution "$ARCHIVE_DISTRIBUTION" --architecture "$ARCHIVE_ARCHITECTURE" --archive-areas main \
      --mirror-bootstrap "$ARCHIVE_MIRROR/" --mirror-chroot "$ARCHIVE_MIRROR/" --mirror-binary "$ARCHIVE_MIRROR/" \
      --mirror-chroot-security "$security/" --mirror-binary-security "$security/" \
      --parent-mirror-bootstrap "$ARCHIVE_MIRROR/" --parent-mirror-chroot "$ARCHIVE_MIRROR/" \
      --parent-mirror-binary "$ARCHIVE_MIRROR/" --parent-mirror-chroot-security "$security/" \
      --parent-mirror-binary-security "$security/" \
      --security "$(live_build_suite_flag "$ARCHIVE_DISTRIBUTION-security")" \
      --updates "$(live_build_suite_flag "$ARCHIVE_DISTRIBUTION-updates")" --backports false \
      --linux-packages "${kernel_package%-openmosix-*}" --linux-flavours "openmosix-${kernel_package##*-openmosix-}" \
      --apt-recommends false --apt-source-archives false --apt-indices true --firmware-chroot false \
      --debconf-frontend noninteractive --debian-installer none --initsystem systemd --initramfs live-boot \
      --memtest none --zsync false --win32-loader false --loadlin false --checksums sha256 \
      --binary-images iso-hybrid --bootloaders syslinux,grub-efi --build-with-chroot false \
      --chroot-squashfs-compression-type zstd --utc-time true --cache-packages true --color \
      --iso-volume "CLUSTERDISC" --apt-options '--yes -o Dpkg::Options::=--force-unsafe-io'
  )
}

live_build_step() {
  (cd "$LIVE_BUILD_FOLDER" && lb "$@")
}

live_build_mark_done() {
  mkdir -p "$LIVE_BUILD_FOLDER/.build"
  local step
  for step in "$@"; do
    touch "$LIVE_BUILD_FOLDER/.build/$step"
  done
}
