"""What is marked in the founding story's reports: who claims what on whose word, what disputes it, what happened when.

A word that begins with "@" stands for the id that an earlier act got. Words in quotation marks stand in the reports
to the letter.
"""

from __future__ import annotations

from typing import Any

TRUMP = "Donald Trump"
SOLEIMANI = "Qassem Soleimani"
POMPEO = "Mike Pompeo"
BOLTON = "John Bolton"
MATTIS = "James Mattis"
KELLY = "John Kelly"
DUNFORD = "Joseph Dunford"

IMMINENT = "The strike was ordered to stop an imminent attack."
WEIGHED = "The killing was weighed long before January 2020."

_OFFICIAL = {"label": "a second senior administration official", "ordinal": 2}
_PENTAGON = {"label": "a former senior Pentagon official"}

#: Who is spoken of, and what they were when.
PARTIES: tuple[dict[str, Any], ...] = (
    {
        "name": TRUMP,
        "kind": "person",
        "aliases": ["President Trump"],
        "roles": [{"title": "President of the United States", "from": "2017-01-20"}],
    },
    {
        "name": POMPEO,
        "kind": "person",
        "roles": [
            {"title": "CIA director", "from": "2017-01-23", "to": "2018-04-26"},
            {"title": "Secretary of State", "from": "2018-04-26"},
        ],
    },
    {
        "name": BOLTON,
        "kind": "person",
        "roles": [{"title": "National Security Adviser", "from": "2018-04-09", "to": "2019-09-10"}],
    },
    {
        "name": MATTIS,
        "kind": "person",
        "roles": [{"title": "Defense Secretary", "from": "2017-01-20", "to": "2019-01-01"}],
    },
    {
        "name": KELLY,
        "kind": "person",
        "roles": [
            {"title": "Homeland Security Secretary", "from": "2017-01-20", "to": "2017-07-31"},
            {"title": "White House chief of staff", "from": "2017-07-31", "to": "2019-01-02"},
        ],
    },
    {
        "name": DUNFORD,
        "kind": "person",
        "roles": [{"title": "Chairman of the Joint Chiefs of Staff", "from": "2015-10-01", "to": "2019-09-30"}],
    },
    {
        "name": SOLEIMANI,
        "kind": "person",
        "roles": [{"title": "Leader of the Quds Force", "to": "2020-01-03"}],
    },
)

#: Of the public record, on nobody's word in the reports: what dates in them lean on.
CAMPAIGN: dict[str, Any] = {"title": "The presidential campaign", "phrase": "during the campaign", "parties": [TRUMP]}
TAKES_OFFICE: dict[str, Any] = {
    "title": "Donald Trump takes office",
    "phrase": "taking office",
    "edtf": "2017-01-20",
    "anchor": {"occurrence": "@campaign", "direction": "after"},
    "parties": [TRUMP],
}

#: What rides along with the filing of the first report.
OF_THE_STRIKE: dict[str, Any] = {
    "claims": [
        {
            "exact": "It was ordered to stop an attack that was imminent",
            "statement": IMMINENT,
            "attribution": {"label": "officials in the administration"},
            "about": [SOLEIMANI],
        }
    ],
    "occurrences": [
        {
            "title": "A U.S. drone strike kills Gen. Qassem Soleimani",
            "phrase": "Jan. 3",
            "place": "Baghdad",
            "parties": [SOLEIMANI],
            "basis": "An American drone strike in Baghdad on Jan. 3 killed Gen. Qassem Soleimani",
        }
    ],
}

OF_NBC: dict[str, Any] = {
    "claims": [
        {
            "exact": "President Trump approved a plan to kill Gen. Qassem Soleimani if Iranian aggression resulted in "
            "the death of an American",
            "statement": "In June 2019 Trump approved a plan to kill Soleimani, on a condition.",
            "about": [TRUMP, SOLEIMANI],
        },
        {"exact": "approved a plan to kill Gen. Qassem Soleimani", "statement": WEIGHED, "about": [TRUMP, SOLEIMANI]},
        {
            "exact": "then National Security Adviser John Bolton and Secretary of State Mike Pompeo urged the killing",
            "statement": "Bolton and Pompeo urged the killing after an American drone was shot down.",
            "about": [BOLTON, POMPEO],
        },
        {
            "exact": 'he would only do so "if they hit Americans,"',
            "statement": "Trump said that he would do it only if Americans were hit.",
            "attribution": {"party": TRUMP, "via": [{"label": "the report"}]},
            "quotes": [{"exact": "if they hit Americans,", "speaker": {"party": TRUMP}}],
            "about": [TRUMP],
        },
        {
            "exact": "U.S. intelligence officials had closely tracked the general's movements for years",
            "statement": "U.S. intelligence had closely tracked Soleimani's movements.",
            "about": [SOLEIMANI],
        },
        {
            "exact": "Mr. Pompeo, his first CIA director, urged a more aggressive approach",
            "statement": "Pompeo urged a more aggressive approach when Trump came into office.",
            "attribution": _OFFICIAL,
            "quotes": [{"exact": "very serious threats that didn't come to fruition,", "speaker": _OFFICIAL}],
            "about": [POMPEO, TRUMP],
        },
        {
            "exact": "an Iranian-backed Iraqi militia killed a U.S. contractor and wounded four U.S. service members",
            "statement": "An Iranian-backed Iraqi militia killed a U.S. contractor and wounded four service members.",
        },
    ],
    "occurrences": [
        {
            "title": "Pompeo urges a more aggressive approach",
            "phrase": "When Mr. Trump came into office",
            "anchor": {"occurrence": "@taking_office", "direction": "after"},
            "parties": [POMPEO, TRUMP],
            "basis": "When Mr. Trump came into office, Mr. Pompeo, his first CIA director, urged a more aggressive "
            "approach",
        },
        {
            "title": "Iran shoots down an American drone",
            "phrase": "June",
            "basis": "After Iran shot down an American drone in June",
        },
        {
            "title": "Trump approves the plan, on a condition",
            "phrase": "June",
            "anchor": {"occurrence": "/occurrences/1", "direction": "after"},
            "parties": [TRUMP],
            "basis": "In June, President Trump approved a plan",
        },
        {
            "title": "A militia kills a U.S. contractor",
            "anchor": {"occurrence": "@strike", "direction": "before"},
            "basis": "The strike came after an Iranian-backed Iraqi militia killed a U.S. contractor",
        },
    ],
    "relations": [
        {
            "from": "/claims/0",
            "to": "@imminent",
            "relation": "disputes",
            "by": "NBC News",
            "basis": "The timing, however, could undermine the Trump administration's stated justification",
        }
    ],
}

OF_THE_POST: dict[str, Any] = {
    "claims": [
        {
            "exact": "President Trump discussed killing Gen. Qassem Soleimani as early as five months after taking "
            "office",
            "statement": "Trump discussed killing Soleimani in 2017.",
            "about": [TRUMP, SOLEIMANI],
        },
        {"claim": "@weighed", "exact": "discussed killing Gen. Qassem Soleimani", "about": [TRUMP, SOLEIMANI]},
        {
            "exact": 'Defense Secretary James Mattis "resisted any action."',
            "statement": "Mattis resisted.",
            "quotes": [{"exact": "resisted any action.", "speaker": {"outlet": "The Washington Post"}}],
            "about": [MATTIS],
        },
        {
            "exact": "So did White House chief of staff John Kelly and Gen. Joseph Dunford",
            "statement": "Kelly and Dunford resisted too.",
            "about": [KELLY, DUNFORD],
        },
        {
            "exact": "It's an idea that's been batted around for a while,",
            "statement": "The idea had been around for a while.",
            "attribution": _PENTAGON,
            "quotes": [
                {
                    "parts": [
                        "It's an idea that's been batted around for a while,",
                        "It's not a hard or particularly complicated idea to come up with.",
                    ],
                    "speaker": _PENTAGON,
                }
            ],
        },
    ],
    "occurrences": [
        {
            "title": "Trump floats the idea of killing Soleimani",
            "phrase": "as early as five months after taking office",
            "anchor": {"occurrence": "@taking_office", "direction": "after", "offset": "P5M"},
            "parties": [TRUMP],
            "basis": "as early as five months after taking office",
        },
        {
            "occurrence": "/occurrences/0",
            "title": "Trump floats the idea of killing Soleimani",
            "phrase": "in spring of 2017",
            "parties": [TRUMP],
            "basis": "He floated it in spring of 2017",
        },
        {
            "title": "Iranian-backed Yemeni rebels attack Saudi Arabia",
            "phrase": "ahead of Trump's visit",
            "anchor": {"occurrence": "/occurrences/0", "direction": "before"},
            "place": "Saudi Arabia",
            "basis": "after Iranian-backed Yemeni rebels attacked Saudi Arabia ahead of Trump's visit",
        },
        {
            "title": "Mattis, Kelly and Dunford resist",
            "phrase": "in spring of 2017",
            "anchor": {"occurrence": "/occurrences/0", "direction": "after"},
            "parties": [MATTIS, KELLY, DUNFORD],
            "basis": 'Defense Secretary James Mattis "resisted any action."',
        },
    ],
}

OF_THE_AGGREGATOR: dict[str, Any] = {
    "cites": ["@B", "@C"],
    "claims": [
        {"claim": "@weighed", "exact": "the killing was weighed long before January 2020", "stance": "reports"},
        {
            "exact": "Mattis stopped it in 2017",
            "statement": "Mattis stopped it.",
            "attribution": {"report": "@C"},
            "about": [MATTIS],
        },
        {
            "exact": 'new intelligence on "very serious threats that didn\'t come to fruition,"',
            "statement": "Trump was shown intelligence on threats that did not come to fruition.",
            "attribution": {"report": "@B"},
            "quotes": [
                {
                    "exact": '"very serious threats that didn\'t come to fruition,"',
                    "speaker": {"outlet": "NBC News"},
                    "inner": [{"exact": "very serious threats that didn't come to fruition,", "speaker": _OFFICIAL}],
                }
            ],
        },
        {
            "exact": '"he appeared to not know who Soleimani was during the campaign."',
            "statement": "As a candidate Trump appeared not to know who Soleimani was.",
            "about": [TRUMP, SOLEIMANI],
        },
    ],
    "relations": [
        {
            "from": "/claims/0",
            "to": "@imminent",
            "relation": "disputes",
            "by": "The Aggregator",
            "basis": "undercutting what officials have said of an imminent attack",
        },
        {
            "from": "/claims/1",
            "to": "@resisted",
            "relation": "refines",
            "by": "The Aggregator",
            "basis": "Mattis stopped it in 2017",
        },
    ],
}

#: What the editor judges herself: the Post does not say it.
OUR_DISPUTE: dict[str, Any] = {
    "from": "@discussed",
    "to": "@imminent",
    "relation": "disputes",
    "basis": "What was discussed in 2017 was no answer to a threat of January 2020.",
}

RELATED: dict[str, Any] = {"story": "iran-and-the-united-states", "relation": "related"}
