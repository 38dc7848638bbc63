# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the results of guest programs in a console's text."""

import re

_RESULT = re.compile(r"^(ok|not ok) \d+ - (\w+)(?: # SKIP (.*))?$")


def program_output(console: str, program: str) -> list[str]:
    """The lines of one program, up to the line that says how it ended."""
    lines = [line.rstrip() for line in console.splitlines()]
    start = f"== /{program} starts"
    if start not in lines:
        raise AssertionError(f"{program} was never started; the console's last lines:\n" + "\n".join(lines[-30:]))
    output = lines[lines.index(start) + 1:]
    for number, line in enumerate(output):
        if line.startswith(f"== /{program} "):
            return output[:number + 1]
    return output


def check_result(console: str, program: str, test: str) -> str | None:
    """Raises AssertionError unless the program's test has passed; returns the reason if it was skipped."""
    output = program_output(console, program)
    comments: list[str] = []
    for line in output:
        if line.startswith("# "):
            comments.append(line[2:])
            continue
        match = _RESULT.match(line)
        if not match:
            continue
        result, name, reason = match.groups()
        if name == test:
            if result != "ok":
                raise AssertionError(f"{program}: {test}: " + "; ".join(comments or ["no reason was given"]))
            return reason
        comments = []
    raise AssertionError(f"{program}: no result of {test}; its output:\n" + "\n".join(output[-30:]))
