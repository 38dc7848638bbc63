# SPDX-License-Identifier: GPL-2.0-or-later
"""The two ways to fail."""


class UsageProblem(Exception):
    """What was asked for cannot be meant; exit status 2."""


class Failure(Exception):
    """What was asked for could not be done; exit status 1."""
