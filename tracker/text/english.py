"""The English words that cutting sentences and reading numbers must know. Lists only, small letters, no stops."""

from __future__ import annotations


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


#: Shortened words that are never the last of a sentence: a name or a number follows.
BEFORE_A_NAME = frozenset(
    _listed(
        """adm al approx atty brig capt cf cmdr cmdre col cpl dr fr ft gen gens gov govs hon insp lt ltc maj messrs
        mlle mme mr mrs ms mt mx pfc pres prof pvt rep reps rev sen sens sgt spc ssgt st ste supt viz vs"""
    )
)

#: Shortened words that are not the last of a sentence if a number follows.
BEFORE_A_NUMBER = frozenset(
    _listed(
        """apr art arts aug c ca ch chap cit dec feb fig figs jan jul jun mar no nos nov oct op p para pp sec sep
        sept ver vol"""
    )
)

#: Shortened words that may be the last of a sentence; what follows decides.
SHORTENED = frozenset(
    _listed(
        """ala ariz ark assn ave blvd bros calif co colo conn corp cos del dept dist ed eds esq est etc fla fri ga
            hwy ill inc ind jr kan ky la llc ltd mass md mich minn miss mon mont neb nev okla ore pa penn phd plc rd
            sat sr sun tenn tex thu thur thurs tue tues va vt wash wed wis wyo"""
    )
) | BEFORE_A_NUMBER - {"no"}

#: Words that seldom go on a name, and often begin a sentence.
BEGINNINGS = frozenset(
    _listed(
        """a about after all although an and another as at because before both but by during each even every few for
        from he her here his how however i if in instead it its last later many meanwhile more most my nearly neither
        no nobody not nothing now of officials on once one only others our over several she since so some still such
        that the their then there these they this those though thus to two under until we what when where whether
        which while who whom why with yet you your"""
    )
)

_UNITS = _listed(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty"""
)
_TENS = _listed("thirty forty fifty sixty seventy eighty ninety")

#: Words for numbers, and the digits for which they stand.
NUMBER_WORDS = (
    {word: str(value) for value, word in enumerate(_UNITS)}
    | {word: str(30 + 10 * k) for k, word in enumerate(_TENS)}
    | {"half": "1/2", "double": "2", "twice": "2", "triple": "3", "dozen": "12", "dozens": "12s"}
    | {"hundred": "100", "hundreds": "100s", "thousand": "1000", "thousands": "1000s"}
    | {"million": "1000000", "millions": "1000000s", "billion": "1000000000", "billions": "1000000000s"}
    | {"trillion": "1000000000000", "trillions": "1000000000000s"}
)
