# SPDX-License-Identifier: GPL-2.0-or-later
# The root file system in three steps, each stored under the hash of its inputs: bootstrap, packages, overlay. Sourced.
#
# A change in overlay/ repeats only the last step; a change of a package list the last two.

ROOT_FOLDER=''

root_pack() {
  tar --create --numeric-owner --xattrs --sort=name --directory "$1" . | zstd -q -T0 -1 -o "$2"
}

root_unpack() {
  mkdir -p "$2"
  zstd -q -dc "$1" | tar --extract --numeric-owner --xattrs --xattrs-include='*' --directory "$2"
}

# No file is newer than the stage's own time, whenever the stage was really run.
root_clamp_times() {
  find "$ROOT_FOLDER" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

# root_store KIND KEY : keeps the chroot, with live-build's stage files, as a cache entry.
root_store() {
  local entry
  root_clamp_times
  cache_new_temporary "$1"
  entry=$CACHE_TEMPORARY
  root_pack "$ROOT_FOLDER" "$entry/chroot.tar.zst"
  (cd "$LIVE_BUILD_FOLDER" && find . -maxdepth 1 \( -name .build -o -name 'chroot.packages.*' \)) |
    tar --create --directory "$LIVE_BUILD_FOLDER" --file "$entry/state.tar" --files-from -
  cache_store "$1" "$2" "$entry" >/dev/null
}

# root_find KIND KEY : prints the entry's folder; fails when there is none or the cache is not to be used.
root_find() {
  [[ $OPTION_NO_STAGE_CACHE == no ]] && cache_find "$1" "$2"
}

root_restore() {
  local entry=$1
  rm -rf "$ROOT_FOLDER" "$LIVE_BUILD_FOLDER/.build"
  root_unpack "$entry/chroot.tar.zst" "$ROOT_FOLDER"
  tar --extract --directory "$LIVE_BUILD_FOLDER" --file "$entry/state.tar"
}

# In place of `lb bootstrap`: mmdebstrap makes in half a minute what debootstrap needs three for.
root_bootstrap() {
  local entry
  # A later step that is cached makes this one needless.
  if root_find packages "$INPUTS_PACKAGES_KEY" || root_find root "$INPUTS_ROOT_KEY"; then
    return 0
  fi
  if entry=$(root_find bootstrap "$INPUTS_BOOTSTRAP_KEY"); then
    root_restore "$entry"
    return 0
  fi
  local -x SOURCE_DATE_EPOCH=$INPUTS_ARCHIVE_EPOCH
  mkdir -p "$ROOT_FOLDER"
  archive_sources_list | mmdebstrap --architectures="$ARCHIVE_ARCHITECTURE" --variant=apt --mode=root --quiet \
    --include="$INPUTS_BOOTSTRAP_PACKAGES" --aptopt='Acquire::Languages "none"' \
    --dpkgopt=force-unsafe-io "$ARCHIVE_DISTRIBUTION" "$ROOT_FOLDER" -
  rm -f "$ROOT_FOLDER/etc/resolv.conf" "$ROOT_FOLDER/etc/hostname"
  live_build_mark_done bootstrap
  root_store bootstrap "$INPUTS_BOOTSTRAP_KEY"
}

# The initramfs is made once, at the end, not by every package that has a hook for it.
root_hold_initramfs() {
  chroot "$ROOT_FOLDER" dpkg-divert --quiet --local --rename --add /usr/sbin/update-initramfs
  ln -s /bin/true "$ROOT_FOLDER/usr/sbin/update-initramfs"
}

root_release_initramfs() {
  rm "$ROOT_FOLDER/usr/sbin/update-initramfs"
  chroot "$ROOT_FOLDER" dpkg-divert --quiet --local --rename --remove /usr/sbin/update-initramfs
}

# Hard links in both directions: the cache of downloaded packages serves every build.
root_share_downloads() {
  mkdir -p "$CACHE_ROOT/downloads" "$LIVE_BUILD_FOLDER/cache/packages.chroot"
  find "$CACHE_ROOT/downloads" -name '*.deb' -mtime +60 -delete
  find "$CACHE_ROOT/downloads" -name '*.deb' -exec cp -lft "$LIVE_BUILD_FOLDER/cache/packages.chroot" {} +
}

root_keep_downloads() {
  find "$LIVE_BUILD_FOLDER/cache/packages.chroot" -name '*.deb' -exec cp -lft "$CACHE_ROOT/downloads" {} +
}

root_install_packages() {
  local entry
  if root_find root "$INPUTS_ROOT_KEY"; then
    return 0
  fi
  if entry=$(root_find packages "$INPUTS_PACKAGES_KEY"); then
    root_restore "$entry"
    return 0
  fi
  local -x SOURCE_DATE_EPOCH=$INPUTS_ARCHIVE_EPOCH
  root_share_downloads
  live_build_step chroot_prep install all mode-archives-chroot
  root_hold_initramfs
  live_build_step chroot_linux-image
  live_build_step chroot_firmware
  live_build_step chroot_preseed
  live_build_step chroot_includes_before_packages
  local pass
  for pass in install live; do
    live_build_step chroot_package-lists "$pass"
    live_build_step chroot_install-packages "$pass"
    chroot "$ROOT_FOLDER" dpkg-query -W >"$LIVE_BUILD_FOLDER/chroot.packages.$pass"
  done
  root_release_initramfs
  root_keep_downloads
  live_build_step chroot_prep remove all mode-archives-chroot
  root_store packages "$INPUTS_PACKAGES_KEY"
}

# Once, after everything that has a say in it. The mark tells live-build's chroot_hacks that it is done.
root_make_initramfs() {
  chroot "$ROOT_FOLDER" update-initramfs -c -k "$(iso_kernel_release)"
  touch "$ROOT_FOLDER/initrd.img_has_already_been_regenerated"
}

root_apply_overlay() {
  local entry
  if entry=$(root_find root "$INPUTS_ROOT_KEY"); then
    root_restore "$entry"
    return 0
  fi
  live_build_step chroot_prep install "devpts proc selinuxfs sysfs debianchroot dpkg tmpfs sysv-rc hosts resolv hostname"
  live_build_step chroot_includes_after_packages
  live_build_step chroot_hooks
  root_make_initramfs
  live_build_step chroot_hacks
  chroot "$ROOT_FOLDER" dpkg-query -W >"$LIVE_BUILD_FOLDER/chroot.packages.live"
  live_build_step chroot_prep remove "devpts proc selinuxfs sysfs debianchroot dpkg tmpfs sysv-rc hosts resolv hostname"
  ln -sf ../run/systemd/resolve/stub-resolv.conf "$ROOT_FOLDER/etc/resolv.conf"
  root_store root "$INPUTS_ROOT_KEY"
}
