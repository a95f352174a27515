"""Read a typed message once: clean text, its place in the original, and the tokens in it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MAX_CHARACTERS = 2_000

# Written as numbers because they cannot be told apart on a screen.
_QUOTES = "\u2018\u2019\u201a\u201b\u02bc\u2032`\u00b4"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63"
_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys(_QUOTES, "'"),
        **dict.fromkeys(_DOUBLE_QUOTES, '"'),
        **dict.fromkeys(_DASHES, "-"),
        "\u2044": "/",  # what NFKC makes of the bar in a fraction
    }
)
_FRACTIONS = {"¼": "25", "½": "5", "¾": "75"}
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
# Vowel signs are not letters to Python, though a word of an Indian script is full of them.
_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f\u0900-\u0963\u0970-\u0dff])"
_TOKEN = re.compile(
    rf"(?P<number>\d+(?:[.,']\d+)*|(?<!\w)[.,]\d+)"
    rf"|(?P<word>{_LETTER}+(?:'{_LETTER}+)*)"
    r"|(?P<line>\n)|(?P<symbol>\S)"
)


class TokenKind(StrEnum):
    """What a token is made of."""

    NUMBER = "number"
    WORD = "word"
    SYMBOL = "symbol"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a word or a sign: lower case, and where it stands in the clean text."""

    text: str
    start: int
    end: int
    kind: TokenKind
    glued: bool = False  # nothing stands between it and the token before: "5k", "$4"


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message made clean: all spans that the grammars report are offsets in ``text``.

    ``lower`` has the same length as ``text``; ``offsets`` gives for each of its characters the
    place in ``original``. ``capped`` tells that the end was cut off at 2,000 characters.
    """

    original: str
    text: str
    lower: str
    offsets: tuple[int, ...]
    tokens: tuple[Token, ...]
    capped: bool = False

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the clean characters from ``start`` to ``end`` came from."""
        if start >= end:
            return (self.offsets[start],) * 2 if start < len(self.offsets) else (0, 0)
        return self.offsets[start], self.offsets[end - 1] + 1


def read(original: str | Utterance) -> Utterance:
    """Make a message clean and split it into tokens; an utterance is given back as it is.

    Unicode forms become one (NFKC, but superscripts stay apart: 4² is no 42), every decimal
    digit becomes ASCII, invisible and direction-changing characters go, quotes and dashes
    become straight, runs of blanks become one space and line ends stay one line end.
    """
    if isinstance(original, Utterance):
        return original
    capped = len(original) > MAX_CHARACTERS
    characters, offsets = _clean(original[:MAX_CHARACTERS])
    text = "".join(characters)[:MAX_CHARACTERS]
    lower = "".join(map(_lower, text))
    return Utterance(
        original, text, lower, tuple(offsets[: len(text)]), tuple(_tokens(lower)), capped
    )


def fold(word: str) -> str:
    """Drop the accents of Latin letters, as people do when they type in a hurry."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", re.sub(r"[\u0300-\u036f]", "", parts))


def _clean(original: str) -> tuple[list[str], list[int]]:
    characters: list[str] = []
    offsets: list[int] = []
    for start, cluster in _clusters(original):
        for character in _plain(
            cluster, follows_digit=bool(characters and characters[-1].isdigit())
        ):
            if character in " \n" and (not characters or characters[-1] in " \n"):
                if characters and character == "\n":
                    characters[-1] = character
                continue
            characters.append(character)
            offsets.append(start)
    while characters and characters[-1] in " \n":
        characters.pop()
        offsets.pop()
    return characters, offsets


def _clusters(text: str) -> list[tuple[int, str]]:
    """Cut into letters with their accents, so that composing them does not lose the place."""
    if text.isascii():
        return list(enumerate(text))
    clusters: list[tuple[int, str]] = []
    for place, character in enumerate(text):
        if clusters and unicodedata.combining(character):
            clusters[-1] = (clusters[-1][0], clusters[-1][1] + character)
        else:
            clusters.append((place, character))
    return clusters


def _plain(cluster: str, *, follows_digit: bool) -> str:
    if cluster.isascii() and cluster.isprintable():
        return cluster
    if cluster in _FRACTIONS:
        return ("." if follows_digit else "0.") + _FRACTIONS[cluster]
    if unicodedata.decomposition(cluster[0]).startswith(("<super>", "<sub>")):
        return cluster
    composed = unicodedata.normalize("NFKC", cluster).translate(_LOOK_ALIKES)
    return "".join(map(_visible, composed))


def _visible(character: str) -> str:
    if character in "\n\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    if character.isspace():
        return " "
    code = ord(character)
    if code in _SKIN_TONES or code in _VARIATION_SELECTORS:
        return ""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return "" if category in {"Cc", "Cf", "Cs", "Cn"} else character


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _tokens(lower: str) -> list[Token]:
    tokens: list[Token] = []
    for found in _TOKEN.finditer(lower):
        glued = bool(tokens) and tokens[-1].end == found.start()
        kind = TokenKind(str(found.lastgroup))
        tokens.append(Token(found[0], found.start(), found.end(), kind, glued))
    return tokens
