# SPDX-License-Identifier: GPL-2.0-or-later
"""The firmware of a virtual machine: BIOS, or UEFI of 64 or 32 bits from the packages ovmf and ovmf-ia32."""

import shutil
from dataclasses import dataclass
from pathlib import Path

OVMF_FOLDER = Path("/usr/share/OVMF")


@dataclass(frozen=True)
class Firmware:
    """A UEFI image: its code, the template of its variables, and whether its code insists on system management mode."""

    code: str
    variables: str
    package: str
    needs_smm: bool = False

    def arguments(self, folder: Path) -> list[str]:
        """QEMU's arguments; the variables are copied into FOLDER because the firmware writes them."""
        code = OVMF_FOLDER / self.code
        if not code.exists():
            raise FileNotFoundError(f"{code} is missing: install the package {self.package} (./build.sh deps does)")
        variables = folder / "uefi-variables.fd"
        shutil.copyfile(OVMF_FOLDER / self.variables, variables)
        arguments = [
            "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,unit=1,format=raw,file={variables}",
        ]
        if self.needs_smm:
            arguments += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
        return arguments


# Neither has keys enrolled, so Secure Boot is off in both, whatever the file name says.
FIRMWARES: dict[str, Firmware | None] = {
    "bios": None,
    "uefi-x64": Firmware("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd", "ovmf"),
    "uefi-ia32": Firmware("OVMF32_CODE_4M.secboot.fd", "OVMF32_VARS_4M.fd", "ovmf-ia32", needs_smm=True),
}
