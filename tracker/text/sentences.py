"""Cuts a paragraph into sentences without leaving gaps: joined again, they are the paragraph.

A sentence ends after a full stop, question or exclamation mark (of any script), with the closing quotation marks
and brackets and the blank space that follow. A full stop ends nothing

- after an abbreviation that a name or number follows (Gen. Soleimani, Jan. 3, No. 10), or an initial (J. Smith);
- after letters with stops (U.S., p.m.) or a shortened form (Inc.), unless the next word is one that usually begins
  a sentence; and
- before a small letter, also within quotation marks: "Why?" he asked.

Every ending is looked at once, with a bounded view to both sides: linear in the text.
What it does badly: the abbreviations are English; "the U.S. Army said" and "in the U.S. Officials said" are told
apart only by a short list of beginnings; text without any punctuation is one sentence.
"""

from __future__ import annotations

from itertools import pairwise

import regex

_CLINGING = r"[\p{GCB=EX}\p{GCB=SM}\p{GCB=ZWJ}]"
_CLOSING = r"""["'”’»›\)\]」』]"""
#: An ending with its closing marks and blank space; a Han full stop needs no space after it.
_ENDING = regex.compile(
    rf"""(?> [.!?…؟۔।॥។៕။։]+ {_CLOSING}*+ \s+ (?!{_CLINGING})
       | [。！？｡]+ {_CLOSING}*+ \s*+ (?!{_CLINGING}) )""",
    regex.VERBOSE,
)
_CLOSES_QUOTE = regex.compile(_CLOSING)
_OPENING = "\"'“‘«‹([„「『"
#: How far one looks for the words on both sides of an ending.
_VIEW = 40
_WORD_BEFORE = regex.compile(r"[\p{L}\p{M}\p{N}.&]+$")
_WORD_AFTER = regex.compile(r"[\p{L}\p{M}]+")

#: Never the last word of a sentence: a name or a number follows.
_BEFORE_A_NAME = frozenset(
    ["adm", "atty", "brig", "capt", "cmdr", "cmdre", "col", "cpl", "dr", "fr", "gen", "gens", "gov", "govs", "hon", "insp", "lt", "ltc", "maj", "messrs", "mlle", "mme", "mr", "mrs", "ms", "mx", "pfc", "pres", "prof", "pvt", "rep", "reps", "rev", "sen", "sens", "sgt", "spc", "ssgt", "st", "ste", "supt", "vs", "ft", "mt", "cf", "al", "viz", "approx"]
)
#: Not the last word if a number follows.
_BEFORE_A_NUMBER = frozenset(
    ["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "no", "nos", "art", "arts", "sec", "ch", "chap", "fig", "figs", "p", "pp", "para", "vol", "ver", "op", "cit", "ca", "c"]
)
#: May be the last word; what follows decides.
_SHORTENED = frozenset(
    ["inc", "ltd", "corp", "co", "cos", "llc", "plc", "bros", "jr", "sr", "esq", "etc", "assn", "dept", "dist", "est", "ave", "blvd", "rd", "hwy", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "ala", "ariz", "ark", "calif", "colo", "conn", "del", "fla", "ga", "ill", "ind", "kan", "ky", "la", "md", "mass", "mich", "minn", "miss", "mont", "neb", "nev", "okla", "ore", "pa", "penn", "tenn", "tex", "va", "vt", "wash", "wis", "wyo", "phd", "md", "ed", "eds"]
) | (_BEFORE_A_NUMBER - {"no"})
#: Words that seldom go on a name and often begin a sentence.
_BEGINNINGS = frozenset(
    ["a", "after", "all", "although", "an", "and", "another", "as", "at", "because", "before", "both", "but", "by", "during", "each", "even", "every", "few", "for", "from", "he", "her", "here", "his", "how", "however", "i", "if", "in", "instead", "it", "its", "last", "later", "many", "meanwhile", "more", "most", "my", "nearly", "neither", "no", "nobody", "not", "nothing", "now", "of", "officials", "on", "once", "one", "only", "others", "our", "over", "several", "she", "since", "so", "some", "still", "such", "that", "the", "their", "then", "there", "these", "they", "this", "those", "though", "thus", "to", "two", "under", "until", "we", "what", "when", "where", "whether", "which", "while", "who", "why", "with", "yet", "you", "your"]
)


def split_sentences(paragraph: str) -> list[str]:
    """The sentences of ``paragraph`` in order, blank space included; none for an empty one."""
    ends = [found.end() for found in _ENDING.finditer(paragraph) if _is_end(paragraph, found)]
    cuts = [0, *ends, len(paragraph)]
    return [paragraph[start:end] for start, end in pairwise(cuts) if start < end]


def _is_end(text: str, found: regex.Match[str]) -> bool:
    ahead = text[found.end() : found.end() + _VIEW].lstrip(_OPENING)
    if ahead[:1].islower():
        return False
    sign = text[found.start()]
    if sign == "." and text[found.start() : found.start() + 2] != "..":
        return _full_stop_ends(text, found, ahead)
    return True


def _full_stop_ends(text: str, found: regex.Match[str], ahead: str) -> bool:
    before = _WORD_BEFORE.search(text[max(0, found.start() - _VIEW) : found.start()])
    if before is None or _CLOSES_QUOTE.match(text, found.start() + 1):
        return True
    word = before[0].lower()
    if word in _BEFORE_A_NAME:
        return False
    if word in _BEFORE_A_NUMBER and ahead[:1].isdigit():
        return False
    if _is_initial(before[0]) or "." in word or word in _SHORTENED:
        return _begins_a_sentence(ahead)
    return True


def _is_initial(word: str) -> bool:
    """Whether it is one capital letter that a full stop may shorten ("I" is a word)."""
    return len(word) == 1 and word.isupper() and word != "I"


def _begins_a_sentence(ahead: str) -> bool:
    following = _WORD_AFTER.match(ahead)
    return not ahead or (following is not None and following[0].lower() in _BEGINNINGS)
