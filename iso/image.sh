# SPDX-License-Identifier: GPL-2.0-or-later
# The hybrid ISO: El Torito for BIOS and UEFI CDs, an MBR and a GPT for sticks. Sourced.

# image_make FOLDER ISO
image_make() {
  local folder=$1 iso=$2
  # -rock, not -rational-rock: the cluster key keeps mode 0600 on the medium.
  # SOURCE_DATE_EPOCH sets xorriso's dates and the GPT's identifiers (xorrisofs(1)).
  xorriso -as mkisofs -quiet -iso-level 3 -full-iso9660-filenames -joliet -joliet-long -rock \
    -volid CLUSTERDISC -appid "ClusterDisc $DISC_VERSION" -publisher ClusterDisc -preparer live-build \
    -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin -partition_offset 16 \
    -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
    -eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot -isohybrid-gpt-basdat -isohybrid-apm-hfsplus \
    -o "$iso" "$folder"
}
