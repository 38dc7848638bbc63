# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages are added with what they need, and their scripts run: now if the machine allows it, else at boot."""

import os
import re

import pytest

from remaster import repository

SCRIPT = "#!/bin/sh\nset -e\n"
PACKAGES = {
    "lab-tool": {
        "DEBIAN/control": "Depends: lab-library, procps\n",
        "DEBIAN/conffiles": "/etc/lab-tool.conf\n",
        "DEBIAN/preinst": SCRIPT + "echo \"$1 $DPKG_MAINTSCRIPT_PACKAGE\" >/var/lib/lab-tool.preinst\n",
        "DEBIAN/postinst": SCRIPT + "echo \"$1 $(dpkg-query -W -f '${db:Status-Status}' lab-library)\" >/var/lib/lab-tool\n"
                                    "rm /etc/motd\n[ -z \"$TMPDIR\" ]\n",
        "etc/lab-tool.conf": "setting = 1\n",
        "bin/lab-tool": "#!/bin/sh\necho lab\n",
    },
    "lab-library": {
        "DEBIAN/triggers": "activate-noawait ldconfig\n",
        "usr/lib/liblab.txt": "library\n",
    },
    "lab-data": {"usr/share/lab/data": "data\n"},
    # Without privileges there is nobody to give a file to.
    "lab-owner": {"DEBIAN/postinst": SCRIPT + "touch /var/lib/lab-owner\nchown daemon:adm /var/lib/lab-owner\n"},
    "lab-newer": {"DEBIAN/control": "Depends: bash (>= 99)\n"},
    "lab-enemy": {"DEBIAN/control": "Conflicts: procps\n"},
}


@pytest.fixture(scope="module")
def sources(desk):
    folder = desk.folder / "repository"
    folder.mkdir()
    archive = repository.make(folder, PACKAGES)
    file = desk.folder / "lab.list"
    file.write_text(f"deb [trusted=yes] copy:{archive} ./\n")
    desk.give(folder)
    return file


@pytest.fixture(scope="module")
def now(desk, sources, look_at):
    """A disc with three packages and a script, all of it run when it was made; and what the program said."""
    script = desk.folder / "finish"
    script.write_text("#!/bin/sh -e\nlab-tool >/etc/lab-script\nmkdir -p /srv/made\ncat /etc/shadow >/dev/null\n")
    said = desk.remaster("original.iso", "--package", "lab-tool", "lab-data", "--sources", sources, "--script", script,
                         "-o", "packages.iso")
    return look_at(desk.folder / "packages.iso"), said


def paragraph(medium, layer: str, package: str) -> str:
    return re.search(rf"^Package: {package}\n(?:.+\n)*", medium.content(layer, "var/lib/dpkg/status").decode(), re.MULTILINE)[0]


def test_packages_and_what_they_need_are_installed(now):
    medium, _ = now
    files = medium.root_files("layer-01")
    # /bin is a link on the disc.
    assert files["/usr/bin/lab-tool"] == "-rwxr-xr-x 0/0" and not any(path.startswith("/bin") for path in files)
    assert medium.content("layer-01", "etc/lab-tool.conf") == b"setting = 1\n"
    assert {"/usr/lib/liblab.txt", "/usr/share/lab/data", "/var/lib/dpkg/info/lab-tool.list"} <= files.keys()
    for package in ("lab-tool", "lab-library", "lab-data", "bash"):
        assert "Status: install ok installed\n" in paragraph(medium, "layer-01", package)
    assert re.search(r"^Conffiles:\n /etc/lab-tool.conf [0-9a-f]{32}$", paragraph(medium, "layer-01", "lab-tool"), re.MULTILINE)
    # procps was there already.
    assert "/var/lib/dpkg/info/procps.list" not in files


def test_scripts_ran_in_the_order_of_dpkg(now):
    medium, said = now
    assert medium.manifest["remaster"]["layers"][0]["configured"] == "now", said
    assert "running now: maintainer scripts of lab-tool" in said or "running now: maintainer scripts of lab-library" in said
    assert medium.content("layer-01", "var/lib/lab-tool.preinst") == b"install lab-tool\n"
    assert medium.content("layer-01", "var/lib/lab-tool") == b"configure installed\n"
    files = medium.root_files("layer-01")
    # What a script removed from the disc is hidden; ldconfig was triggered; the lab's script came last.
    assert files["/etc/motd"].startswith("c---------")
    assert "/etc/ld.so.cache" in files
    assert medium.content("layer-01", "etc/lab-script") == b"lab\n"
    assert files["/srv/made"] == "drwxr-xr-x 0/0"
    assert not any("wants/clusterdisc-configure" in path for path in files)


def test_the_manifest_lists_the_packages(now):
    (layer,) = now[0].manifest["remaster"]["layers"]
    assert {(package["name"], package["version"]) for package in layer["packages"]} == {
        ("lab-tool", "1.0"), ("lab-library", "1.0"), ("lab-data", "1.0")}
    assert layer["configured"] == "now" and layer["script"] == "finish"


def test_what_this_machine_does_not_allow_is_left_for_the_boot(desk, sources, look_at):
    said = desk.remaster("packages.iso", "--package", "lab-owner", "--sources", sources, "-o", "owner.iso")
    if os.geteuid() == 0:
        assert "will be finished when a node boots: lab-owner" in said
    medium = look_at(desk.folder / "owner.iso")
    files = medium.root_files("layer-02")
    assert "/etc/systemd/system/multi-user.target.wants/clusterdisc-configure-layer-02.service" in files
    assert b"dpkg" in medium.content("layer-02", "usr/lib/clusterdisc/configure/layer-02")
    assert "half-configured" in paragraph(medium, "layer-02", "lab-owner")
    # The packages of the layer below are known.
    assert "install ok installed" in paragraph(medium, "layer-02", "lab-tool")
    result = desk.run("owner.iso", "--remove", "layer-01", "-o", "new.iso")
    assert result.returncode == 2 and "layer-02" in result.stderr, result.stderr


def test_without_namespaces_all_is_left_for_the_boot_and_said_beforehand(desk, sources, look_at):
    said = desk.remaster("original.iso", "--package", "lab-tool", "--sources", sources, "-o", "boot.iso",
                         PATH=without(desk, "unshare"))
    assert re.search(r"^Will run when a node boots: maintainer scripts of .*lab-tool", said, re.MULTILINE), said
    medium = look_at(desk.folder / "boot.iso")
    files = medium.root_files("layer-01")
    assert "install ok unpacked" in paragraph(medium, "layer-01", "lab-tool")
    assert "/etc/systemd/system/multi-user.target.wants/clusterdisc-configure-layer-01.service" in files
    assert files["/var/lib/dpkg/info/lab-tool.postinst"] == "-rwxr-xr-x 0/0"


def without(desk, program: str) -> str:
    """A PATH on which PROGRAM does not work."""
    folder = desk.folder / "broken"
    folder.mkdir(exist_ok=True)
    (folder / program).write_text("#!/bin/sh\necho Operation not permitted >&2\nexit 1\n")
    (folder / program).chmod(0o755)
    desk.give(folder)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(("package", "status", "named"), [
    ("no-such-package", 2, "no-such-package"), ("lab-newer", 2, "bash"), ("lab-enemy", 2, "procps"), ("No/Name", 2, "No/Name"),
])
def test_what_cannot_be_installed_is_named(desk, sources, package, status, named):
    result = desk.run("original.iso", "--package", package, "--sources", sources, "-o", "new.iso")
    assert result.returncode == status and named in result.stderr, result.stderr
    assert not (desk.folder / "new.iso").exists()


def test_an_archive_without_a_valid_signature_is_refused(desk, sources):
    unsigned = desk.folder / "unsigned.list"
    unsigned.write_text(sources.read_text().replace("[trusted=yes] ", ""))
    result = desk.run("original.iso", "--package", "lab-data", "--sources", unsigned, "-o", "new.iso")
    assert result.returncode == 1 and "not signed" in result.stderr, result.stderr


def test_a_script_that_fails_is_left_for_the_boot(desk, look_at):
    script = desk.folder / "fails"
    script.write_text("#!/bin/sh\necho away >/etc/hostname\nrm /etc/motd\necho no such luck\nexit 3\n")
    said = desk.remaster("original.iso", "--script", script, "-o", "fails.iso")
    assert "no such luck" in said and "Will run when a node boots" in said
    files = look_at(desk.folder / "fails.iso").root_files("layer-01")
    # Nothing of what it did before it failed is kept.
    assert "/etc/hostname" not in files and "/etc/motd" not in files
    assert files["/usr/lib/clusterdisc/configure/layer-01.script"] == "-rwxr-xr-x 0/0"
