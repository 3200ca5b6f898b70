"""Cuts text into tokens, and says which tokens count as the same word.

A token is a word, a number or a single sign, together with the blank space that follows it (space at the very
beginning is a token of its own). Joined again, the tokens are the text. Never cut are:

- grapheme clusters (UAX #29): letters with their marks (Hindi, vocalised Arabic, NFD), emoji sequences, flags;
- numbers with separators, sign, per cent and suffix: 1,200.50  −5  3.5%  17th  10:30  2020-01-03;
- compounds and possessives: state-of-the-art, Iran's, COVID-19, example.com;
- abbreviations of single letters: U.S., p.m., U.S.-led.

Scripts written without spaces have no words to be seen without a dictionary: there each grapheme cluster is a
token, and counts as a part of a word (``Vocabulary.weights``).

``fold`` is the word without its typography: case, the form of quotation marks and dashes, no-break spaces, soft
hyphens, and the way in which digits are written and grouped. Two tokens are the same word if they fold alike.

Every pattern takes each character once, with at most one step back: the time is linear in the text.
"""

from __future__ import annotations

import unicodedata

import regex

#: What clings to the character before it (UAX #29: Extend, SpacingMark, ZWJ).
CLINGING = r"[\p{GCB=EX}\p{GCB=SM}\p{GCB=ZWJ}]"
#: What nothing clings to, and what clings to nothing.
CONTROL = r"[\p{GCB=CN}\p{GCB=CR}\p{GCB=LF}]"
#: Scripts that write no spaces between words.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_LETTER = r"[\p{L}\p{N}]"
#: Latin letters and digits in a run, the quick way; then any other cluster that begins with a letter or digit.
_WORD = rf"""(?>
    (?> [0-9A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\u02af]+ (?!{CLINGING})
      | (?= \p{{GCB=PP}}{{0,4}} [{_LETTER}--{_UNSPACED}] ) \X )+ )"""
#: Signs that join two halves of one word; a point, comma or colon only within numbers and addresses.
_JOINT = rf"""(?: [-'’ʼ‐‑‧·_@&] (?={_LETTER})
    | (?<=\p{{Nd}}) [.,:/٫٬–] (?=\p{{Nd}})
    | (?<=\p{{Nd}}) [\xa0\u2009\u202f] (?=\p{{Nd}}{{3}}(?!\p{{Nd}}))
    | \. (?=[a-z]) )"""
#: Flags are taken pair by pair: ``\X`` alone counts those before each anew, from the first of a row.
_TOKEN = regex.compile(
    rf"""(?>
        (?: (?<!{_LETTER}) \p{{L}} \. (?!{CLINGING}) ){{2,}} (?: [-‐‑] (?={_LETTER}) {_WORD} )?
      | (?: (?<![\p{{L}}\p{{N}}\p{{M}}]) [-+−] (?=\p{{Nd}}) )?
        {_WORD} (?: {_JOINT} {_WORD} )* (?: (?<=\p{{Nd}}) [%‰٪°] (?!{CLINGING}) )?
      | \p{{RI}}{{2}} {CLINGING}*+
      | \X
    )
    (?> \s+ (?: (?<={CONTROL}) | (?!{CLINGING}) ) )?""",
    regex.VERSION1 | regex.VERBOSE,
)

#: A sign that clings to what follows it (UAX #29: Prepend) keeps its first space.
_SPACE_AFTER = regex.compile(rf"(?: (?<!\p{{GCB=PP}}) | (?={CONTROL}) ) \s+ \Z", regex.VERBOSE)
_FOLDED_SIGNS = str.maketrans(
    dict.fromkeys("‘’‚‛ʼ′`´", "'") | dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‐‑‒–—―−", "-")
)
#: Grouping of digits, and characters that only steer how text is laid out.
_UNSEEN = regex.compile(
    r"(?<=\p{Nd})[,٬\xa0\u2009\u202f](?=\p{Nd}{3}(?!\p{Nd}))"
    r"|[\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_NATIVE_DIGIT = regex.compile(r"[\p{Nd}--[0-9]]", regex.VERSION1)
_MEANS_SOMETHING = regex.compile(r"[\p{L}\p{N}\p{S}--[`´]]", regex.VERSION1)
_STARTS_UNSPACED = regex.compile(_UNSPACED)
_STARTS_HAN = regex.compile(r"[\p{Han}\p{Hiragana}]")


def split_words(text: str) -> list[str]:
    """The tokens of ``text``, in order, each with the blank space after it; joined, they are ``text`` again."""
    return _TOKEN.findall(text)


def bare_length(token: str) -> int:
    """The length of ``token`` without the space after it, in code points."""
    space = _SPACE_AFTER.search(token)
    return space.start() if space else len(token)


def fold(token: str) -> str:
    """The token without its typography; empty for mere space. Tokens that fold alike are the same word."""
    word = token.strip().casefold()
    if not word.isascii():
        word = unicodedata.normalize("NFC", word.translate(_FOLDED_SIGNS))
        word = _NATIVE_DIGIT.sub(_as_ascii_digit, word)
    return _UNSEEN.sub("", word)


def _as_ascii_digit(found: regex.Match[str]) -> str:
    """The digit as 0 to 9; itself where it is newer than Python's tables (``regex`` brings its own)."""
    return str(unicodedata.decimal(found[0], found[0]))


def weight(word: str) -> float:
    """How much of a word a folded token is: 1, a part of 1 in scripts without spaces, 0 for punctuation."""
    if not _MEANS_SOMETHING.search(word):
        return 0.0
    if _STARTS_UNSPACED.match(word):
        return 0.5 if _STARTS_HAN.match(word) else 0.25
    return 1.0


class Vocabulary:
    """Numbers for words, so that comparing compares integers. One vocabulary serves one comparison."""

    def __init__(self) -> None:
        #: The folded word of each number.
        self.words: list[str] = []
        #: How much of a word each number is (see ``weight``).
        self.weights: list[float] = []
        self._by_word: dict[str, int] = {}
        self._by_token: dict[str, int] = {}

    def numbers(self, tokens: list[str]) -> list[int]:
        """The number of each token's folded word; equal for tokens that are the same word."""
        known = self._by_token
        for token in tokens:
            if token not in known:
                known[token] = self._number(fold(token))
        return [known[token] for token in tokens]

    def _number(self, word: str) -> int:
        number = self._by_word.get(word)
        if number is None:
            number = self._by_word[word] = len(self.words)
            self.words.append(word)
            self.weights.append(weight(word))
        return number
