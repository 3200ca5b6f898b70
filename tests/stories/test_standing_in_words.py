"""How a claim stands, in one sentence."""

from __future__ import annotations

import pytest

from tests.stories.standings import IRAN, NBC, outlet
from tracker.stories.claims import Disputant, Fate, Interval, Standing, Support
from tracker.stories.standing_in_words import in_words


def standing(
    support: Support,
    outlets: tuple[int, int],
    sources: tuple[int, int | None],
    *disputed: Disputant,
    fate: Fate = Fate.CURRENT,
) -> Standing:
    found = Interval(*outlets), Interval(*sources)
    return Standing(support=support, outlets=found[0], sources=found[1], disputed=disputed, fate=fate)


CORROBORATED = standing(Support.CORROBORATED, (2, 2), (2, None))
DESK = Disputant(relation_id="rel_1")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (CORROBORATED, "Corroborated by 2 independent outlets, at least 2 sources."),
        (
            standing(Support.CORROBORATED, (2, 2), (6, 8), Disputant(outlet=NBC), DESK),
            "Corroborated by 2 independent outlets, 6 to 8 sources; disputed by NBC News and by our desk.",
        ),
        (
            standing(Support.CORROBORATED, (1, 2), (1, 2)),
            "Corroborated by 2 independent outlets (1 if unnamed sources are the same person), 1 to 2 sources.",
        ),
        (standing(Support.SINGLE_SOURCE, (1, 1), (1, 1)), "Said by 1 independent outlet, 1 source."),
        (standing(Support.SINGLE_SOURCE, (1, 1), (1, None)), "Said by 1 independent outlet, at least 1 source."),
        (standing(Support.SINGLE_SOURCE, (1, 1), (3, 3)), "Said by 1 independent outlet, 3 sources."),
        (
            standing(Support.UNATTRIBUTED, (1, 1), (1, None), fate=Fate.SUPERSEDED),
            "Superseded; said by 1 independent outlet, which states no source.",
        ),
        (
            standing(
                Support.NONE,
                (0, 0),
                (0, 0),
                Disputant(party=IRAN),
                Disputant(party=IRAN, appearance=2),
                Disputant(label="a diplomat"),
                DESK,
            ),
            "Nobody says so; disputed by Iran, by a diplomat and by our desk.",
        ),
        (standing(Support.NONE, (0, 0), (0, 0), fate=Fate.RETRACTED), "Retracted."),
        (
            standing(Support.NONE, (0, 0), (0, 0), DESK, fate=Fate.FALLEN),
            "Fallen, as all reports that said so were killed; disputed by our desk.",
        ),
    ],
)
def test_a_standing_is_told_in_a_sentence(given: Standing, sentence: str) -> None:
    assert in_words(given) == sentence


@pytest.mark.parametrize(("number", "end"), [(6, "by 4 and by 5."), (7, "by 4 and by 2 others.")])
def test_of_many_who_dispute_a_claim_five_are_named_unless_only_one_more_is_left(number: int, end: str) -> None:
    disputed = [Disputant(outlet=outlet(str(each))) for each in range(number)]
    sentence = in_words(standing(Support.UNATTRIBUTED, (1, 1), (1, None), *disputed))
    assert sentence.endswith(f"disputed by 0, by 1, by 2, by 3, {end}")
