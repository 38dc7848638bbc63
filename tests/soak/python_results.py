# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one module of python's own tests and writes what became of each test into a file, as JSON.

    python_results.py MODULE FILE
"""

import json
import sys
import unittest
from pathlib import Path

from test import support


class Results(unittest.TextTestResult):
    """Notes the outcome of each test; of several, as of subtests, the worst."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.outcomes: dict[str, str] = {}

    def note(self, test: unittest.TestCase, outcome: str) -> None:
        """Unless something worse is known already."""
        name = test.id()
        if self.outcomes.get(name) not in ("failed", "error"):
            self.outcomes[name] = outcome

    def addSuccess(self, test):  # noqa: N802, D102
        super().addSuccess(test)
        self.note(test, "ok")

    def addFailure(self, test, err):  # noqa: N802, D102
        super().addFailure(test, err)
        self.note(test, "failed")

    def addError(self, test, err):  # noqa: N802, D102
        super().addError(test, err)
        self.note(test, "error")

    def addSkip(self, test, reason):  # noqa: N802, D102
        super().addSkip(test, reason)
        self.note(test, "skipped")

    def addExpectedFailure(self, test, err):  # noqa: N802, D102
        super().addExpectedFailure(test, err)
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test):  # noqa: N802, D102
        super().addUnexpectedSuccess(test)
        self.note(test, "unexpected success")

    def addSubTest(self, test, subtest, err):  # noqa: N802, D102
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note(test, "failed")


def main(module: str, file: str) -> int:
    """As the module is told by regrtest without any -u: nothing that needs a network or much of the machine."""
    support.use_resources = []
    support.verbose = 0
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(f"test.{module}")
    except unittest.SkipTest:
        Path(file).write_text(json.dumps({module: "skipped"}))
        return 0
    result = unittest.TextTestRunner(resultclass=Results, verbosity=1).run(suite)
    Path(file).write_text(json.dumps(result.outcomes))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
