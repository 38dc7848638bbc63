# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian packages that the build and the tests need on the build machine, and why: docs/dependencies.md. Sourced.

DEPENDENCIES_BUILD=(
  apt-utils arch-test ca-certificates cpio dctrl-tools debian-archive-keyring dosfstools git grub-common grub-efi-amd64-bin
  grub-efi-ia32-bin isolinux kmod live-build mmdebstrap mtools pxelinux python3 rsync squashfs-tools syslinux-common
  util-linux xorriso xz-utils zstd
)

DEPENDENCIES_TEST=(
  avahi-daemon binutils busybox ccache clang clang-format clang-tidy cmake cpio dbus dnsmasq-base e2fsprogs g++ gcc
  gcc-multilib iproute2 iputils-ping libavahi-client-dev libclang-rt-14-dev libgmock-dev libgtest-dev liblz4-dev
  libmnl-dev libncurses-dev libsodium-dev libsystemd-dev libtomlplusplus-dev make mawk nftables ninja-build
  nlohmann-json3-dev openssh-client ovmf ovmf-ia32 patch perl pkg-config python3-kconfiglib python3-pexpect
  python3-pyte python3-pytest python3-pytest-xdist qemu-system-x86 shellcheck systemd tcpdump
)

# dependencies_missing PACKAGE... : prints those that are not installed.
dependencies_missing() {
  local package
  for package in "$@"; do
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      printf '%s\n' "$package"
    fi
  done
}

# dependencies_install build|all : installs what is missing by apt; does nothing, quickly, when all is there.
dependencies_install() {
  local wanted=("${DEPENDENCIES_BUILD[@]}") missing log
  if [[ $1 == all ]]; then
    wanted+=("${DEPENDENCIES_TEST[@]}")
  fi
  mapfile -t missing < <(dependencies_missing "${wanted[@]}")
  ((${#missing[@]} > 0)) || return 0
  report_info "installing ${#missing[@]} Debian packages: ${missing[*]}"
  log=$(mktemp)
  if ! { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
    "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    report_die "apt could not install them; the whole log: $log"
  fi
  rm -f "$log"
}
