"""The tree of everything that this program refuses or cannot do.

    TrackerError
    ├── Refusal                    asked for something that the rules don't allow; nothing was written
    │   ├── Invalid                the request itself is wrong; names the fields
    │   ├── NotFound               no such story, report, outlet, endpoint, revision
    │   ├── Conflict               right in itself, but not in the present state
    │   │   └── Stale              the resource has changed since the caller read it
    │   └── Forbidden              this person may not do that
    ├── Trouble                    the fault is ours or the machine's; the same request may work later
    │   ├── Busy                   somebody else is at it; wait a moment
    │   ├── Unavailable            the database is away, full or too slow
    │   └── Damaged                what is stored can't be read as it was written
    └── Misconfigured              a setting is wrong; nothing was started

Errors know no HTTP: the edge (``tracker.api.problems``) gives each its status. What they do carry is the *name* of the
rule, a stable word that clients may rely on, and a sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a request: where, as a JSON Pointer (RFC 6901) or a parameter's name, and what."""

    pointer: str
    detail: str


class TrackerError(Exception):
    """The root: ``name`` is a stable word, ``str(error)`` a sentence for a person."""

    name: str = "error"

    def __init__(
        self,
        detail: str,
        *,
        name: str | None = None,
        faults: Sequence[Fault] = (),
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        if name is not None:
            self.name = name
        #: What is wrong where; empty where the request as a whole is refused.
        self.faults = tuple(faults)
        #: What the caller needs to go on, by stable names (for instance ``report_id``).
        self.facts = dict(facts or {})


class Refusal(TrackerError):
    """Asked for something that the rules don't allow. Nothing was written."""

    name = "refused"


class Invalid(Refusal):
    """The request itself is wrong; ``faults`` name the fields."""

    name = "invalid-request"


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of."""

    name = "not-found"


class Conflict(Refusal):
    """Right in itself, but not in the present state."""

    name = "conflict"


class Stale(Conflict):
    """The resource has changed since the caller read it."""

    name = "stale"


class Forbidden(Refusal):
    """This person may not do that."""

    name = "forbidden"


class Trouble(TrackerError):
    """The fault is ours or the machine's; the same request may work later."""

    name = "trouble"

    #: Seconds after which trying again is reasonable.
    retry_after: int = 5


class Busy(Trouble):
    """Somebody else is at it; wait a moment."""

    name = "busy"
    retry_after = 1


class Contended(Busy):
    """Two transactions met and this one gave way; whoever began it tries again."""

    name = "busy"


class Unavailable(Trouble):
    """The database is away, full or too slow to answer."""

    name = "unavailable"


class Damaged(Trouble):
    """What is stored can't be read as it was written."""

    name = "damaged"


class Misconfigured(TrackerError):
    """A setting is unknown, wrong or missing, and nothing was started; ``faults`` name the settings."""

    name = "misconfigured"
