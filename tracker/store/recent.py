"""Stories that were read of late, as of the latest revision, in this process's memory.

A story that is read or written again costs only the events that came since. What is kept is never a second truth:
it is used only if the stream, looked at in the same request, still has the hash or goes on from there (whoever reads
on looks, by ``LogEvent.follows``), and has seen no redaction since. A kept story is shared between threads; nobody
changes it (``stories.story.advanced`` makes the next one beside it). Bounded by bytes: the least recently used goes
first. One story that is heavier than all of them may be, the last one such, has a place of its own, so that it neither
drives the others out nor is read anew for each report that comes in.

What it does badly: of two such stories that are written to in turn, neither stays.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Pool

from tracker.store.chain import GENESIS
from tracker.store.log import Head
from tracker.stories.story import Story

#: How much each database's stories may take, roughly.
MOST_BYTES = 64 * 1024 * 1024
#: What a single story beside them may take, so that whoever writes to a very long one need not read it each time.
MOST_BYTES_OF_ONE = 4 * MOST_BYTES


class Kept(NamedTuple):
    """A story, where its stream stood, and roughly how many bytes it takes."""

    story: Story
    head: Head
    weight: int


#: Of a story to which nothing has happened.
NOTHING = Kept(Story(), Head(0, GENESIS, 0, 0), 0)


class Recent:
    """The stories of one database, by id, or by ``name_of``."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_of_one: int = MOST_BYTES_OF_ONE) -> None:
        self._most = most_bytes
        self._most_of_one = most_of_one
        self._weight = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        #: The story that is too heavy to be among them, and was kept last.
        self._heavy: tuple[str, Kept] | None = None
        self._lock = threading.Lock()

    def get(self, story_id: str, head: Head) -> Kept | None:
        """What is kept of the story, if it is a beginning of the stream that stands at ``head``."""
        with self._lock:
            kept = self._of(story_id)
            if kept is None or not _precedes(kept.head, head):
                return None
            if story_id in self._kept:
                self._kept.move_to_end(story_id)
            return kept

    def last(self, story_id: str) -> Kept | None:
        """What is kept of the story, whether or not it is still right."""
        with self._lock:
            return self._of(story_id)

    def keep(self, story_id: str, kept: Kept) -> None:
        """Keep it instead of what was kept of the story, unless it alone would be too much."""
        with self._lock:
            self._forget(story_id)
            if kept.weight <= self._most:
                self._kept[story_id] = kept
                self._weight += kept.weight
            elif kept.weight <= self._most_of_one:
                self._heavy = story_id, kept
            while self._weight > self._most:
                self._forget(next(iter(self._kept)))

    def forget(self, story_id: str) -> None:
        """Keep nothing of the story, whoever sees it."""
        with self._lock:
            for name in [*self._kept, *([self._heavy[0]] if self._heavy else [])]:
                if name.partition(" ")[0] == story_id:
                    self._forget(name)

    def _of(self, story_id: str) -> Kept | None:
        if self._heavy and self._heavy[0] == story_id:
            return self._heavy[1]
        return self._kept.get(story_id)

    def _forget(self, story_id: str) -> None:
        if self._heavy and self._heavy[0] == story_id:
            self._heavy = None
        gone = self._kept.pop(story_id, None)
        self._weight -= gone.weight if gone else 0


_by_pool: WeakKeyDictionary[Pool, Recent] = WeakKeyDictionary()


def of(engine: Engine) -> Recent:
    """The recent stories of the database that ``engine`` opens."""
    return _by_pool.setdefault(engine.pool, Recent())


def name_of(story_id: str, sight: Collection[str]) -> str:
    """Under which name a story is kept as somebody sees it; the whole story is kept under its id."""
    return " ".join([story_id, "seen", *sorted(sight)])


def _precedes(kept: Head, now: Head) -> bool:
    if kept.redactions != now.redactions or kept.version > now.version:
        return False
    return kept.version < now.version or kept.hash == now.hash
