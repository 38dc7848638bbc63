# SPDX-License-Identifier: GPL-2.0-or-later
"""On a Debian 12 with nothing installed, the README's two commands are enough, in its words."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from lint import source_tree

pytestmark = pytest.mark.slow

SUITE = "bookworm"
# Runs as the first process of its namespaces: mounts and processes end with it. "$1" is the root, the rest the command.
_IN_ROOT = """
set -e
root=$1; shift
mount --make-rprivate /
# A build makes namespaces of its own, which asks for a root that is a mount point.
mount --rbind "$root" "$root"
if [ -n "$SHARED_CACHE" ]; then
  mkdir -p "$root/root/.cache/clusterdisc"
  mount --bind "$SHARED_CACHE" "$root/root/.cache/clusterdisc"
fi
mount -t sysfs sysfs "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for name in null zero full random urandom tty; do
  : >"$root/dev/$name"
  mount --bind "/dev/$name" "$root/dev/$name"
done
exec chroot "$root" "$@"
"""


def commands_of_the_readme() -> list[str]:
    """What the section "Two commands" says, without the remarks."""
    section = (source_tree.REPOSITORY / "README.md").read_text().partition("## Two commands")[2].partition("\n## ")[0]
    return [line.partition("#")[0].strip() for line in re.findall(r"^    (\S.*)$", section, re.MULTILINE)]


def sources_of_this_machine() -> list[str]:
    """One-line apt sources of Debian 12 from the set-up of this machine."""
    form = "$(CODENAME) $(RELEASE) $(REPO_URI) $(COMPONENT)"
    output = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Created-By: Packages"], check=True, capture_output=True, text=True
    ).stdout
    found = set()
    for line in output.splitlines():
        *names, url, component = line.split()
        # The code name is empty before the first `apt-get update`; the release is what the sources file says.
        suite = next((name for name in names if name.startswith(SUITE)), None)
        if suite and component == "main":
            found.add(f"deb {url} {suite} main")
    return sorted(found)


@pytest.fixture(scope="module")
def fresh_root(tmp_path_factory) -> Path:
    """The smallest root file system that has apt."""
    if os.getuid() != 0:
        pytest.skip("making a root file system needs root")
    sources = sources_of_this_machine()
    assert sources, f"this machine's apt has no source for {SUITE}"
    root = tmp_path_factory.mktemp("fresh") / "root"
    result = subprocess.run(
        ["mmdebstrap", "--mode=root", "--variant=apt", "--architectures=amd64", SUITE, root, *sources],
        capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stderr
    # How this machine reaches its mirror is part of the machine, not of the repository.
    for name in ("etc/resolv.conf", "etc/hosts"):
        (root / name).write_bytes(Path("/", name).read_bytes())
    for settings in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
        (root / "etc/apt/apt.conf.d" / settings.name).write_bytes(settings.read_bytes())
    checkout = root / "home/user/clusterdisc"
    for path in source_tree.files():
        target = checkout / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((source_tree.REPOSITORY / path).read_bytes())
        target.chmod((source_tree.REPOSITORY / path).stat().st_mode & 0o777)
    return root


def run_in(root: Path, command: str, seconds: float, **environment: str) -> str:
    """Runs COMMAND in the checkout on the fresh machine; it must succeed. Returns its output."""
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    result = subprocess.run(
        ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "bash", "-c", _IN_ROOT, "fresh", root,
         "/bin/sh", "-c", f"cd /home/user/clusterdisc && {command}"],
        capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", **proxies, **environment},
    )
    output = result.stdout + result.stderr
    assert result.returncode == 0, f"{command} failed with status {result.returncode} on a fresh machine:\n{output[-8000:]}"
    return output


def test_the_readme_has_two_commands():
    assert len(commands_of_the_readme()) == 2


@pytest.mark.image
@pytest.mark.xdist_group("build")
def test_the_first_command_makes_the_disc(fresh_root, iso_path, cache_folder):
    # The disc has been built, so that the kernel and the packages come from the cache.
    assert iso_path.exists()
    run_in(fresh_root, commands_of_the_readme()[0], seconds=3600, SHARED_CACHE=str(cache_folder))
    assert list((fresh_root / "home/user/clusterdisc/out").glob("clusterdisc-*-i486.iso"))


def test_the_second_command_installs_what_tests_need_and_runs_them(fresh_root, cache_folder):
    # All tests would come back here and want virtual machines: pytest and build.sh are told to leave those out. What this
    # machine has compiled is not compiled again.
    output = run_in(fresh_root, commands_of_the_readme()[1], seconds=3600, SHARED_CACHE=str(cache_folder),
                    PYTEST_ADDOPTS="-m 'not image and not vm and not slow'", CLUSTERDISC_ISO="/nowhere.iso")
    assert re.search(r"^=+ .*\b[0-9]{3,} passed", output, re.MULTILINE), output[-2000:]
