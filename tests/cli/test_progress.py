"""How far a long command has come."""

from __future__ import annotations

import io

import pytest

from tracker.cli.progress import Progress
from tracker.clock import Clock


class Watch(Clock):
    """Stands until it is moved."""

    seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_line_says_share_rate_and_time_left() -> None:
    watch = Watch()
    progress = Progress(6000, "events", clock=watch, to=io.StringIO())
    watch.seconds += 2
    progress.advance(1500)
    assert progress.line() == "1,500 of 6,000 events (25 %), 750 a second, 0:06 left"
    watch.seconds += 2
    progress.advance(4500)
    assert progress.line() == "6,000 of 6,000 events (100 %), 1,500 a second"


def test_where_nobody_knows_how_much_there_is_it_says_how_much_was_done() -> None:
    watch, said = Watch(), io.StringIO()
    progress = Progress(None, "bytes", clock=watch, to=said, shown=True)
    watch.seconds += 10
    progress.advance(1000)
    assert said.getvalue() == "1,000 bytes, 100 a second\n"
    progress.expect(2000)
    assert progress.line() == "1,000 of 2,000 bytes (50 %), 100 a second, 0:10 left"


def test_a_terminal_has_one_line_that_is_written_over() -> None:
    watch, said = Watch(), Terminal()
    with Progress(3, "events", clock=watch, to=said) as line:
        for _ in range(3):
            watch.seconds += 1
            line.advance()
    assert said.getvalue().count("\n") == 1
    assert said.getvalue().count("\r") == 4
    assert said.getvalue().endswith("3 of 3 events (100 %), 1 a second\n")


def test_elsewhere_nothing_is_said_unless_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(10, "events") as line:
        line.advance(10)
    assert capsys.readouterr().err == ""
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert capsys.readouterr().err.startswith("5 of 10 events (50 %)")


def interrupted() -> None:
    with Progress(10, "events", shown=True) as line:
        line.advance(5)
        raise KeyboardInterrupt
