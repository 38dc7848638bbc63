# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be wrong, and the exit status that belongs to it."""

import os

EXIT_FAILURE = 1
EXIT_USAGE = 2


class Problem(Exception):
    """Something did not work; the message says what, and what to do."""

    status = EXIT_FAILURE


class UsageProblem(Problem):
    """The command line asks for something that cannot be."""

    status = EXIT_USAGE


def called_as() -> str:
    """How the person calls this command."""
    return os.environ.get("CLUSTERDISC_VM_CALLED_AS", "clusterdisc-vm")
