# SPDX-License-Identifier: GPL-2.0-or-later
# The plan: which stages make the disc, in which order. Sourced.

iso_kernel_release() {
  /usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["release"])' "$KERNEL_FOLDER/kernel.json"
}

iso_prepare() {
  cache_new_temporary iso
  LIVE_BUILD_FOLDER=$CACHE_TEMPORARY
  ROOT_FOLDER=$LIVE_BUILD_FOLDER/chroot
  MEDIUM_FOLDER=$LIVE_BUILD_FOLDER/binary
  MANIFEST_FILE=$LIVE_BUILD_FOLDER/manifest.json
  live_build_lay_out_configuration
  cp "$KERNEL_FOLDER"/*.deb "$LIVE_BUILD_FOLDER/config/packages.chroot/"
  cp "$PACKAGES_FOLDER"/*.deb "$LIVE_BUILD_FOLDER/config/packages.chroot/"
  live_build_configure "linux-image-$(iso_kernel_release)"
  inputs_compute_keys
  inputs_prepare_cluster_key
}

iso_write_manifest() {
  local options=() line
  for line in "${ARCHIVE_SUITES[@]}"; do
    options+=(--suite "$line")
  done
  for line in "${ARCHIVE_LEFT_OUT[@]}"; do
    options+=(--left-out "$line")
  done
  for line in "${REPORT_WARNINGS[@]}"; do
    options+=(--warning "$line")
  done
  /usr/bin/python3 "$SOURCE_FOLDER/iso/manifest.py" make --root "$ROOT_FOLDER" --kernel "$KERNEL_FOLDER/kernel.json" \
    --drone "$DRONE_FOLDER/drone.json" --version "$DISC_VERSION" --flavour "$OPTION_FLAVOUR" --epoch "$SOURCE_DATE_EPOCH" --commit "$SOURCE_COMMIT" \
    "${options[@]}" --output "$MANIFEST_FILE"
}

iso_make_medium() {
  medium_copy_kernel
  medium_install_isolinux
  medium_install_grub
  medium_install_network_boot
  medium_install_drone
  iso_write_manifest
  medium_write_disk_information
  medium_finish
}

# The three results appear whole or not at all, the checksum last. The cluster key is in the ISO.
iso_write_image() {
  local name=clusterdisc-$DISC_VERSION-i486 scratch sha256
  scratch=$(mktemp -d "$OUTPUT_FOLDER/.iso.XXXXXX")
  cleanup_push rm -rf "$scratch"
  image_make "$MEDIUM_FOLDER" "$scratch/$name.iso"
  sha256=$(sha256sum "$scratch/$name.iso" | cut -d' ' -f1)
  printf '%s  %s\n' "$sha256" "$name.iso" >"$scratch/$name.iso.sha256"
  local options=() line
  for line in "${STAGE_TIMES[@]}"; do
    options+=(--stage "$line")
  done
  /usr/bin/python3 "$SOURCE_FOLDER/iso/manifest.py" add-build --manifest "$MANIFEST_FILE" --medium "$MEDIUM_FOLDER" \
    --kernel "$KERNEL_FOLDER/kernel.json" \
    --iso "$scratch/$name.iso" --iso-name "$name.iso" --sha256 "$sha256" "${options[@]}" \
    --output "$scratch/$name.manifest.json"
  output_put 600 "$scratch/$name.iso" "$OUTPUT_FOLDER"
  output_put 644 "$scratch/$name.manifest.json" "$OUTPUT_FOLDER"
  output_put 644 "$scratch/$name.iso.sha256" "$OUTPUT_FOLDER"
  ISO_FILE=$OUTPUT_FOLDER/$name.iso
}

iso_build() {
  stage_plan 10
  stage_run "kernel" kernel_build
  stage_run "drone's kernel" drone_kernel_build
  stage_run "our packages" packages_build
  stage_run "drone" drone_image_build
  stage_run "configuration" iso_prepare
  stage_run "bootstrap" root_bootstrap
  stage_run "packages" root_install_packages
  stage_run "overlay and hooks" root_apply_overlay
  stage_run "squashfs" medium_make_squashfs
  stage_run "medium and ISO" iso_make_medium_and_image
  report_info "$ISO_FILE ($(($(stat -c %s "$ISO_FILE") / 1048576)) MiB)"
}

iso_make_medium_and_image() {
  iso_make_medium
  iso_write_image
}
