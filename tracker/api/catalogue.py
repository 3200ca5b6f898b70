"""Every problem that the HTTP edge answers with: the one list behind answers, the document and the pages.

A problem's name is the stable word that clients test for; it never changes and is never given twice. Its
``type`` is the relative reference ``/problems/<name>`` (RFC 9457 §3.1.1), where a page shows what stands
here. A name that is raised anywhere and has no entry here fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem, whenever it occurs."""

    #: The stable word, the last part of ``type``.
    name: str
    #: The HTTP status (RFC 9110 §15) of every answer with this problem.
    status: int
    #: What it is, in a few words that never vary (RFC 9457 §3.1.3).
    title: str
    #: A sentence or two for the person who meets it.
    what_to_do: str

    @property
    def type(self) -> str:
        """The relative reference of its page; ``about:blank`` where there is no more to say than the status."""
        return f"/problems/{self.name}" if self.name in CATALOGUE else "about:blank"


_BODY = (
    Problem(
        "malformed-json",
        400,
        "Not JSON",
        "Send one JSON value, as RFC 8259 defines it, and nothing after it.",
    ),
    Problem("not-utf8", 400, "Not UTF-8", "Encode the body as UTF-8, without a byte order mark."),
    Problem("too-deep", 400, "Nested too deeply", "Send objects and lists that are nested less deeply."),
    Problem("duplicate-key", 400, "A key stands twice", "Give each key of an object once."),
    Problem(
        "number-out-of-range",
        400,
        "A number that is too large",
        "Send integers between -(2^53 - 1) and 2^53 - 1 and finite decimals; write larger ones as text.",
    ),
    Problem(
        "bad-text",
        400,
        "Text that can't be stored",
        "Leave out U+0000 and surrogates without their other half.",
    ),
    Problem(
        "body-too-large", 413, "The body is too large", "Send less; max_bytes, where given, says how much is taken."
    ),
    Problem(
        "unsupported-media-type",
        415,
        "Not a type that is read here",
        "Send Content-Type: application/json, in UTF-8 and not compressed.",
    ),
    Problem(
        "invalid-request",
        422,
        "The request is not as it should be",
        "Change what the errors name; each pointer leads to a place in the body.",
    ),
    Problem(
        "address-not-allowed",
        422,
        "That address may not be called",
        "Give a public http or https address, or ask the operator to allow its network.",
    ),
)

_REQUEST = (
    Problem("bad-request", 400, "Not a request that can be read", "Check the request against the documentation."),
    Problem("invalid-parameter", 400, "A parameter is wrong", "Change the parameters that the errors name."),
    Problem(
        "bad-cursor",
        400,
        "Not a cursor of this list",
        "Begin again without a cursor, or follow the links given.",
    ),
    Problem(
        "cursor-of-another-history",
        409,
        "The cursor is of another history",
        "The cursor was given by another log, or by this one before an older state of it was restored. Ask again at "
        "begin_again, and pass over what you have by its id.",
    ),
    Problem(
        "beyond-the-tree",
        400,
        "The tree does not go that far",
        "Ask for at_most or less. The tree follows the log and may be a moment behind; wait_for waits for it.",
    ),
    Problem("future-moment", 400, "That moment is still to come", "Ask for a moment that has passed."),
    Problem(
        "ambiguous-moment",
        400,
        "A moment without an offset",
        "Add Z for UTC, or an offset such as +01:00; readings holds what may have been meant.",
    ),
    Problem("bad-precondition", 400, "Not an ETag of this server", "Send the ETag of your last read in If-Match."),
    Problem(
        "bad-idempotency-key",
        400,
        "Not an Idempotency-Key",
        "Send 1 to 255 visible ASCII characters, a new random one for each new act.",
    ),
    Problem(
        "idempotency-key-reused",
        422,
        "The Idempotency-Key was used for something else",
        "Take a new key for a new act; repeat a request unchanged, or not at all.",
    ),
    Problem("method-not-allowed", 405, "Not a method of this address", "Use one of those that Allow names."),
    Problem("not-acceptable", 406, "Not available in that form", "Ask for a type that the documentation lists."),
    Problem("request-timeout", 408, "The request took too long", "Send it again, at once and whole."),
    Problem("uri-too-long", 414, "The address is too long", "Ask with fewer or shorter parameters."),
    Problem("headers-too-large", 431, "The headers are too large", "Send fewer or shorter headers and cookies."),
    Problem("length-required", 411, "The body's length is missing", "Send Content-Length."),
)

_MARKS = (
    Problem(
        "passage-not-found",
        422,
        "The words do not stand there",
        "Copy the words from the version that is named, as they stand there; give a quote in parts where it is broken.",
    ),
    Problem(
        "passage-ambiguous",
        422,
        "The words stand there more than once",
        "Send them as an object with block, prefix or suffix; candidates lists the places.",
    ),
    Problem("bad-date", 422, "Not a date that is read here", "Leave edtf out, or write it as EDTF level 0 or 1 does."),
    Problem("relation-to-itself", 422, "Nothing relates to itself", "Name another claim, occurrence or story."),
    Problem(
        "embargo-without-end",
        422,
        "An embargo without an end",
        "Send until; or hold it for a legal or editorial reason.",
    ),
    Problem(
        "statement-differs",
        409,
        "The claim says something else",
        "Leave statement out to add an appearance to the claim, or claim to make a new one.",
    ),
    Problem(
        "appearance-exists",
        409,
        "These words are marked otherwise",
        "Withdraw the appearance that the detail names, then mark them anew.",
    ),
    Problem("id-taken", 409, "It has this id already", "Send it under another id; the one that is there stays."),
    Problem(
        "joined-across-stories",
        409,
        "Another story would go on telling of it",
        "Withdraw the relations that are named first; each leaves both stories.",
    ),
    Problem("annotation-withdrawn", 409, "It was withdrawn", "It stays so; mark anew, under a new id."),
    Problem(
        "relation-across-stories",
        409,
        "Not between these two stories",
        "Link the stories first; between them, claims dispute or corroborate each other, and no more.",
    ),
    Problem(
        "relation-goes-round",
        409,
        "It would go round in a circle",
        "Withdraw one of the relations that are named, or leave this one out.",
    ),
    Problem(
        "not-the-asserter",
        409,
        "Only who asserted it can retract it",
        "Name the outlet that asserted it in by; from anybody else it is disputes.",
    ),
    Problem("claim-fallen", 409, "The claim has fallen", "Its reports were killed; relate a claim that stands."),
)

_DESK = (
    Problem("report-killed", 410, "The report was killed", "That is final; file what takes its place as a new report."),
    Problem("killed-already", 409, "It was killed with another note", "That is final; read the note that it has."),
    Problem(
        "content-redacted", 409, "What it said was destroyed", "Nothing can be marked in it; name another version."
    ),
    Problem("preserved", 409, "It may not be destroyed", "Lift the hold that hold_id names first, if you may."),
    Problem(
        "words-repeated", 409, "A correction repeats its words", "Redact what target names first, or the whole report."
    ),
    Problem("held-apart", 409, "It is held back", "Join it with the other story when the hold is lifted."),
    Problem(
        "second-person-needed",
        403,
        "It takes a second person",
        "Show the request to a colleague who may approve it, without alone_because.",
    ),
    Problem("request-decided", 409, "The request can't be decided so", "Ask anew, if it still has to be done."),
)

_MISSING = (
    Problem("not-found", 404, "There is nothing here", "Check the address."),
    Problem("unknown-story", 404, "There is no such story", "Check its id or slug; /v1/stories lists the stories."),
    Problem("unknown-report", 404, "There is no such report", "Check its id; the story's reports are listed."),
    Problem("unknown-target", 404, "The story has nothing of that name", "Name a report, or one of its versions."),
    Problem("unknown-version", 404, "The report has no such version", "The report's versions are listed."),
    Problem("unknown-claim", 404, "There is no such claim", "Check its id; the story's claims are listed."),
    Problem(
        "unknown-annotation",
        404,
        "There is no such marking",
        "Name a claim, an appearance of one, a relation, an occurrence or a link of this story.",
    ),
    Problem("unknown-hold", 404, "There is no such hold", "Check its id; the story's holds are listed."),
    Problem("unknown-request", 404, "There is no such request", "Check its id; the story's requests are listed."),
    Problem("unknown-revision", 404, "The story has no such revision", "The story's revisions are listed."),
    Problem("unknown-outlet", 404, "There is no such outlet", "Check its id; /v1/outlets lists the outlets."),
    Problem("unknown-party", 404, "There is no such party", "Check its id; /v1/parties lists the parties."),
    Problem("unknown-endpoint", 404, "There is no such endpoint", "Check its id; /v1/endpoints lists yours."),
    Problem("gone", 410, "It is no longer here", "Nothing can bring it back; the detail says where it went."),
)

_RIGHTS = (
    Problem(
        "unauthenticated",
        401,
        "Who are you?",
        "Send a token that is still good: Authorization: Bearer <token>. An administrator makes one.",
    ),
    Problem("forbidden", 403, "You may not do that", "Ask an administrator for a token whose role allows it."),
    Problem("not-now", 403, "Not now", "Ask an editor."),
    Problem("forbidden-outlet", 403, "Not your outlet", "Ask an administrator for a token that may file for it."),
    Problem("bad-csrf-token", 403, "The form is out of date", "Open the page again and repeat what you did there."),
)

_STATE = (
    Problem("conflict", 409, "Not in the present state", "Read it again and decide anew."),
    Problem("slug-taken", 409, "That slug belongs to another story", "Choose another slug, or leave it out."),
    Problem(
        "name-taken",
        409,
        "That name leads to another one",
        "Leave the name out; if both are one, merge the other into it, or it into the other.",
    ),
    Problem("merged", 409, "It was merged into another one", "Ask that of the one that is left; the detail names it."),
    Problem("merged-into-itself", 409, "Both are one already", "Name another one to merge it into."),
    Problem("story-exists", 409, "That story is already open", "Read it; a new story needs an id of its own."),
    Problem("story-closed", 409, "The story is closed", "An editor can reopen it."),
    Problem(
        "report-exists",
        409,
        "That report is already here, with other content",
        "Post the whole new content to its versions, or repeat the request with Prefer: handling=lenient.",
    ),
    Problem("report-id-taken", 409, "That id is another report's", "File this one under an id of its own."),
    Problem("redacted", 409, "What this belongs to was redacted", "It is gone for good; file what is new as new."),
    Problem("nothing-corrected", 409, "The correction changes nothing", "Send the corrected content."),
    Problem(
        "event-differs",
        409,
        "The same act was recorded with other content",
        "Read what was recorded; what differs is a new act.",
    ),
    Problem(
        "request-in-flight",
        409,
        "The same request is still being answered",
        "Wait as long as Retry-After says, then send it again unchanged.",
    ),
    Problem(
        "stale",
        412,
        "It has changed since you read it",
        "Read it again, then repeat the change on what is there.",
    ),
    Problem(
        "precondition-required",
        428,
        "Say what you have read",
        "Send the ETag of your last read in If-Match, so that nobody's change is lost.",
    ),
)

_TROUBLE = (
    Problem("too-many-requests", 429, "Too many requests", "Wait as long as Retry-After says."),
    Problem(
        "internal",
        500,
        "Something went wrong here",
        "Try again; if it stays, give the operator the request_id.",
    ),
    Problem("damaged", 500, "What is stored can't be read", "Give the operator the request_id."),
    Problem("not-implemented", 501, "Not a method that this server knows", "Use one that the documentation lists."),
    Problem(
        "busy",
        503,
        "Somebody else is at it",
        "Wait as long as Retry-After says, then send it again unchanged.",
    ),
    Problem(
        "master-key-missing",
        503,
        "The key to this content is missing",
        "Give the operator the fingerprint in detail; what needs no content still works.",
    ),
    Problem("unavailable", 503, "Not available just now", "Wait as long as Retry-After says, then send it again."),
)

#: Each problem by its name.
CATALOGUE: Mapping[str, Problem] = MappingProxyType(
    {
        problem.name: problem
        for group in (_BODY, _REQUEST, _MARKS, _DESK, _MISSING, _RIGHTS, _STATE, _TROUBLE)
        for problem in group
    }
)

#: What the framework's own refusals are called, by status.
BY_STATUS: Mapping[int, Problem] = MappingProxyType(
    {
        CATALOGUE[name].status: CATALOGUE[name]
        for name in (
            "bad-request",
            "unauthenticated",
            "forbidden",
            "not-found",
            "method-not-allowed",
            "not-acceptable",
            "request-timeout",
            "conflict",
            "gone",
            "length-required",
            "stale",
            "body-too-large",
            "uri-too-long",
            "unsupported-media-type",
            "invalid-request",
            "precondition-required",
            "too-many-requests",
            "headers-too-large",
            "internal",
            "not-implemented",
            "unavailable",
        )
    }
)
