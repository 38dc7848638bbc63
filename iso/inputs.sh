# SPDX-License-Identifier: GPL-2.0-or-later
# What the disc is made from: the keys of the cached stages, the cluster key, the release file. Sourced.

INPUTS_ARCHIVE_EPOCH=''
INPUTS_BOOTSTRAP_KEY=''
INPUTS_PACKAGES_KEY=''
INPUTS_ROOT_KEY=''

# Packages of the smallest root in which live-build can work. The rest comes from config/package-lists.
INPUTS_BOOTSTRAP_PACKAGES=apt,apt-utils,ca-certificates,debian-archive-keyring,init-system-helpers

# A key per stage: everything that the stage reads, and the key of the stage before it.
inputs_compute_keys() {
  local tools configuration=$LIVE_BUILD_FOLDER/config
  INPUTS_ARCHIVE_EPOCH=$(archive_epoch)
  tools=$(dpkg-query -W -f '${Package} ${Version}\n' mmdebstrap live-build squashfs-tools)
  INPUTS_BOOTSTRAP_KEY=$(cache_key "$tools" "$(archive_state)" "$(archive_sources_list)" "$INPUTS_BOOTSTRAP_PACKAGES" \
    "@$SOURCE_FOLDER/iso/root_file_system.sh")
  INPUTS_PACKAGES_KEY=$(cache_key "$INPUTS_BOOTSTRAP_KEY" "@$SOURCE_FOLDER/iso/live_build.sh" \
    "@$configuration/package-lists" "@$configuration/packages.chroot" "@$configuration/archives" \
    "@$configuration/includes.chroot_before_packages" "@$configuration/preseed")
  INPUTS_ROOT_KEY=$(cache_key "$INPUTS_PACKAGES_KEY" "$DISC_VERSION" "$SOURCE_DATE_EPOCH" "@$configuration/hooks" \
    "@$configuration/includes.chroot_after_packages" "@$configuration/rootfs")
}

# The one secret of a cluster: given, or made for this build; never printed. Ends in OUTPUT_FOLDER/cluster.key, 0600.
inputs_prepare_cluster_key() {
  local scratch
  scratch=$(mktemp -d "$OUTPUT_FOLDER/.cluster.key.XXXXXX")
  cleanup_push rm -rf "$scratch"
  head -c 32 "${OPTION_CLUSTER_KEY:-/dev/urandom}" >"$scratch/cluster.key"
  output_put 600 "$scratch/cluster.key" "$OUTPUT_FOLDER"
}

# /etc/clusterdisc-release, in the syntax of os-release(5).
inputs_write_release_file() {
  printf '# SPDX-License-Identifier: GPL-2.0-or-later\nNAME="ClusterDisc"\nVERSION="%s"\nFLAVOUR="%s"\n' \
    "$DISC_VERSION" "$OPTION_FLAVOUR"
}
