# SPDX-License-Identifier: GPL-2.0-or-later
# The folder that becomes the medium. Sourced. live-build's binary steps where they fit, our own for the boot loaders.

MEDIUM_FOLDER=''

# zstd is quick to unpack where the disc is read by a slow CPU; level 15 is the best size for half a minute of two cores.
medium_make_squashfs() {
  export MKSQUASHFS_OPTIONS="-Xcompression-level 15 -b 256K -no-progress"
  # live-build asks for this mark; its step has nothing to do when no chroot is copied, and forgets to leave it.
  live_build_mark_done binary_chroot
  live_build_step binary_rootfs
  # live-build's own list of what is on the disc, where its users look for it.
  cp "$LIVE_BUILD_FOLDER/chroot.packages.live" "$MEDIUM_FOLDER/live/filesystem.packages"
}

medium_copy_kernel() {
  live_build_step binary_linux-image
  local live=$MEDIUM_FOLDER/live
  mv "$live"/vmlinuz-* "$live/vmlinuz"
  mv "$live"/initrd.img-* "$live/initrd.img"
}

# One file that makes a PC a node, and what it is to know: its kernel sees no medium, so the key comes from the boot loader.
# The System.map tells the addresses in messages of that kernel, which has no names for them.
medium_install_drone() {
  local target=$MEDIUM_FOLDER/clusterdisc scratch=$LIVE_BUILD_FOLDER/drone-key
  mkdir -p "$target"
  cp "$DRONE_FOLDER/drone" "$target/drone"
  cp "$DRONE_FOLDER/System.map" "$target/System.map-$(drone_kernel_release)"
  install -D -m 600 "$OUTPUT_FOLDER/cluster.key" "$scratch/clusterdisc/cluster.key"
  chmod 700 "$scratch/clusterdisc"
  find "$scratch" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
  (umask 077 && cd "$scratch" && printf 'clusterdisc\nclusterdisc/cluster.key\n' |
    cpio --quiet --create --format=newc --reproducible --owner=0:0 >"$target/key.cpio")
}

# Boot parameters of every entry of both menus. live-config runs only the components that a node needs; each costs
# seconds on a slow PC. The last console= is the one that shows the start messages of the system.
MEDIUM_APPEND="boot=live components=user-setup,sudo,when-asked,hooks \
console=ttyS0,115200 console=tty0 quiet"
# The drone has no live system.
MEDIUM_APPEND_DRONE="console=ttyS0,115200 console=tty0 quiet"
MEDIUM_APPEND_SAFE="acpi=off noapic nolapic nosmp libata.dma=0 nomodeset"

# Replaces @NAME@ in the boot menus.
medium_fill_in() {
  sed -i -e "s|@VERSION@|$DISC_VERSION|g" -e "s|@FLAVOUR@|$OPTION_FLAVOUR|g" \
    -e "s|@APPEND@|$MEDIUM_APPEND|g" -e "s|@APPEND_SAFE@|$MEDIUM_APPEND_SAFE|g" -e "s|@APPEND_DRONE@|$MEDIUM_APPEND_DRONE|g" "$@"
}

medium_install_isolinux() {
  local target=$MEDIUM_FOLDER/isolinux module
  mkdir -p "$target"
  cp /usr/lib/ISOLINUX/isolinux.bin "$target/"
  # vesamenu is for remastered discs with a picture.
  for module in ldlinux libcom32 libutil menu vesamenu chain reboot poweroff; do
    cp "/usr/lib/syslinux/modules/bios/$module.c32" "$target/"
  done
  cp "$LIVE_BUILD_FOLDER/config/bootloaders/isolinux"/* "$target/"
  medium_fill_in "$target"/*.cfg "$target"/*.txt
}

# One EFI system partition image for both firmware widths; each loader finds the medium by /.disk/info.
medium_install_grub() {
  local target=$MEDIUM_FOLDER/boot/grub scratch=$LIVE_BUILD_FOLDER/efi row platform name
  mkdir -p "$target" "$scratch/EFI/BOOT"
  cp "$LIVE_BUILD_FOLDER/config/bootloaders/grub-pc"/* "$target/"
  medium_fill_in "$target"/*.cfg
  cp /usr/share/grub/unicode.pf2 "$target/"
  cat >"$scratch/early.cfg" <<'CONFIGURATION'
search --set=root --file /.disk/info
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
CONFIGURATION
  for row in 'x86_64-efi BOOTX64' 'i386-efi BOOTIA32'; do
    platform=${row% *}
    name=${row#* }
    grub-mkimage --format "$platform" --output "$scratch/EFI/BOOT/$name.EFI" --prefix /boot/grub \
      --config "$scratch/early.cfg" all_video boot cat chain configfile echo efi_gop efi_uga fat font gfxterm \
      gfxterm_background halt iso9660 linux ls minicmd normal part_gpt part_msdos png read reboot search search_fs_file \
      search_label serial sleep terminal test
  done
  medium_make_efi_image "$scratch" "$target/efi.img"
}

medium_make_efi_image() {
  local scratch=$1 image=$2 kibibytes
  kibibytes=$(($(du -sk "$scratch/EFI" | cut -f1) + 128))
  find "$scratch" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
  rm -f "$image"
  # Without --invariant the volume label carries the time of the build.
  mkfs.msdos --invariant -i "$(printf '%08x' $((SOURCE_DATE_EPOCH % 4294967296)))" -n CLUSTERDISC -C "$image" "$kibibytes"
  mcopy -s -m -i "$image" "$scratch/EFI" ::
}

# What clusterdisc-serve gives to PCs that start from the network. The GRUB images have a place for the server's address,
# as long as any address is; boot_menus.py of serve/ fills it in.
medium_install_network_boot() {
  local target=$MEDIUM_FOLDER/clusterdisc/serve scratch=$LIVE_BUILD_FOLDER/network-boot.cfg row
  mkdir -p "$target"
  cp /usr/lib/PXELINUX/lpxelinux.0 /usr/lib/syslinux/modules/bios/ldlinux.c32 "$target/"
  # GRUB reads this before its scripting is there: one command after the other, whatever became of the one before.
  cat >"$scratch" <<'CONFIGURATION'
set server=255.255.255.254
net_bootp
source (tftp,$server)/grub.cfg
echo "ClusterDisc: the server $server does not answer; this PC starts again"
sleep 5
reboot
CONFIGURATION
  for row in 'x86_64-efi x64' 'i386-efi ia32'; do
    grub-mkimage --format "${row% *}" --output "$target/grub-${row#* }.efi" --prefix /boot/grub --config "$scratch" \
      all_video boot configfile echo efi_gop efi_uga efinet gfxterm halt http linux minicmd net normal read reboot sleep \
      terminal test tftp true
  done
}

medium_write_disk_information() {
  mkdir -p "$MEDIUM_FOLDER/.disk" "$MEDIUM_FOLDER/clusterdisc"
  printf 'ClusterDisc %s "%s" i486 %s\n' "$DISC_VERSION" "$OPTION_FLAVOUR" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)" \
    >"$MEDIUM_FOLDER/.disk/info"
  install -m 600 "$OUTPUT_FOLDER/cluster.key" "$MEDIUM_FOLDER/clusterdisc/cluster.key"
  cp "$MANIFEST_FILE" "$MEDIUM_FOLDER/clusterdisc/manifest.json"
}

medium_finish() {
  live_build_step binary_includes
  live_build_step binary_hooks
  live_build_step binary_checksums
  find "$MEDIUM_FOLDER" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}
