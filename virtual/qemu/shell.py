# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands through an interactive POSIX shell on a console, with their output and exit status.

It does not depend on what the prompt looks like. Around each command the shell prints markers with a number of their own;
the typed line contains them in two halves, so its echo cannot be taken for them.
"""

import base64
import itertools
import re
import textwrap
from dataclasses import dataclass

from qemu.console import Console, ConsoleClosed, WaitTimeout

# A terminal in canonical mode takes 4095 bytes a line; a slow guest's line editor is happier with less.
_LONGEST_LINE = 700
_PROBE_SECONDS = 5

# No echo, no prompts, no history expansion, no colours and no folding of lines: the log is then readable as well.
_PREPARATION = (
    "stty -echo cols 250 rows 60 2>/dev/null; (set +H) 2>/dev/null && set +H; "
    "export PS1= PS2= PROMPT_COMMAND= TERM=dumb PAGER=cat SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 LC_ALL=C"
)


@dataclass(frozen=True)
class CommandResult:
    """What a command wrote (standard output and error as they came) and its exit status."""

    output: str
    exit_code: int

    @property
    def lines(self) -> list[str]:
        """The output by lines."""
        return self.output.splitlines()


class CommandFailed(AssertionError):
    """A command that had to succeed did not; the message shows its output."""


class Shell:
    """A shell that reads commands from CONSOLE."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._numbers = itertools.count(1)
        self._prepared = False

    def wait_until_ready(self, seconds: float) -> None:
        """Waits until a shell answers. What is typed while a login is still under way may be thrown away, so it asks again."""
        attempts = max(1, round(seconds / _PROBE_SECONDS))
        for attempt in range(attempts):
            number = next(self._numbers)
            self._console.send_line(f"echo '<<shell''-ready-{number}>>'")
            try:
                self._console.wait_for(f"<<shell-ready-{number}>>", _PROBE_SECONDS, "an answer of the shell")
                break
            except WaitTimeout:
                if attempt == attempts - 1:
                    raise
        self._exchange(_PREPARATION, 30)
        self._prepared = True

    def run(self, command: str, seconds: float = 60, check: bool = True) -> CommandResult:
        """Runs COMMAND (one or more lines); with CHECK an exit status other than 0 raises CommandFailed."""
        if not self._prepared:
            self.wait_until_ready(30)
        if len(command) > _LONGEST_LINE or not command.isprintable() or not command.isascii():
            command_line = self._send_script(command)
        else:
            # A subshell, so that `exit` in a command ends the command and not the session. Its input is empty, or a command
            # that reads would eat what is typed next.
            command_line = f"( {command} ) </dev/null"
        result = self._exchange(command_line, seconds)
        if check and result.exit_code != 0:
            raise CommandFailed(f"exit status {result.exit_code} of: {command}\n{textwrap.indent(result.output, '  | ')}")
        return result

    def _send_script(self, command: str) -> str:
        encoded = base64.b64encode(command.encode()).decode()
        self._exchange("script=", 30)
        for start in range(0, len(encoded), _LONGEST_LINE):
            self._exchange(f'script="$script"{encoded[start:start + _LONGEST_LINE]}', 30)
        return '( eval "$(echo "$script" | base64 -d)" ) </dev/null'

    def _exchange(self, command: str, seconds: float) -> CommandResult:
        number = next(self._numbers)
        self._console.skip()
        self._console.send_line(f"echo '<<begin''-{number}>>'; {command}; echo \"<<end\"\"-{number}:$?>>\"")
        try:
            self._console.wait_for(re.compile(rf"<<begin-{number}>>\n"), seconds)
            match = self._console.wait_for(re.compile(rf"([^\0]*?)<<end-{number}:(\d+)>>"), seconds)
        except (WaitTimeout, ConsoleClosed) as error:
            raise type(error)(f"while this command ran: {command}\n{error}") from error
        return CommandResult(match[1].removesuffix("\n"), int(match[2]))
