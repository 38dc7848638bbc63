# SPDX-License-Identifier: GPL-2.0-or-later
"""Python's and perl's own test suites, each file once unmoved and once moved all the time: results must be equal.

    /usr/bin/python3 tests/soak/suites.py [--suite python|perl] [-k TEXT] [--share N/M] [--list]

Root only. Ends with 1 when a result differs that known_differences.toml does not explain. A file whose result differs is
run unmoved again: what does not always come out the same at home says nothing about moves, and is only counted.
Interrupted (Ctrl-C), it says what it has found so far.
"""

import argparse
import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "virtual")]

# pylint: disable=wrong-import-position
from cmake_build import build  # noqa: E402
from migration.conftest import TARGETS  # noqa: E402
from migration.mover import move_family  # noqa: E402
from migration.node import OTHER_USER, Node  # noqa: E402
from migration.testbed import Testbed  # noqa: E402

HERE = Path(__file__).parent
NODES = 3
UNMOVED_SECONDS = 600.0
# Calls are round trips, and forks come home; the machine does two things at once.
MOVED_FACTOR = 30.0
MOVED_SECONDS = 300.0
REPETITIONS = 3
# Those of the standard library that others load, run or need a terminal for.
NOT_PYTHON = re.compile(r"test_(__all__|regrtest|idle|tk|ttk.*|tools|turtle|asyncio|c_statics|peg_generator|gdb)$")
TAP = re.compile(r"^(not )?ok (\d+)(.*)$")
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "PERL_CORE": "1"}

Outcomes = dict[str, str]


@dataclass(frozen=True)
class TestFile:
    """One file of a suite."""

    __test__ = False
    suite: str
    name: str

    def __str__(self) -> str:
        return f"{self.suite} {self.name}"


@dataclass
class Run:
    """What came of one run: the outcome of each test, and how it ended."""

    outcomes: Outcomes
    end: str
    seconds: float = 0.0
    moves: int = 0
    output: str = field(default="", compare=False)

    def differences(self, other: "Run") -> set[str]:
        """Names of tests, or "(end)", for which two runs differ."""
        names = self.outcomes.keys() | other.outcomes.keys()
        found = {name for name in names if self.outcomes.get(name) != other.outcomes.get(name)}
        return found | ({"(end)"} if self.end != other.end else set())


def test_files(suites: Path) -> Iterator[TestFile]:
    """All of both suites."""
    for path in sorted((suites / "python/test").glob("test_*")):
        if not NOT_PYTHON.match(path.stem) and (path.suffix == ".py" or (path / "__init__.py").exists()):
            yield TestFile("python", path.stem)
    for path in sorted((suites / "perl/t").rglob("*.t")):
        yield TestFile("perl", str(path.relative_to(suites / "perl/t")))


def tap_outcomes(output: str) -> Outcomes:
    """From what a test of perl prints (Test Anything Protocol). Descriptions have addresses and times in them."""
    found: Outcomes = {}
    for line in output.splitlines():
        if match := TAP.match(line):
            directive = re.search(r"# *(skip|todo)", match[3], re.IGNORECASE)
            found[match[2]] = ("not ok" if match[1] else "ok") + (f" {directive[1].lower()}" if directive else "")
    return found


class Suites:
    """Where the suites lie on the home node, and how a file of them is run."""

    def __init__(self, bed: Testbed, nodes: list[Node], suites: Path) -> None:
        self._bed = bed
        self._nodes = nodes
        self._home = nodes[0]
        # As nobody: tests behave otherwise for root, and may harm the machine.
        self._work = self._home.make_folder("suites", OTHER_USER)
        shutil.copytree(suites, self._outside, symlinks=True, dirs_exist_ok=True)
        shutil.copy(HERE / "python_results.py", self._outside / "python")
        subprocess.run(["chown", "-R", "--no-dereference", f"{OTHER_USER.pw_uid}:{OTHER_USER.pw_gid}", self._outside], check=True)

    @property
    def _outside(self) -> Path:
        return self._home.outside(self._work)

    def _command(self, file: TestFile) -> tuple[list[str], Path]:
        if file.suite == "python":
            return ["/usr/bin/python3", "-B", str(self._work / "python/python_results.py"), file.name,
                    str(self._work / "results")], self._work / "temporary"
        switches = re.match(r"#!.*?perl(?:[^ ]*)((?: -\w+)*)", (self._outside / "perl/t" / file.name).read_text(errors="replace"))
        return ["./perl", *(switches[1].split() if switches else []), "-I../lib", file.name], self._work / "perl/t"

    def run(self, file: TestFile, seconds: float, is_moved: bool) -> Run:
        """One run; a process that is left by it is killed."""
        shutil.rmtree(self._outside / "temporary", ignore_errors=True)
        (self._outside / "temporary").mkdir()
        os.chown(self._outside / "temporary", OTHER_USER.pw_uid, OTHER_USER.pw_gid)
        (self._outside / "results").unlink(missing_ok=True)
        words, folder = self._command(file)
        environment = ENVIRONMENT | {"HOME": str(self._work / "temporary"), "TMPDIR": str(self._work / "temporary")}
        if file.suite == "python":
            environment["PYTHONPATH"] = str(self._work / "python")
        began = time.monotonic()
        moves = 0
        output_file = self._home.folder / "output"
        with output_file.open("wb") as output:
            process = subprocess.Popen(self._home.command(*words, user=OTHER_USER, folder=folder), stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, env=environment, start_new_session=True)
            try:
                if is_moved:
                    moves = self._move(process, seconds)
                end = str(process.wait(timeout=max(began + seconds - time.monotonic(), 0.1)))
            except subprocess.TimeoutExpired:
                end = "did not end in time"
            finally:
                kill_session(process)
        text = output_file.read_text(errors="replace")
        return Run(self._outcomes(file, text), end, time.monotonic() - began, moves, text)

    def _move(self, process: subprocess.Popen, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        return move_family(self._bed, process.pid, self._nodes,
                           lambda: process.poll() is not None or time.monotonic() > deadline, 2 * seconds, may_refuse=True)

    def _outcomes(self, file: TestFile, output: str) -> Outcomes:
        if file.suite == "perl":
            return tap_outcomes(output)
        try:
            return json.loads((self._outside / "results").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}


def kill_session(process: subprocess.Popen) -> None:
    """The process and whatever it has left behind in its session."""
    if process.poll() is None:
        process.kill()
        process.wait()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[3]) == process.pid:
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue


class Known:
    """The differences that have a reason."""

    def __init__(self) -> None:
        self._entries = tomllib.loads((HERE / "known_differences.toml").read_text()).get("difference", [])

    def reason(self, file: TestFile, test: str) -> str | None:
        """Why a test of FILE may differ."""
        for entry in self._entries:
            if entry["suite"] == file.suite and fnmatch.fnmatch(file.name, entry["file"]) and fnmatch.fnmatch(test, entry["test"]):
                return entry["reason"]
        return None


def compare(suites: Suites, file: TestFile, known: Known) -> tuple[str, int]:
    """Runs a file both ways. "equal", or what is to be said about it, and the number of moves."""
    unmoved = suites.run(file, UNMOVED_SECONDS, False)
    limit = max(MOVED_SECONDS, unmoved.seconds * MOVED_FACTOR)
    moved = suites.run(file, limit, True)
    differing = moved.differences(unmoved)
    if not differing:
        return ("equal" if moved.moves else "equal, but never moved"), moved.moves
    unexplained = {test for test in differing if known.reason(file, test) is None}
    # Its end follows from its tests.
    if unexplained <= {"(end)"} and differing - {"(end)"}:
        return f"known: {', '.join(sorted(differing))}", moved.moves
    for _ in range(REPETITIONS):
        again = suites.run(file, UNMOVED_SECONDS, False)
        unexplained -= again.differences(unmoved)
        if not unexplained:
            return "unstable without moves, too", moved.moves
    lines = [f"    {test}: unmoved {unmoved.outcomes.get(test, unmoved.end)}, moved {moved.outcomes.get(test, moved.end)}"
             for test in sorted(unexplained)]
    return "\n".join(["DIFFERENT", *lines, "    the end of its output when moved:",
                      *(f"    | {line}" for line in moved.output.splitlines()[-15:])]), moved.moves


def chosen_files(options: argparse.Namespace, suites: Path) -> list[TestFile]:
    """What the options say, evenly spread over the suites."""
    part, parts = map(int, options.share.split("/"))
    files = [file for file in test_files(suites)
             if options.suite in (None, file.suite) and all(text in str(file) for text in options.k)]
    return files[part - 1::parts]


def run_all(files: list[TestFile], suites_folder: Path) -> int:
    """Runs FILES; prints a line for each, and a summary. The exit status."""
    programs = Path(os.environ.get("CLUSTERDISC_PROGRAMS") or build("release", *TARGETS))
    known = Known()
    counts: dict[str, int] = {}
    moves = 0
    try:
        with Testbed(programs) as bed:
            suites = Suites(bed, bed.start(NODES), suites_folder)
            for number, file in enumerate(files, 1):
                verdict, its_moves = compare(suites, file, known)
                moves += its_moves
                kind = verdict.partition("\n")[0].partition(":")[0]
                counts[kind] = counts.get(kind, 0) + 1
                print(f"[{number}/{len(files)}] {file}: {its_moves} moves: {verdict}", flush=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    finally:
        print(f"{sum(counts.values())} of {len(files)} files, {moves} moves: "
              + (", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"))
    return 1 if counts.get("DIFFERENT") else 0


def main() -> int:
    """See the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", choices=("python", "perl"), help="only this one")
    parser.add_argument("-k", action="append", default=[], metavar="TEXT", help="only files with TEXT in suite and name; may be repeated")
    parser.add_argument("--share", default="1/1", metavar="N/M", help="every M-th file, beginning with the N-th")
    parser.add_argument("--list", action="store_true", help="only say which files these are")
    options = parser.parse_args()
    if not re.fullmatch(r"[1-9]\d*/[1-9]\d*", options.share):
        parser.error(f"--share needs N/M as 1/10, not {options.share}")
    fetched = subprocess.run([HERE / "fetch_suites.sh"], stdout=subprocess.PIPE, text=True, check=False)
    if fetched.returncode != 0:
        return fetched.returncode
    suites = Path(fetched.stdout.strip())
    files = chosen_files(options, suites)
    if options.list:
        print(*files, sep="\n")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return run_all(files, suites)


if __name__ == "__main__":
    sys.exit(main())
