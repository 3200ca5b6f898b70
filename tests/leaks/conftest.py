"""Fixture ``world``, for the modules of this folder."""

from tests.leaks.world import world

__all__ = ["world"]
