"""The one way to change a story: ``Handler.handle(command, asked)`` reads, folds, decides and appends."""

from tracker.handling.asking import Asked
from tracker.handling.handler import Handler
from tracker.handling.outcomes import Outcome

__all__ = ["Asked", "Handler", "Outcome"]
