# SPDX-License-Identifier: GPL-2.0-or-later
"""A program of the disc that computes on a node of the virtual cluster, and tells how far it is."""

from boot.cluster_node import ClusterNode
from interface_clients.archive import CLIENTS
from interface_clients.said import spent_of
from qemu.deadline import wait_for_value, wait_until

# Computes until it has done all rounds, or a file of its home tells it to end. Each round is told in a file there: its
# number, the state of a generator of pseudo-random numbers (Park and Miller's, in whole numbers that a double holds
# exactly), and a sum of square roots, so that floating-point registers travel, too.
MULTIPLIER = 16807
MODULUS = 2147483647
PROGRAM = f"""
BEGIN {{
  state = 1
  while (rounds < most && (getline line < "stop") < 0) {{
    for (i = 0; i < steps; i++) {{
      state = state * {MULTIPLIER} % {MODULUS}
      sum += sqrt(state)
    }}
    printf "%d %d %.17g\\n", ++rounds, state, sum
    fflush()
  }}
}}
"""
FOR_EVER = 1000000
# Some hundredths of a second on a PC that is emulated.
SHORT_ROUND = 2000


class Program:
    """PROGRAM, started in a folder of its own on its home node; with IS_COUNTED its parent notes what it has used."""

    def __init__(self, home: ClusterNode, folder: str, rounds: int = FOR_EVER, steps: int = SHORT_ROUND,
                 is_counted: bool = False) -> None:
        self.home = home
        self.folder = folder
        self.steps = steps
        home.guest.run(f"mkdir {folder} && cat >{folder}/program <<'END'\n{PROGRAM}END")
        parent = f"{CLIENTS}/processes spend spent " if is_counted else ""
        command = f"{parent}awk -v most={rounds} -v steps={steps} -f program >result 2>errors"
        # The shell that becomes the program may be slow to make its files.
        self.pid = int(home.guest.run(f"cd {folder}; : >result >errors; {command} & echo $!").output)
        if is_counted:
            self.pid = int(wait_until(lambda: home.guest.run(f"pgrep -P {self.pid} -x awk", check=False).output,
                                      home.guest.seconds(20), f"process {self.pid} has started awk"))

    def __str__(self) -> str:
        return f"process {self.pid} of {self.home.name}"

    def is_there(self) -> bool:
        """Whether it has not ended."""
        return self.home.guest.run(f"kill -0 {self.pid}", check=False).exit_code == 0

    def rounds(self) -> int:
        """How many rounds it has done."""
        return int(self.home.guest.run(f"wc -l <{self.folder}/result").output)

    def wait_for_progress(self) -> None:
        """Waits until it has done a whole round more; AssertionError as soon as it is gone."""
        before = self.rounds()

        def has_done_more() -> bool:
            assert self.is_there(), f"{self} is gone; its errors: {self._errors()}; of omd:\n{self._log()}"
            return self.rounds() > before + 1
        wait_until(has_done_more, self.home.guest.seconds(60), f"{self} goes on after round {before}", pause=0.5)

    def shown_at_home(self) -> dict | None:
        """What its home's mps says of it; None when it is at home for good."""
        return next((each for each in self.home.processes("processes") if each["pid"] == self.pid), None)

    def guest_on(self, node: ClusterNode) -> dict | None:
        """What NODE's mps says of it; None when it is not a guest there."""
        return next((each for each in node.processes("guests") if each["home_pid"] == self.pid), None)

    def is_guest_of(self, node: ClusterNode) -> bool:
        """Whether NODE's mps shows it as a guest."""
        return self.guest_on(node) is not None

    def tell_to_end(self) -> None:
        """Lets it end with the round that it does."""
        self.home.guest.run(f"echo >{self.folder}/stop")

    def result(self) -> list[str]:
        """All that it has told, once it has ended. AssertionError when that is not right."""
        guest = self.home.guest
        wait_until(lambda: not self.is_there(), guest.seconds(120), f"{self} has ended", pause=0.5)
        assert self._errors() == "", f"{self}: {self._errors()}"
        lines = guest.run(f"cat {self.folder}/result").lines
        assert lines, f"{self} has told nothing"
        self._check(lines)
        return lines

    def wait_until_home(self) -> None:
        """Waits until it is at home for good."""
        wait_for_value(self.shown_at_home, lambda shown: shown is None, self.home.guest.seconds(60),
                       f"mps of {self.home.name} shows {self} no more")

    def spent(self) -> dict:
        """By its parent's wait4(2): user, system and real time in microseconds, and the wait status."""
        text = wait_until(lambda: self.home.guest.run(f"cat {self.folder}/spent").output, self.home.guest.seconds(20),
                          f"the parent of {self} has waited")
        return spent_of(text)

    def _check(self, lines: list[str]) -> None:
        # No round is missing, and the generator has the state that follows from their number.
        for number, line in enumerate(lines, 1):
            wanted = [str(number), str(pow(MULTIPLIER, number * self.steps, MODULUS))]
            assert line.split()[:2] == wanted, f"{self}, round {number}: {line!r} instead of {wanted}"

    def _errors(self) -> str:
        return self.home.guest.run(f"cat {self.folder}/errors").output

    def _log(self) -> str:
        return self.home.guest.run("sudo journalctl --no-pager --lines 20 --unit omd").output
