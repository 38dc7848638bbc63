#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the drone's initramfs. Runs in the build root, whose libraries are those of the disc.
#
#   collect.sh SOURCES PACKAGES RELEASE_FILE OUTPUT_FOLDER
#
# SOURCES has drone/ and common/, PACKAGES our own packages, unpacked, RELEASE_FILE what becomes /etc/clusterdisc-release.
# OUTPUT_FOLDER gets initramfs.cpio.xz and, for the manifest, packages (a line "NAME VERSION" each).
set -euo pipefail
umask 022

if (($# != 4)) || [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
  printf 'usage: SOURCE_DATE_EPOCH=SECONDS %s SOURCES PACKAGES RELEASE_FILE OUTPUT_FOLDER\n' "$0" >&2
  exit 2
fi
SOURCES=$(realpath "$1")
PACKAGES=$(realpath "$2")
RELEASE_FILE=$(realpath "$3")
OUTPUT_FOLDER=$(realpath "$4")
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
BUILT=$SCRATCH/build
STAGE=$SCRATCH/stage

PROGRAMS=(
  usr/sbin/omdiscd usr/sbin/omd usr/libexec/openmosix/omd-supervisor usr/bin/mosctl
  usr/sbin/clusterdisc-boot-parameters usr/bin/clusterdisc-status usr/lib/clusterdisc/serve/clusterdisc-ask-key
)

# As debian/rules of our packages does it: code for a 486, with Debian's hardening.
compile_programs() {
  local flags linker_flags
  flags="$(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get CXXFLAGS) -march=i486 -mtune=generic -g0"
  linker_flags=$(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get LDFLAGS)
  cmake -S "$SOURCES/drone" -B "$BUILT" -DCMAKE_BUILD_TYPE=None -DBUILD_TESTING=OFF -DCLUSTERDISC_UNITY=ON \
    -DCMAKE_CXX_FLAGS="$flags $(dpkg-buildflags --get CPPFLAGS)" -DCMAKE_EXE_LINKER_FLAGS="$linker_flags" \
    -DCMAKE_SHARED_LINKER_FLAGS="$linker_flags"
  cmake --build "$BUILT" --parallel "${JOBS:-1}" --target drone-init systemd-stand-in avahi-stand-in
  strip "$BUILT/drone-init" "$BUILT"/lib*.so.*
  install -D "$BUILT/drone-init" "$STAGE/init"
}

lay_out_folders() {
  local folder
  mkdir -p "$STAGE"/{dev,proc,sys,tmp,clusterdisc,etc/openmosix,run,usr/bin,usr/sbin,usr/lib}
  chmod 1777 "$STAGE/tmp"
  chmod 700 "$STAGE/clusterdisc"
  for folder in bin sbin lib; do
    ln -s "usr/$folder" "$STAGE/$folder"
  done
  # The kernel opens it before anything is mounted.
  mknod -m 600 "$STAGE/dev/console" c 5 1
}

copy_programs() {
  local program
  for program in "${PROGRAMS[@]}"; do
    install -D "$PACKAGES/$program" "$STAGE/$program"
  done
}

# In place of three libraries (stand_ins/README.md); one of these has what two of those have.
copy_stand_ins() {
  install -m 644 "$BUILT"/libsystemd.so.0 "$BUILT"/libavahi-client.so.3 "$STAGE/usr/lib/"
  ln -s libavahi-client.so.3 "$STAGE/usr/lib/libavahi-common.so.3"
}

# What the programs are linked to besides, and the loader.
list_libraries() {
  local program
  for program in init "${PROGRAMS[@]}"; do
    LD_LIBRARY_PATH=$STAGE/usr/lib ldd "$STAGE/$program"
  done | awk -v own="$STAGE/" '$2 == "=>" && index($3, own) != 1 { print $3 } $1 ~ /^\// { print $1 }' | LC_ALL=C sort -u
}

# All into one folder that the loader looks into without an index.
copy_libraries() {
  local libraries library
  mapfile -t libraries < <(list_libraries)
  for library in "${libraries[@]}"; do
    if [[ ! -e $library ]]; then
      printf 'error: a program of the drone needs the library %s, which the build root does not have\n' "$library" >&2
      exit 1
    fi
    install -m 755 "$(realpath "$library")" "$STAGE/usr/lib/$(basename "$library")"
  done
  for library in "${libraries[@]}"; do
    owner_of "$library"
  done | LC_ALL=C sort -u | xargs dpkg-query --show --showformat='${Package} ${Version}\n' >"$OUTPUT_FOLDER/packages"
}

# The package of a library; dpkg may know it without the /usr that the file system shows.
owner_of() {
  { dpkg-query --search "$(realpath "$1")" || dpkg-query --search "${1#/usr}"; } 2>/dev/null | cut -d : -f 1 ||
    printf 'error: no package of the build root has %s\n' "$1" >&2
}

write_settings() {
  install -m 644 "$PACKAGES"/etc/openmosix/*.toml "$STAGE/etc/openmosix/"
  install -m 644 "$RELEASE_FILE" "$STAGE/etc/clusterdisc-release"
  # guest_user of omd.toml; on the disc, systemd-sysusers makes it.
  printf 'root:x:0:0::/:/none\nopenmosix-guest:x:999:999::/:/none\nnobody:x:65534:65534::/:/none\n' >"$STAGE/etc/passwd"
  printf 'root:x:0:\nopenmosix-guest:x:999:\nnogroup:x:65534:\n' >"$STAGE/etc/group"
  printf 'passwd: files\ngroup: files\nhosts: files\n' >"$STAGE/etc/nsswitch.conf"
}

# A dictionary of 4 MiB is what a PC with 48 MiB can spare while it unpacks; the filter for x86 code makes it a tenth smaller.
# The kernel knows no other checksum than crc32.
pack() {
  find "$STAGE" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  (cd "$STAGE" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort |
    cpio --quiet --create --format=newc --reproducible --owner=0:0) |
    xz --threads=1 --check=crc32 --x86 --lzma2=preset=9e,dict=4MiB >"$OUTPUT_FOLDER/initramfs.cpio.xz"
}

compile_programs
lay_out_folders
copy_programs
copy_stand_ins
copy_libraries
write_settings
pack
