"""What stories were written out as of late, ready to be sent again, in this process's memory.

Whoever keeps one names it by all that it depends on: the story, its revision, what whoever asks may see of it today
(an ETag says all that). So a rendering is never out of date, it is only never asked for again. It is content that is
not sealed: what is redacted in this process is forgotten here at once, with the story in memory (``loading.forget``);
in other processes it is named no longer, and goes when somebody looks for the story's new rendering.

Bounded by bytes: the least recently used goes first. What it does badly: what takes more than a quarter of all is not
kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Pool

MOST_BYTES = 32 * 1024 * 1024
#: How many renderings there may be of one story: for each sight one, of now and of some past revisions.
MOST_OF_ONE = 8


class Rendering(NamedTuple):
    """A story, written out."""

    body: bytes
    #: What else it depends on, beside its name, and what that was.
    depends_on: tuple[str, ...]
    as_of: str


class Renderings:
    """Those of one database's stories, by the story's id and by name."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._weight = 0
        #: The story that was asked for last is the last one; so is the rendering, among its story's.
        self._kept: OrderedDict[str, OrderedDict[str, Rendering]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, story_id: str, name: str) -> Rendering | None:
        """The rendering of that name, if it is kept."""
        with self._lock:
            of_story = self._kept.get(story_id)
            found = of_story.get(name) if of_story is not None else None
            if found is not None:
                self._kept.move_to_end(story_id)
                self._kept[story_id].move_to_end(name)
            return found

    def keep(self, story_id: str, name: str, rendering: Rendering) -> None:
        """Keep it, instead of the story's oldest where there are enough, unless it alone would be too much."""
        if len(rendering.body) > self._most // 4:
            return
        with self._lock:
            of_story = self._kept.setdefault(story_id, OrderedDict())
            self._kept.move_to_end(story_id)
            self._drop(of_story, name)
            while len(of_story) >= MOST_OF_ONE:
                self._drop(of_story, next(iter(of_story)))
            of_story[name] = rendering
            self._weight += len(rendering.body)
            while self._weight > self._most:
                self._forget(next(iter(self._kept)))

    def forget(self, story_id: str) -> None:
        """Keep nothing of the story."""
        with self._lock:
            self._forget(story_id)

    def _drop(self, of_story: OrderedDict[str, Rendering], name: str) -> None:
        gone = of_story.pop(name, None)
        self._weight -= len(gone.body) if gone else 0

    def _forget(self, story_id: str) -> None:
        self._weight -= sum(len(each.body) for each in self._kept.pop(story_id, {}).values())


_by_pool: WeakKeyDictionary[Pool, Renderings] = WeakKeyDictionary()


def of(engine: Engine) -> Renderings:
    """The renderings of the database that ``engine`` opens."""
    return _by_pool.setdefault(engine.pool, Renderings())
