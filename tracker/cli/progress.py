"""How far a long command has come: a line on standard error with the share, the rate and the time left.

    with Progress(total, "events") as line:
        line.advance(500) …

On a terminal the line is written over itself, elsewhere nothing is written, so that a scheduled run says only what
went wrong; ``--progress`` asks for it nevertheless, as a line every few seconds. What it does badly: the time left is
reckoned from the average rate, so it lags behind when the rate changes.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

import click

from tracker.clock import Clock

#: Seconds between two looks of a terminal's line, and between two lines elsewhere.
_TERMINAL_EVERY = 0.2
_ELSEWHERE_EVERY = 5.0

#: ``--progress/--no-progress``, for commands that take long.
progress_option = click.option(
    "--progress/--no-progress", "progress", default=None, help="Say how far it is; the default on a terminal."
)


class Progress:
    """Counts what is done of ``total`` (``None``: nobody knows) and shows it on standard error.

    The line ends with its ``with``, also when that is interrupted.
    """

    def __init__(
        self,
        total: int | None,
        unit: str,
        *,
        shown: bool | None = None,
        clock: Clock | None = None,
        to: TextIO | None = None,
    ) -> None:
        """``shown``: whether to show it; ``None``: on a terminal."""
        self._total, self._unit = total, unit
        self._clock, self._to = clock or Clock(), to or sys.stderr
        self._terminal = self._to.isatty()
        self._shown = self._terminal if shown is None else shown
        self._count = 0
        self._began = self._last = self._clock.monotonic()

    def expect(self, total: int) -> None:
        """It is known only now how many there are."""
        self._total = total

    def advance(self, count: int = 1) -> None:
        """``count`` more are done."""
        self._count += count
        now = self._clock.monotonic()
        if now - self._last >= (_TERMINAL_EVERY if self._terminal else _ELSEWHERE_EVERY):
            self._last = now
            self._show()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._show()
        if self._shown and self._terminal:
            self._to.write("\n")

    def _show(self) -> None:
        if self._shown:
            self._to.write(f"\r\x1b[K{self.line()}" if self._terminal else f"{self.line()}\n")
            self._to.flush()

    def line(self) -> str:
        """For instance ``1,500 of 6,000 events (25 %), 750 a second, 0:06 left``."""
        seconds = self._clock.monotonic() - self._began
        rate = self._count / seconds if seconds else 0.0
        of = "" if self._total is None else f" of {self._total:,}"
        return f"{self._count:,}{of} {self._unit}{self._share()}, {rate:,.0f} a second{self._left(rate)}"

    def _share(self) -> str:
        return f" ({min(100, 100 * self._count // self._total)} %)" if self._total else ""

    def _left(self, rate: float) -> str:
        if self._total is None or self._count >= self._total or not rate:
            return ""
        minutes, seconds = divmod(round((self._total - self._count) / rate), 60)
        return f", {minutes}:{seconds:02} left"
