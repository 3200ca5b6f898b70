"""The one way to change a story: ``Handler.handle(command, asked)`` reads, folds, decides and appends.

Outlets and parties are changed the same way, by ``Register.handle(command, asked)``.
"""

from tracker.handling.asking import Asked
from tracker.handling.handler import Handler
from tracker.handling.outcomes import Outcome
from tracker.handling.register import Entered, Register

__all__ = ["Asked", "Entered", "Handler", "Outcome", "Register"]
