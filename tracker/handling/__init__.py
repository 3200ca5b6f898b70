"""The one way to change a story: ``Handler.handle(command, asked)`` reads, folds, decides and appends."""

from tracker.handling.handler import Asked, Handler, Outcome

__all__ = ["Asked", "Handler", "Outcome"]
