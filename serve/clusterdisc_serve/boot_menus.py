# SPDX-License-Identifier: GPL-2.0-or-later
"""What PXELINUX and GRUB are told. The server's address stands in every file, so no DHCP option is needed later.

Neither loader can see how much memory a PC has (Debian's syslinux has no ifmem.c32). The initramfs can, and asks for the drone:
then PXELINUX finds a file of that PC's own.
"""

from .problems import Failure

KERNEL, INITRAMFS, EXTRA_INITRAMFS = "live/vmlinuz", "live/initrd.img", "serve.img"
DRONE = "clusterdisc/drone"
# The GRUB images on the medium have this in place of an address (iso/medium.sh); bytes are replaced, none are added.
PLACEHOLDER = b"255.255.255.254"


def pxelinux(server: str, words: str) -> str:
    """pxelinux.cfg/default."""
    base = f"http://{server}"
    return f"""# SPDX-License-Identifier: GPL-2.0-or-later
# Made by clusterdisc-serve.
default node
prompt 0
label node
  say ClusterDisc: the kernel comes from {server} ...
  kernel {base}/{KERNEL}
  append initrd={base}/{INITRAMFS},{base}/{EXTRA_INITRAMFS} {words}
  ipappend 2
"""


def pxelinux_drone(server: str, words: str) -> str:
    """pxelinux.cfg/01-MAC of a PC with too little memory. "ipappend 3" adds its address and that of its card."""
    return f"""# SPDX-License-Identifier: GPL-2.0-or-later
# Made by clusterdisc-serve.
default drone
prompt 0
label drone
  say ClusterDisc: the drone comes from {server} ...
  kernel http://{server}/{DRONE}
  append {words}
  ipappend 3
"""


def grub(server: str, words: str) -> str:
    """grub.cfg, which the image fetches from the server."""
    base = f"(http,{server})"
    return f"""# SPDX-License-Identifier: GPL-2.0-or-later
# Made by clusterdisc-serve.
echo "ClusterDisc: the kernel comes from {server} ..."
linux {base}/{KERNEL} {words} BOOTIF=01-$net_default_mac
initrd {base}/{INITRAMFS} {base}/{EXTRA_INITRAMFS}
boot
"""


def grub_image(image: bytes, server: str) -> bytes:
    """The GRUB IMAGE of the medium with the server's address in it."""
    if PLACEHOLDER not in image:
        raise Failure("the GRUB image on the medium has no place for the server's address; the medium is of another version")
    # Blanks behind the address are dropped by GRUB's parser.
    return image.replace(PLACEHOLDER, server.encode().ljust(len(PLACEHOLDER)))
