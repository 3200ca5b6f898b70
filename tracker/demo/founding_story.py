"""The founding story: four reports of January 2020, a new version of one and a correction of another.

The facts and the words in quotation marks were reported and printed, each by whom it says; the sentences around them
are ours, and so is the first outlet. What did not happen (the new version and the correction) carries
``INVENTED`` in its note. The scenario test and the demonstration tell it from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tracker.demo import markings

#: What every act that did not happen says of itself.
INVENTED = "invented for this demonstration"

_TERMS = "Retold in our own words for this demonstration; words in quotation marks were printed."

TITLE = "The killing of Qassem Soleimani: how it was decided"
SLUG = "soleimani-decision"
TOPICS = ["Iran", "White House", "War powers"]
SUMMARY = (
    "Officials said that the strike of Jan. 3 was ordered to stop an imminent attack. NBC News reported that the "
    "killing was approved seven months before, on a condition; The Washington Post that it was discussed in 2017."
)

NBC = "NBC News"
POST = "The Washington Post"
WIRE = "Capital Wire"
AGGREGATOR = "The Aggregator"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of January 2020, UTC."""
    return datetime(2020, 1, day, hour, minute, tzinfo=UTC)


_MARK = "/stories/{story}"
_FILE = _MARK + "/reports"

#: Between NBC's report and the Post's.
BEFORE_THE_POST = at(13, 23)


@dataclass(frozen=True)
class Act:
    """One request to the API."""

    recorded_at: datetime
    #: Who asks: "editor", or the outlet whose reporter it is.
    by: str
    method: str
    #: The path after ``/v1``; ``{report}`` stands for the report of ``of``.
    path: str
    #: A word in it that begins with "@" stands for an id that an earlier act got.
    body: dict[str, Any]
    #: The report that this is about, by its letter.
    of: str = ""
    #: What a journalist would call it.
    told: str = ""
    #: Whether it demands that nobody has changed it meanwhile.
    if_match: bool = field(default=False)
    #: Names for ids of the answer, by their places in it, for the acts that follow.
    names: dict[str, str] = field(default_factory=dict)


_A = {
    "outlet": WIRE,
    "headline": "U.S. strike in Baghdad kills Iran's Gen. Qassem Soleimani",
    "byline": "By the Washington desk (invented for this demonstration)",
    "dateline": "WASHINGTON, Jan. 3",
    "language": "en",
    "uri": "https://capitalwire.example/2020/01/03/strike-in-baghdad",
    "published_at": "2020-01-03T12:00:00Z",
    "usage_terms": _TERMS,
    "text": (
        "An American drone strike in Baghdad on Jan. 3 killed Gen. Qassem Soleimani, the leader of the Islamic "
        "Revolutionary Guard Corps' elite Quds Force.\n\n"
        "It was ordered to stop an attack that was imminent, officials in the administration have said. None of them "
        "was named."
    ),
}
_B = {
    "outlet": NBC,
    "headline": "President approved killing Soleimani seven months ago, on a condition",
    "language": "en",
    "uri": "https://www.nbcnews.example/politics/soleimani-approved-seven-months-ago",
    "published_at": "2020-01-13T18:00:00Z",
    "usage_terms": _TERMS,
    "text": (
        "In June, President Trump approved a plan to kill Gen. Qassem Soleimani if Iranian aggression resulted in the "
        "death of an American. He would have the final say on any operation.\n\n"
        "After Iran shot down an American drone in June, then National Security Adviser John Bolton and Secretary of "
        'State Mike Pompeo urged the killing. The president said he would only do so "if they hit Americans," '
        "according to the report.\n\n"
        "U.S. intelligence officials had closely tracked the general's movements for years. When Mr. Trump came into "
        "office, Mr. Pompeo, his first CIA director, urged a more aggressive approach after showing him new "
        'intelligence on "very serious threats that didn\'t come to fruition," a second senior administration '
        "official said.\n\n"
        "The strike came after an Iranian-backed Iraqi militia killed a U.S. contractor and wounded four U.S. service "
        "members.\n\n"
        '"The timing, however, could undermine the Trump administration\'s stated justification" that the general '
        '"was planning imminent attacks on Americans and had to be stopped."'
    ),
}
_C = {
    "outlet": POST,
    "headline": "Killing Soleimani was discussed as early as 2017",
    "language": "en",
    "uri": "https://www.washingtonpost.example/national-security/soleimani-2017",
    "published_at": "2020-01-14T01:00:00Z",
    "usage_terms": _TERMS,
    "text": (
        "President Trump discussed killing Gen. Qassem Soleimani as early as five months after taking office. He "
        "floated it in spring of 2017, after Iranian-backed Yemeni rebels attacked Saudi Arabia ahead of "
        "Trump's visit.\n\n"
        'Defense Secretary James Mattis "resisted any action." So did White House chief of staff John Kelly and Gen. '
        "Joseph Dunford, chairman of the Joint Chiefs of Staff.\n\n"
        "\"It's an idea that's been batted around for a while,\" a former senior Pentagon official said. \"It's not a "
        'hard or particularly complicated idea to come up with."'
    ),
}
_D = {
    "outlet": AGGREGATOR,
    "headline": "Trump weighed killing Soleimani long before January, two reports say",
    "language": "en",
    "uri": "https://aggregator.example/soleimani-two-reports",
    "published_at": "2020-01-14T04:00:00Z",
    "usage_terms": _TERMS,
    "blocks": [
        {
            "kind": "paragraph",
            "text": "Two reports say that the killing was weighed long before January 2020, undercutting what "
            "officials have said of an imminent attack.",
        },
        {"kind": "heading", "text": "Seven months ago"},
        {"kind": "paragraph", "text": "NBC News covers last year: a plan was approved in June, on a condition."},
        {"kind": "heading", "text": "Mattis stopped it in 2017"},
        {
            "kind": "paragraph",
            "text": "The Washington Post goes back further, to the spring of 2017. Of the candidate, readers may "
            'remember that "he appeared to not know who Soleimani was during the campaign."',
        },
        {
            "kind": "paragraph",
            "text": 'NBC News also tells of new intelligence on "very serious threats that didn\'t come to fruition," '
            "as a second senior administration official called them.",
        },
    ],
}


def _second_version_of_nbc() -> dict[str, Any]:
    """A paragraph moved up, and a denial."""
    drone, plan, tracked, militia, timing = (str(_B["text"]).split("\n\n")[i] for i in (1, 0, 2, 3, 4))
    denial = "A spokesman for the administration denied on Jan. 14 that the plan was approved in June."
    return {**_content(_B), "text": "\n\n".join((plan, timing, denial, drone, tracked, militia))}


def _corrected_post() -> dict[str, Any]:
    """John Kelly's office at the time."""
    text = str(_C["text"]).replace("White House chief of staff John Kelly", "Homeland Security Secretary John Kelly")
    return {**_content(_C), "text": text}


def _content(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in ("outlet", "uri")}


def acts() -> tuple[Act, ...]:
    """The story in the order in which it came."""
    return (*_opening(), *_reports(), *_afterwards())


def _opening() -> Iterator[Act]:
    yield Act(
        at(3, 12, 3),
        "editor",
        "POST",
        "/stories",
        {"title": "Iran and the United States", "slug": "iran-and-the-united-states", "language": "en"},
        told="The story that this one belongs to is open already.",
    )
    yield Act(
        at(3, 12, 5),
        "editor",
        "POST",
        "/stories",
        {"title": TITLE, "slug": SLUG, "topics": TOPICS, "language": "en", "urgency": 2},
        told="An editor opens the story.",
    )
    for party in markings.PARTIES:
        yield Act(at(3, 12, 6), "editor", "POST", "/parties", party, told=f"{party['name']}, and what he was when.")
    for name, body in (("campaign", markings.CAMPAIGN), ("taking_office", markings.TAKES_OFFICE)):
        told = f"{body['title']}: what dates in the reports lean on."
        yield Act(at(3, 12, 7), "editor", "POST", _MARK + "/occurrences", body, told=told, names={"occurrence": name})


def _reports() -> Iterator[Act]:
    yield Act(
        at(3, 12, 10),
        WIRE,
        "POST",
        _FILE,
        _A | markings.OF_THE_STRIKE,
        of="A",
        told="The strike, and what officials say of it.",
        names={"claims/0": "imminent", "occurrences/0": "strike"},
    )
    yield Act(
        at(13, 18, 10),
        NBC,
        "POST",
        _FILE,
        _B | markings.OF_NBC,
        of="B",
        told="NBC News: approved in June.",
        names={"claims/0": "approved", "claims/1": "weighed"},
    )
    yield Act(
        at(14, 1, 10),
        POST,
        "POST",
        _FILE,
        _C | markings.OF_THE_POST,
        of="C",
        told="The Washington Post: discussed in 2017.",
        names={"claims/0": "discussed", "claims/2": "resisted"},
    )
    yield Act(
        at(14, 1, 30),
        "editor",
        "POST",
        _MARK + "/relations",
        markings.OUR_DISPUTE,
        told="The editor judges that the Post's account disputes what officials said.",
    )
    yield Act(
        at(14, 2),
        "editor",
        "PATCH",
        _MARK,
        {"summary": SUMMARY},
        told="The editor writes the summary.",
        if_match=True,
    )
    yield Act(
        at(14, 4, 10),
        AGGREGATOR,
        "POST",
        _FILE,
        _D | markings.OF_THE_AGGREGATOR,
        of="D",
        told="A third outlet sums both up.",
    )
    yield Act(at(14, 5), "editor", "POST", _MARK + "/links", markings.RELATED, told="Related news.")


def _afterwards() -> Iterator[Act]:
    yield Act(
        at(14, 15),
        NBC,
        "POST",
        _FILE + "/{report}/versions",
        {**_second_version_of_nbc(), "note": f"A paragraph moved up, and a denial was added ({INVENTED})."},
        of="B",
        told=f"NBC News publishes it anew ({INVENTED}).",
    )
    yield Act(
        at(15, 14),
        POST,
        "POST",
        _FILE + "/{report}/corrections",
        {
            **_corrected_post(),
            "note": {
                "wrong": "White House chief of staff John Kelly",
                "right": "Homeland Security Secretary John Kelly",
                "text": "An earlier version gave the office that John Kelly held from July 31, 2017. In spring of "
                f"2017 he was homeland security secretary ({INVENTED}).",
            },
            "passages": ["White House chief of staff John Kelly"],
        },
        of="C",
        told=f"The Washington Post corrects itself ({INVENTED}).",
        if_match=True,
    )
