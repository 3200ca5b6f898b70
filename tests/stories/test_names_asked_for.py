"""Whoever tells events loads the story's state only for those that say that they look at it: they must say so."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.stories import golden_knowledge, samples
from tracker.stories.events import Event
