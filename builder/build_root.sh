# SPDX-License-Identifier: GPL-2.0-or-later
# The i386 build root: a minimal Debian with compilers, in which the kernel and our own packages are built natively, so
# that the host stays clean. Sourced; the caller has `set -euo pipefail`.
#
#   build_root_open                     sets BUILD_ROOT to a fresh root, removed at exit
#   build_root_run FOLDER COMMAND...    runs COMMAND in it, in FOLDER, without network
#   build_root_key                      prints what identifies the root, for the keys of things built in it
#
# Sources are copied into the root, not bind-mounted: whatever a build does to them, the checkout stays as it is, and
# nothing of the checkout can be removed together with the root. The mounts that a command needs (proc, dev) are made in
# a mount namespace of that one command, so none is ever left.

BUILD_ROOT=''
BUILD_ROOT_TARBALL=''

BUILD_ROOT_PACKAGES=(
  # C and C++
  binutils build-essential cmake dpkg-dev fakeroot g++ g++-12 gcc gcc-12 libc6-dev make pkg-config
  # libraries of our own packages
  libavahi-client-dev liblz4-dev libmnl-dev libncurses-dev libsodium-dev libsystemd-dev libtomlplusplus-dev
  nlohmann-json3-dev
  # Debian packages
  debhelper
  # the kernel
  bc bison cpio flex kmod libelf-dev libssl-dev python3-kconfiglib python3-minimal rsync xz-utils zstd
  # tests that run at build time
  iproute2 libgmock-dev libgtest-dev
)

# "NAME VERSION" of each package named (default: all of the list above): the newest of the verified suites, as apt takes it.
build_root_versions() {
  local name version newest='' last=''
  if (($# == 0)); then
    set -- "${BUILD_ROOT_PACKAGES[@]}"
  fi
  while read -r name version; do
    if [[ $name != "$last" ]]; then
      [[ -z $last ]] || printf '%s %s\n' "$last" "$newest"
      newest=$version
    elif dpkg --compare-versions "$version" gt "$newest"; then
      newest=$version
    fi
    last=$name
  done < <(build_root_offers "$@" | LC_ALL=C sort -u)
  [[ -z $last ]] || printf '%s %s\n' "$last" "$newest"
}

# "NAME VERSION" of the packages named, once for every suite that has one.
build_root_offers() {
  # shellcheck disable=SC2016 # awk's own variables
  archive_package_indices | xargs -d '\n' awk -v names="$*" '
    BEGIN { split(names, list, " "); for (i in list) wanted[list[i]] = 1 }
    /^Package: / { name = $2 }
    /^Version: / && name in wanted { print name, $2 }'
}

# The root is made anew when the list or the version of a package on it changes. The versions of everything else do not
# count: a new libssl, say, would cost a kernel build (15 minutes) and change nothing in its result.
build_root_key() {
  local versions
  versions=$(build_root_versions)
  cache_key "$ARCHIVE_DISTRIBUTION" "$ARCHIVE_ARCHITECTURE" "$versions" "@$SOURCE_FOLDER/builder/build_root.sh"
}

# Sets BUILD_ROOT_TARBALL to the packed root, made if the cache does not have it.
build_root_tarball() {
  local key entry
  key=$(build_root_key)
  if ! entry=$(cache_find build-root "$key"); then
    report_info "build root: making it (${#BUILD_ROOT_PACKAGES[@]} packages and what they depend on)"
    cache_new_temporary build-root
    build_root_make "$CACHE_TEMPORARY/root.tar.zst"
    entry=$(cache_store build-root "$key" "$CACHE_TEMPORARY")
  fi
  BUILD_ROOT_TARBALL=$entry/root.tar.zst
}

build_root_make() {
  local include
  include=$(IFS=, && printf '%s' "${BUILD_ROOT_PACKAGES[*]}")
  archive_sources_list | mmdebstrap --quiet --mode=root --variant=minbase --architectures="$ARCHIVE_ARCHITECTURE" \
    --include="$include" --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --format=tar "$ARCHIVE_DISTRIBUTION" - - | zstd -q -3 -T0 -o "$1"
}

build_root_open() {
  build_root_tarball
  cache_new_temporary build-root
  BUILD_ROOT=$CACHE_TEMPORARY
  tar --zstd -xpf "$BUILD_ROOT_TARBALL" -C "$BUILD_ROOT" --numeric-owner --exclude='./dev/*'
}

# Runs inside the command's own namespaces: a clean /dev and /proc, then the command as on a 32-bit machine.
# shellcheck disable=SC2016 # expanded by the inner shell
BUILD_ROOT_ENTER='
  set -e
  root=$1 folder=$2
  shift 2
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=755,size=1m tmpfs "$root/dev"
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  for device in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
    mknod -m 666 "$root/dev/${device% *}" c 1 "${device#* }"
  done
  mknod -m 666 "$root/dev/tty" c 5 0
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s fd/0 "$root/dev/stdin"
  ln -s fd/1 "$root/dev/stdout"
  ln -s fd/2 "$root/dev/stderr"
  chroot "$root" ip link set lo up
  exec setarch i686 chroot "$root" env -C "$folder" "$@"
'

# build_root_run FOLDER COMMAND... : the environment is clean but for SOURCE_DATE_EPOCH and JOBS.
build_root_run() {
  local folder=$1
  shift
  unshare --mount --pid --fork --kill-child --net --ipc --propagation private \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC \
    JOBS="${JOBS:-$(nproc)}" ${SOURCE_DATE_EPOCH:+SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH"} \
    bash -c "$BUILD_ROOT_ENTER" bash "$BUILD_ROOT" "$folder" "$@"
}
