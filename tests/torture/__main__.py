"""The long form: one history after the other, until the time is over or something is wrong.

A history: players play, some are killed, the database crashes under them; it is checked; they play on, and while they
do, or just after all of them were killed, a copy is made in a fresh place; they play on there; it is checked again.
PostgreSQL crashes by an immediate stop, and its copy is a dump that is restored into another cluster; SQLite's crash
is the end of all its processes, its copy an online backup. Exits with 1 where there is a fault.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import click

from tests.torture import grounds
from tests.torture.grounds import Ground
from tests.torture.play import Play

_ENGINES = ["sqlite", "postgresql"]
_MOST_SHOWN = 40


@click.command()
@click.option("--minutes", type=float, default=2, show_default=True, help="How long; the last history is finished.")
@click.option("--seed", type=int, help="Drawn and shown where it isn't given.")
@click.option("--engine", type=click.Choice(_ENGINES), multiple=True, help="Only this one; otherwise both, in turns.")
def main(minutes: float, seed: int | None, engine: tuple[str, ...]) -> None:
    """Randomized histories of the log, checked by a plain model."""
    seed = random.SystemRandom().getrandbits(32) if seed is None else seed
    deadline, events, engines = time.monotonic() + minutes * 60, 0, engine or tuple(_ENGINES)
    for number in count():
        found = History(engines[number % len(engines)], seed + number)
        events += found.perform()
        click.echo(f"{found}; {max(0.0, deadline - time.monotonic()) / 60:.1f} min left", err=True)
        if found.faults:
            _give_up(found, minutes)
        if time.monotonic() >= deadline:
            break
    click.echo(f"0 lost, 0 twice, 0 out of order: {events} events in {number + 1} histories, from seed {seed}")


def _give_up(found: History, minutes: float) -> None:
    for fault in found.faults[:_MOST_SHOWN]:
        click.echo(fault)
    click.echo(
        f"{len(found.faults)} faults. Again: python -m tests.torture --minutes {minutes:g} --seed {found.seed} "
        f"--engine {found.engine}"
    )
    sys.exit(1)


class History:
    """One history, from an empty database to the end."""

    def __init__(self, engine: str, seed: int) -> None:
        self.engine, self.seed = engine, seed
        self._draw = random.Random(seed)
        self._killed = self._crashed = self._events = 0
        #: What is wrong, in words.
        self.faults: list[str] = []

    def __str__(self) -> str:
        what = f"{self._events} events, {self._killed} killed, {self._crashed} crashes, {len(self.faults)} faults"
        return f"{self.engine}, seed {self.seed}: {what}"

    def perform(self) -> int:
        """Returns how many events were stored at its end."""
        with tempfile.TemporaryDirectory(prefix="tracker-torture-") as name:
            folder = Path(name)
            ground = grounds.new(self.engine, folder)
            try:
                self._in_two_places(ground, folder)
            finally:
                ground.close()
        return self._events

    def _in_two_places(self, ground: Ground, folder: Path) -> None:
        with Play(ground.url, folder, self.seed) as play:
            play.prepare()
            self._play(play, ground, crashes=2)
            self._check(play)
            dumped_at, copy = self._copied(play, ground)
        try:
            with Play(copy.url, folder, self.seed + 1, name="copy-", dumped_at=dumped_at) as play:
                self._play(play, copy, crashes=1)
                self._check(play)
        finally:
            copy.close()

    def _play(self, play: Play, ground: Ground, crashes: int) -> None:
        play.start()
        for _ in range(crashes):
            play.go_on(self._draw.uniform(1, 4))
            ground.crash(play)
            self._crashed += 1
        play.go_on(self._draw.uniform(1, 4))
        play.stop()

    def _copied(self, play: Play, ground: Ground) -> tuple[float, Ground]:
        play.start()
        play.go_on(self._draw.uniform(1, 3))
        if self._draw.random() < 0.5:
            # Nobody ticks any more: some of what is stored has no position yet.
            play.kill_all()
        moment = time.monotonic()
        return moment, ground.copied(1)

    def _check(self, play: Play) -> None:
        checked = play.check()
        self.faults += checked.faults
        self._events = checked.events
        self._killed += play.killed
        play.killed = 0


if __name__ == "__main__":
    main()
