# SPDX-License-Identifier: GPL-2.0-or-later
"""What build.sh says to wrong input: all of it at once, before any work, with the right exit status."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lint import source_tree


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """A copy of the sources, so that a test may break them."""
    folder = tmp_path_factory.mktemp("checkout")
    for path in source_tree.files():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source_tree.REPOSITORY / path, target)
    return folder


@pytest.fixture
def build(checkout, tmp_path_factory):
    """Runs build.sh of the copy with a cache of its own."""
    cache = tmp_path_factory.getbasetemp() / "cache-of-command-line-tests"

    def run(*arguments, **environment):
        return subprocess.run(
            [checkout / "build.sh", *arguments], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
            env={**os.environ, "CLUSTERDISC_CACHE": str(cache), **environment},
        )
    return run


def errors(result):
    return [line.removeprefix("error: ") for line in result.stderr.splitlines() if line.startswith("error: ")]


@pytest.mark.parametrize("arguments", [["--help"], ["help"], ["iso", "--help"]])
def test_help_names_every_command_and_succeeds(build, arguments):
    result = build(*arguments)
    assert result.returncode == 0
    for word in ("iso", "kernel", "packages", "cluster", "test", "deps", "clean", "--mirror", "--flavour", "--jobs", "--cluster-key",
                 "--strict", "--version", "CLUSTERDISC_CACHE"):
        assert re.search(rf"^  {re.escape(word)}\b", result.stdout, re.MULTILINE), word
    assert result.stderr == ""


@pytest.mark.parametrize(("arguments", "named"), [
    (["--no-such-option"], '"--no-such-option"'),
    (["no-such-command"], '"no-such-command"'),
    (["iso", "kernel"], "one sub-command"),
    (["--jobs", "2", "cluster", "up"], "cluster comes first"),
    (["--jobs", "2", "remaster"], "remaster comes first"),
    (["--flavour", "no-such-flavour"], '"no-such-flavour"'),
    (["--flavour", "../../etc"], '"../../etc"'),
    (["--flavour"], "--flavour needs a value"),
    (["--strict=yes"], "--strict takes no value"),
    (["--jobs", "none"], '"none"'),
    (["--jobs", "0"], '"0"'),
    (["--version", "not a version"], '"not a version"'),
    (["--mirror", "nonsense"], '"nonsense"'),
    (["--cluster-key", "/no/such/key"], '"/no/such/key"'),
])
def test_wrong_usage_is_named_with_status_2(build, checkout, arguments, named):
    result = build(*arguments)
    assert result.returncode == 2, result.stderr
    assert any(named in error for error in errors(result)), result.stderr
    assert not (checkout / "out").exists()


@pytest.mark.parametrize(("arguments", "meant"), [
    (["--flavor", "standard"], "--flavour"),
    (["--ouput", "clean"], "--output"),
    (["kernel", "--stric"], "--strict"),
    (["--clusterkey=/no/such/key"], "--cluster-key"),
])
def test_a_misspelt_option_is_one_problem_that_names_the_right_one(build, arguments, meant):
    result = build(*arguments)
    assert result.returncode == 2
    misspelt = next(argument for argument in arguments if argument.startswith("--")).partition("=")[0]
    assert errors(result) == [f'unknown option "{misspelt}"; did you mean {meant}?'], result.stderr


def test_an_option_like_no_other_is_named_without_a_guess(build):
    result = build("--colour", "always", "help")
    assert errors(result) == ['unknown option "--colour"'], result.stderr


def test_an_unusable_mirror_is_one_problem(build, tmp_path):
    result = build("--mirror", f"file://{tmp_path}")
    assert result.returncode == 1
    assert len(errors(result)) == 1, result.stderr
    assert "suite bookworm for i386 is not usable" in errors(result)[0]
    assert "WARNING" not in result.stderr


def test_a_long_stage_without_a_terminal_says_that_it_goes_on(checkout, tmp_path):
    # The stage ends when what it says has been seen.
    program = f"""
        STAGE_REPORT_SECONDS=1
        wait_for_lines() {{ while (($(grep -c 's$' '{tmp_path}/progress') < 2)); do read -r -t 0.1 <> <(:) || true; done; }}
        stage_plan 1
        stage_run 'long one' wait_for_lines 2>'{tmp_path}/progress'"""
    result = run_functions(checkout, ["cache", "stage"], program, CLUSTERDISC_CACHE=str(tmp_path / "cache"))
    assert result.returncode == 0, result.stderr
    progress = (tmp_path / "progress").read_text().splitlines()
    assert progress[0] == "[1/1] long one:" and re.fullmatch(r"\[1/1\] long one: done in \d+s", progress[-1])
    assert all(re.fullmatch(r"\[1/1\] long one: \d+s", line) for line in progress[1:-1]) and len(progress) >= 4


def test_a_cluster_key_of_the_wrong_length_is_refused_with_a_remedy(build, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(b"x" * 31)
    result = build("--cluster-key", str(key))
    assert result.returncode == 2
    assert re.search(r"31 bytes, not 32", result.stderr) and "/dev/urandom" in result.stderr


def test_a_date_that_is_none_is_refused(build):
    result = build(SOURCE_DATE_EPOCH="yesterday")
    assert result.returncode == 2
    assert '"yesterday"' in result.stderr


def test_all_problems_are_reported_at_once(build):
    result = build("--no-such-option", "--flavour", "no-such-flavour", "--jobs", "many", "--cluster-key", "/no/such/key")
    assert result.returncode == 2
    for named in ('"--no-such-option"', '"no-such-flavour"', '"many"', '"/no/such/key"'):
        assert named in result.stderr


def test_a_package_that_the_archive_lacks_is_named_with_file_and_line(build, checkout):
    path = checkout / "config" / "package-lists" / "broken.list.chroot"
    path.write_text("# SPDX-License-Identifier: GPL-2.0-or-later\nless\nno-such-package-a nano no-such-package-b\n")
    try:
        result = build("--flavour", "no-such-flavour")
    finally:
        path.unlink()
    assert result.returncode == 2
    for name in ("no-such-package-a", "no-such-package-b"):
        assert re.search(rf"broken\.list\.chroot:3: .*\"{name}\"", result.stderr), result.stderr
    assert '"no-such-flavour"' in result.stderr
    assert '"less"' not in result.stderr and '"nano"' not in result.stderr


def test_a_failure_that_is_not_of_usage_has_status_1(build, checkout):
    path = checkout / "config" / "package-lists" / "broken.list.chroot"
    path.write_text("# SPDX-License-Identifier: GPL-2.0-or-later\nno-such-package\n")
    try:
        result = build()
    finally:
        path.unlink()
    assert result.returncode == 1, result.stderr
    assert "Nothing was built." in result.stderr
    assert not (checkout / "out").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_without_root_it_says_how(checkout):
    # The program comes through standard input, because others may not read the folder of the tests.
    parts = [(checkout / "builder" / name).read_text() for name in ("report.sh", "validate.sh")]
    result = subprocess.run(
        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "bash", "-s"],
        input="\n".join(["set -euo pipefail", *parts, "OPTION_COMMAND=kernel", "validate_machine", "report_exit_on_problems"]),
        capture_output=True, text=True, cwd="/",
    )
    assert result.returncode == 1
    assert "sudo ./build.sh" in result.stderr


def run_functions(checkout, libraries, program, **environment):
    """Runs PROGRAM with the functions of some files of builder/."""
    parts = [(checkout / "builder" / f"{name}.sh").read_text() for name in libraries]
    return subprocess.run(
        ["bash", "-s"], input="\n".join(["set -euo pipefail", *parts, program]), capture_output=True, text=True, timeout=300,
        env={**os.environ, **environment},
    )


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_only_results_are_given_to_the_caller_of_sudo(checkout, tmp_path):
    for name in ("theirs", "new result"):
        (tmp_path / name).write_text(name)
    program = f"""
        output_make_directory '{tmp_path}/out/packages'
        output_put 600 '{tmp_path}/new result' '{tmp_path}/out'
        output_make_directory '{tmp_path}'"""
    result = run_functions(checkout, ["output"], program, SUDO_UID="65534", SUDO_GID="65533")
    assert (result.returncode, result.stderr) == (0, "")
    owners = {str(path.relative_to(tmp_path)): path.stat().st_uid for path in [tmp_path, *tmp_path.rglob("*")]}
    assert owners == {".": 0, "theirs": 0, "out": 65534, "out/packages": 65534, "out/new result": 65534}
    assert (tmp_path / "out/new result").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def lax_apt(tmp_path) -> str:
    """The configuration of an apt that takes everything; a suite without a signature is beside it in `archive`."""
    packages = tmp_path / "archive/dists/bookworm/main/binary-i386/Packages"
    packages.parent.mkdir(parents=True)
    packages.write_text("")
    release = tmp_path / "archive/dists/bookworm/Release"
    digest = hashlib.sha256(b"").hexdigest()
    release.write_text("Suite: oldstable\nCodename: bookworm\nArchitectures: i386\nComponents: main\n"
                       "Date: Sat, 01 Jan 2022 00:00:00 UTC\n"
                       f"SHA256:\n {digest} 0 main/binary-i386/Packages\n")
    settings = tmp_path / "apt.conf"
    settings.write_text("".join(f'{name} "true";\n' for name in (
        "Acquire::AllowInsecureRepositories", "Acquire::AllowWeakRepositories", "APT::Get::AllowUnauthenticated",
        "Acquire::AllowDowngradeToInsecureRepositories")))
    return str(settings)


def test_an_unsigned_suite_is_refused_whatever_the_apt_of_the_host_accepts(checkout, tmp_path, lax_apt):
    program = f"archive_fetch_suite bookworm 'file://{tmp_path}/archive' '{tmp_path}/apt' || cat '{tmp_path}/apt/log'"
    result = run_functions(checkout, ["archive"], program, APT_CONFIG=lax_apt)
    assert "is not signed" in result.stdout, result.stdout + result.stderr


def test_what_apt_holds_for_unverified_is_not_downloaded(checkout, tmp_path, lax_apt):
    # The host's apt gets the index of an unsigned archive, and shall give no package of it away.
    program = f"""
        mkdir -p '{tmp_path}/archive/pool' '{tmp_path}/root/DEBIAN'
        printf 'Package: bad\nVersion: 1\nArchitecture: i386\nMaintainer: none\nDescription: bad\n' >'{tmp_path}/root/DEBIAN/control'
        dpkg-deb --build '{tmp_path}/root' '{tmp_path}/archive/pool/bad.deb' >&2
        cd '{tmp_path}/archive'
        apt-ftparchive packages pool >dists/bookworm/main/binary-i386/Packages
        apt-ftparchive -o APT::FTPArchive::Release::Codename=bookworm -o APT::FTPArchive::Release::Components=main \
          -o APT::FTPArchive::Release::Architectures=i386 release dists/bookworm >Release
        mv Release dists/bookworm/
        archive_fetch_suite bookworm 'file://{tmp_path}/archive' '{tmp_path}/apt' || true
        mapfile -t options < <(archive_apt_options '{tmp_path}/apt')
        apt-get -o APT::Architecture=i386 -o Dir::State='{tmp_path}/apt/state' -o Dir::Cache='{tmp_path}/apt/cache' \
          -o Dir::State::status='{tmp_path}/apt/status' -o Dir::Etc::SourceList='{tmp_path}/apt/sources.list' \
          -o Dir::Etc::SourceParts=- -o APT::Sandbox::User=root -q update >&2
        cd '{tmp_path}/apt'
        apt-get "${{options[@]}}" -q download bad || echo refused"""
    result = run_functions(checkout, ["archive"], program, APT_CONFIG=lax_apt)
    assert result.stdout.endswith("refused\n"), result.stdout + result.stderr
    assert not list((tmp_path / "apt").glob("*.deb"))


def test_clean_removes_what_a_build_made_and_nothing_else(build, tmp_path):
    made = ["clusterdisc-0.1.0-i486.iso", "clusterdisc-0.1.0-i486.iso.sha256", "cluster.key"]
    for name in [*made, "thesis.tex"]:
        (tmp_path / name).write_text(name)
    result = build("clean", "--output", str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
