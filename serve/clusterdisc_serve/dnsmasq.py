# SPDX-License-Identifier: GPL-2.0-or-later
"""dnsmasq's configuration for one link: DHCP or proxy DHCP for PCs that start from the network, and TFTP. No DNS."""

import ipaddress
from pathlib import Path

from .dhcp_message import MARKER, MARKER_OPTION
from .link_decision import Mode

BIOS_LOADER = "lpxelinux.0"
UEFI_X64_LOADER, UEFI_IA32_LOADER = "grub-x64.efi", "grub-ia32.efi"
# The initramfs of a client says this in its own DHCP request.
CLIENT_CLASS = "clusterdisc"
LEASE_MINUTES = 2
TITLE = "ClusterDisc"

# Processor architectures of RFC 4578, by number: firmware for x64 says 7, and some 9. A client sees one line that is for
# it and so asks nothing.
_LOADERS = {0: BIOS_LOADER, 6: UEFI_IA32_LOADER, 7: UEFI_X64_LOADER, 9: UEFI_X64_LOADER}


def configuration(interface: str, address: ipaddress.IPv4Interface, mode: Mode, directory: Path) -> str:
    """The file for serving on INTERFACE as ADDRESS; everything that dnsmasq reads and writes lies in DIRECTORY."""
    lines = [
        "# SPDX-License-Identifier: GPL-2.0-or-later",
        "# Made by clusterdisc-serve for this moment; changes are lost.",
        "port=0", f"interface={interface}", "except-interface=lo", "bind-interfaces", "no-ping", "log-facility=-",
        "user=nobody", "group=nogroup", f"dhcp-leasefile={directory}/leases", "pid-file=",
        f"enable-tftp={interface}", f"tftp-root={directory}/tftp", "tftp-no-fail",
        "dhcp-vendorclass=set:pxe,PXEClient", f"dhcp-vendorclass=set:cd,{CLIENT_CLASS}",
        # Whoever is neither gets no answer at all.
        "dhcp-ignore=tag:!pxe,tag:!cd",
    ]
    if mode is Mode.PROXY:
        lines += [f"dhcp-range={address.network.network_address},proxy,{address.netmask}", f'pxe-prompt="{TITLE}",0']
        lines += [f'pxe-service={number},"{TITLE}",{loader}' for number, loader in _LOADERS.items()]
    elif mode is Mode.RANGE:
        first, last = address.network.network_address + 10, address.network.broadcast_address - 5
        lines += [
            f"dhcp-range={first},{last},{address.netmask},{LEASE_MINUTES}m",
            # Neither a router nor a name server: an office PC that would get such a lease would lose nothing.
            "dhcp-option=option:router", "dhcp-option=option:dns-server",
            f"dhcp-option-force={MARKER_OPTION},{MARKER.decode()}",
        ]
        lines += [f"dhcp-match=set:arch{number},option:client-arch,{number}" for number in _LOADERS]
        lines += [f"dhcp-boot=tag:arch{number},{loader},,{address.ip}" for number, loader in _LOADERS.items()]
    else:
        raise ValueError(f"nothing is served while: {mode.value}")
    return "\n".join(lines) + "\n"
