# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for a condition, never for a time."""

import time
from typing import Callable, TypeVar

Value = TypeVar("Value")


class Deadline:
    """A point in time, SECONDS from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds that are left, never negative."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether nothing is left."""
        return self.remaining == 0


def wait_until(condition: Callable[[], Value], seconds: float, what: str, pause: float = 0.05) -> Value:
    """Calls CONDITION until it returns something true, and returns that; AssertionError naming WHAT after SECONDS."""
    deadline = Deadline(seconds)
    while True:
        value = condition()
        if value:
            return value
        if deadline.passed:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what} (last value: {value!r})")
        time.sleep(min(pause, deadline.remaining))


def wait_for_value(look: Callable[[], Value], is_right: Callable[[Value], bool], seconds: float, what: str,
                   pause: float = 0.5) -> Value:
    """Calls LOOK until IS_RIGHT holds for what it returns, and returns that; AssertionError with the last of it."""
    deadline = Deadline(seconds)
    while True:
        value = look()
        if is_right(value):
            return value
        if deadline.passed:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what}; seen last: {value!r}")
        time.sleep(min(pause, deadline.remaining))
