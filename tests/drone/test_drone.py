# SPDX-License-Identifier: GPL-2.0-or-later
"""A PC with the drone is a node as others are: it takes guests, keeps its services running, and leaves in order.

In this order: at the end of the last test one drone is off.
"""

import pytest

from qemu.deadline import wait_for_value

# All tests look at the same machines.
pytestmark = [pytest.mark.image, pytest.mark.vm, pytest.mark.xdist_group("drones")]

MEBIBYTE = 1 << 20
GUEST_MIB = 16
# Touches each page of GUEST_MIB again and again, and says at each round whether all have what they should.
PROGRAM = f"""
my $size = {GUEST_MIB} * {MEBIBYTE};
my $memory = chr(1) x $size;
for (my $round = 1; ! -e "stop"; $round++) {{
  my $sum = 0;
  for (my $at = 0; $at < $size; $at += 4096) {{
    $sum += ord(substr($memory, $at, 1));
    substr($memory, $at, 1) = chr(1 + $round % 200);
  }}
  my $expected = ($size / 4096) * ($round == 1 ? 1 : 1 + ($round - 1) % 200);
  open(my $file, ">>", "rounds");
  print $file $sum == $expected ? "right\\n" : "wrong: $sum, not $expected\\n";
  close($file);
}}
"""


class GuestProgram:
    """PROGRAM, started at HOME."""

    def __init__(self, home, folder: str, where: str) -> None:
        """WHERE: what mosrun says of it."""
        self.home = home
        self.folder = folder
        home.guest.run(f"mkdir {folder} && cat >{folder}/program.pl <<'END'\n{PROGRAM}END")
        self.pid = int(home.guest.run(f"cd {folder}; mosrun {where} perl program.pl >out 2>&1 & echo $!").output)

    def rounds(self) -> int:
        """How many rounds it has done so far; AssertionError when it has ended, or one was wrong."""
        guest = self.home.guest
        assert guest.run(f"kill -0 {self.pid}", check=False).exit_code == 0, guest.run(f"cat {self.folder}/out").output
        said = guest.run(f"sort {self.folder}/rounds | uniq -c", check=False).lines
        # Before the first one there is no such file.
        counts = [line.split() for line in said if line.split()[0].isdigit()]
        assert all(words[1:] == ["right"] for words in counts), said
        return int(counts[0][0]) if counts else 0

    def place(self) -> int | None:
        """The node that it is on when that is another one."""
        shown = [each for each in self.home.processes("processes") if each["pid"] == self.pid]
        return shown[0]["node"] if shown and shown[0]["state"] == "away" else None

    def wait_for_rounds(self, count: int) -> None:
        """Waits until it has done so many rounds more, all of them right."""
        before = self.rounds()
        wait_for_value(self.rounds, lambda rounds: rounds >= before + count, self.home.guest.seconds(120),
                       f"{count} rounds after the first {before}")


def test_a_running_program_of_16_mib_fits_into_48_mib(cluster):
    there = cluster.ids["with_probe"]
    started_at_home = GuestProgram(cluster.home, "moving", "-h")
    started_at_home.wait_for_rounds(1)
    cluster.home.guest.run(f"migrate {started_at_home.pid} {there}")
    assert started_at_home.place() == there
    started_at_home.wait_for_rounds(1)
    cluster.home.guest.run(f"touch {started_at_home.folder}/stop; while kill -0 {started_at_home.pid}; do sleep 1; done",
                           seconds=120)


@pytest.fixture(scope="module")
def program(cluster) -> GuestProgram:
    return GuestProgram(cluster.home, "guest", f"-{cluster.ids['with_probe']}")


def test_a_pc_with_48_mib_runs_a_guest_of_16_mib(cluster, program):
    there = cluster.ids["with_probe"]
    wait_for_value(program.place, lambda place: place == there, cluster.home.guest.seconds(120),
                   "the program is on the drone")
    program.wait_for_rounds(2)
    assert program.place() == there
    assert int(cluster.with_probe.ask("memory", r"memory (\d+)")[1]) > 1024


def test_a_second_one_that_is_as_large_is_refused(cluster, program):
    there = cluster.ids["with_probe"]
    assert program.place() == there
    second = GuestProgram(cluster.home, "second", "-h")
    second.wait_for_rounds(1)
    result = cluster.home.guest.run(f"migrate {second.pid} {there}", check=False)
    assert result.exit_code == 1
    assert f"node {there} refuses: it has too little memory for one more guest: " in result.output, result.output
    cluster.home.guest.run("touch second/stop")
    program.wait_for_rounds(1)


def test_a_486_takes_no_program_that_may_use_what_it_lacks(cluster):
    # The home is a Pentium III.
    cluster.home.guest.run(f"mosrun -{cluster.ids['from_menu']} true", check=False)
    cluster.from_menu.guest.wait_for("the processor here lacks what the program may use", 60)


def test_no_disk_is_seen(cluster):
    assert cluster.with_probe.ask("disks", r"disks (\d+)")[1] == "0"


@pytest.mark.parametrize(("daemon", "works"), [("omd", "omd: listening at"), ("omdiscd", "omdiscd: this is node")])
def test_what_is_killed_starts_again(cluster, program, daemon, works):
    cluster.with_probe.order(f"kill {daemon}")
    cluster.with_probe.guest.wait_for(f"{daemon}: was killed by signal 9; it is started again", 30)
    cluster.with_probe.guest.wait_for(works, 60)
    cluster.home.wait_for_map(list(cluster.ids.values()))
    program.wait_for_rounds(1)


def test_the_power_button_sends_the_guest_home_and_switches_off(cluster, program):
    leaving = cluster.ids["with_probe"]
    cluster.with_probe.guest.press_power_button()
    cluster.with_probe.guest.wait_for("Switching off", 30)
    assert cluster.with_probe.guest.wait_for_exit(120) == 0
    cluster.home.wait_for_map([cluster.ids["home"], cluster.ids["from_menu"]])
    conditions = {member["id"]: member["condition"] for member in cluster.home.cluster()["members"]}
    assert conditions[leaving] == "left"
    assert program.place() != leaving
    program.wait_for_rounds(1)
