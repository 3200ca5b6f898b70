"""Wait for something to become true, with a deadline, and never for luck."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE = 0.01


def wait_until(condition: Callable[[], T], seconds: float = 10, what: str = "the condition") -> T:
    """Ask ``condition`` every hundredth of a second until its answer is true, and return that answer.

    Raises AssertionError, naming ``what`` and the last answer, when ``seconds`` have gone by. An exception of
    the condition itself goes straight through: a condition that may fail for a while says so by its answer.
    """
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}; the last answer was {answer!r}")
        time.sleep(_PAUSE)
    return answer
