"""Reads figures that are written in words, English and Spanish: "two hundred", "un tercio", "½"."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from bot.llm.grounds import levelled
from bot.llm.typed_figures import Figure, Unit, unit_after

_PLACE = Path(__file__).with_name("figure_words.toml")
_WORD = re.compile(r"[a-z]+")
_GAP = re.compile(r"[\s-]+")
_SIGN = re.compile(r"(?P<whole>\d+\s?)?(?P<sign>[\u00bc-\u00be\u2150-\u215e])")
_HUNDRED = Decimal(100)
# From here on a scale is as fine as a number is meant: "twelve thousand" for 12,345.
_COARSE = 1000
_PART = re.compile(
    r"\b(?:(?P<many>a|an|one|two|three|four|five|six|seven|eight|nine|un|una|la|dos|tres|cuatro"
    r"|cinco|seis|siete|ocho|nueve)[\s-]+)?(?P<part>{parts})\b(?P<share>\s+partes?\b)?"
)
# What follows a part of something; "a third shop" is one after two others.
_OF = re.compile(
    r"\s+(?:of|de|del|off|less|more|as|than|lower|higher|down|up|below|above|menos|mas|que|por)\b"
)
# "half of what it was", "half as much": against something else, no part of a whole
_OF_BEFORE = re.compile(r"\s+(?:as|of what|what|de lo|que)\b")
# "the second half of the month"
_ORDINAL = re.compile(r"\b(?:first|second|latter|other|primera|segunda|otra)\s+$")
_SCALED = re.compile(r"\s+(?:an?\s+)?(?:dozen|hundred|thousand|grand|lakh|crore|million|billion)\b")
_ENDS = re.compile(r"\s*(?:[.,;:!?)]|$)")
_RATE = re.compile(r"(?:\b(?:once|twice|times|per|each|every)|[\u2026\d])\s*$")
_AS_MUCH = re.compile(r"[\s-]+(?:as|what|the|of|que|de|lo|its|your|last|this|that)\b")
_ONE_WORD = frozenset({"half", "halves", "mitad"})
_WITH_PARTE = frozenset(
    {"tercera", "cuarta", "quinta", "sexta", "septima", "octava", "novena", "decima"}
)


@dataclass(frozen=True, slots=True)
class _Words:
    small: Mapping[str, int]
    tens: Mapping[str, int]
    hundreds: Mapping[str, int]
    scales: Mapping[str, int]
    parts: Mapping[str, Decimal]
    times: Mapping[str, int]
    lists: Mapping[str, frozenset[str]]
    idioms: re.Pattern[str]
    part: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    table = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    lists = {name: frozenset(words) for name, words in table["words"].items()}
    idioms = "|".join(sorted(map(re.escape, lists["idioms"]), key=len, reverse=True))
    parts = {word: Decimal(value) for word, value in table["parts"].items()}
    any_part = "|".join(sorted(parts, key=len, reverse=True))
    return _Words(
        table["small"],
        table["tens"],
        table["hundreds"],
        table["scales"],
        parts,
        table["times"],
        lists,
        re.compile(rf"(?<!\w)(?:{idioms})(?!\w)"),
        re.compile(_PART.pattern.replace("{parts}", any_part)),
    )


def without_idioms(text: str) -> str:
    """Return ``text`` without phrases that look like figures and are none, of the same length."""
    level = levelled(text)
    for found in _words().idioms.finditer(level):
        text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
    return text


def worded_figures(text: str) -> list[Figure]:
    """Return every figure in words, in order."""
    level = levelled(text)
    found: list[Figure] = []
    for read in (_signs, _shares, _numbers, _times):
        for figure in read(level):
            start, end = figure.start, figure.start + len(figure.text)
            found.append(figure)
            level = level[:start] + "\0" * (end - start) + level[end:]
    return sorted(found, key=lambda one: one.start)


def _signs(level: str) -> Iterator[Figure]:
    for found in _SIGN.finditer(level):
        part = Decimal(str(round(unicodedata.numeric(found["sign"]), 4)))
        if found["whole"]:
            value = Decimal(found["whole"]) + part
            unit, currencies, end = unit_after(level, found.end())
            text = level[found.start() : end]
            yield Figure(text, unit, ((value, Decimal("0.01")),), found.start(), currencies)
        else:
            yield Figure(found[0], Unit.SHARE, ((part * _HUNDRED, Decimal(1)),), found.start())


def _shares(level: str) -> Iterator[Figure]:
    for found in _words().part.finditer(level):
        if not _is_share(found, level):
            continue
        many = found["many"] or "one"
        value = _words().parts[found["part"]] * _words().small.get(many, 1)
        unit = Unit.SHARE
        if _OF_BEFORE.match(level, found.end()):
            value, unit = value / _HUNDRED, Unit.TIMES
        yield Figure(found[0], unit, ((value, Decimal(1)),), found.start())


def _is_share(found: re.Match[str], level: str) -> bool:
    part = found["part"]
    if part in _ONE_WORD:
        is_of_time = _ORDINAL.search(level[: found.start()]) is not None
        return not is_of_time and _SCALED.match(level, found.end()) is None
    if part in _WITH_PARTE:
        return found["share"] is not None
    if found["many"] in {None, "la"}:
        return part.endswith("s") and _OF.match(level, found.end()) is not None
    if _OF.match(level, found.end()):
        return True
    ends = _ENDS.match(level, found.end()) is not None
    return ends and not _RATE.search(level[: found.start()])


def _times(level: str) -> Iterator[Figure]:
    words = _words()
    for found in _WORD.finditer(level):
        value = words.times.get(found[0])
        if value is None:
            continue
        is_count = found[0] in {"twice", "thrice"} and not _AS_MUCH.match(level, found.end())
        unit = Unit.PLAIN if is_count else Unit.TIMES
        yield Figure(found[0], unit, ((Decimal(value), Decimal(1)),), found.start())


def _numbers(level: str) -> Iterator[Figure]:
    """Give numbers, each as long as its words go on."""
    tokens = list(_WORD.finditer(level))
    place = 0
    while place < len(tokens):
        number, taken = _Number(level), place
        while taken < len(tokens) and number.take(tokens, taken):
            taken += 1
        place = max(taken, place + 1)
        if number.value is not None:
            figure = number.figure()
            yield figure
            end = figure.start + len(figure.text)
            while place < len(tokens) and tokens[place].start() < end:
                place += 1


class _Number:
    """One number while its words are read."""

    def __init__(self, level: str) -> None:
        self.value: Decimal | None = None
        self._level = level
        self._total = Decimal(0)
        self._current: Decimal | None = None
        self._free = Decimal("Infinity")  # what comes next must be smaller than this
        self._step = Decimal(1)
        self._span = (0, 0)
        self._vague = False

    def take(self, tokens: list[re.Match[str]], place: int) -> bool:
        """Take a word into the number, or tell that it is over."""
        token = tokens[place]
        if self.value is not None:
            gap = self._level[self._span[1] : token.start()]
            if not _GAP.fullmatch(gap) and gap.strip() not in _words().lists["joins"]:
                return False
        word, after = token[0], tokens[place + 1] if place + 1 < len(tokens) else None
        if self.value is not None and word in _words().lists["joins"]:
            return after is not None and self._goes_on_with(after[0])
        taken = self._takes(word, tokens, place)
        if taken:
            start = self._span[0] if self.value is not None else self._begin(tokens, place)
            self._span = (start, token.end())
            self.value = self._total + (self._current or Decimal(0))
            self._vague |= word in _words().lists["vague"]
        return taken

    def figure(self) -> Figure:
        """Return it with its unit."""
        start, end = self._span
        unit, currencies, end = unit_after(self._level, end)
        value = Decimal(-1) if self._vague else self.value or Decimal(0)
        readings = ((value, self._step),)
        return Figure(self._level[start:end], unit, readings, start, currencies)

    def _goes_on_with(self, word: str) -> bool:
        words = _words()
        one = words.small.get(word) or words.tens.get(word) or words.hundreds.get(word)
        one = one or (1 if word in {"one", "uno", "un", "una"} else None)
        return one is not None and one < self._free and self._free > 1

    def _takes(self, word: str, tokens: list[re.Match[str]], place: int) -> bool:
        words = _words()
        if word in words.scales:
            return self._scale(word, tokens, place)
        value = words.small.get(word)
        room = Decimal(1)
        if word in words.tens:
            value, room = words.tens[word], Decimal(10)
        elif word in words.hundreds:
            value, room = words.hundreds[word], Decimal(100)
        elif word == "once" and _next(tokens, place) in words.lists["once_before"]:
            value = 11
        elif word in {"one", "uno", "un", "una"} and self.value is not None:
            value = 1
        if value is None or value >= self._free:
            return False
        self._current, self._step = (self._current or Decimal(0)) + value, Decimal(1)
        self._free = room
        return True

    def _scale(self, word: str, tokens: list[re.Match[str]], place: int) -> bool:
        words, scale = _words(), Decimal(_words().scales[word])
        lead = tokens[place - 1][0] if place else ""
        is_led = lead in words.lists["leads"] or _is_counted(_next(tokens, place))
        if self.value is None and word in words.lists["needs_lead"] and not is_led:
            return False
        before = self._current
        if before is None:
            before = Decimal("0.5") if _is_half(tokens, place) else Decimal(1)
        if scale < _COARSE:
            self._current, self._free = before * scale, scale
            return True
        self._total += before * scale
        self._current, self._free, self._step = None, scale, scale
        return True

    def _begin(self, tokens: list[re.Match[str]], place: int) -> int:
        """Return where it begins: with the article or the half before a scale."""
        first = place
        if tokens[place][0] in _words().scales:
            for back in (1, 2):
                if place - back >= 0 and tokens[place - back][0] in _HALF_LEADS:
                    first = place - back
        return tokens[first].start()


def _is_half(tokens: list[re.Match[str]], place: int) -> bool:
    """Tell whether a scale is half of it: "half a million", "medio millon"."""
    before = [token[0] for token in tokens[max(place - 2, 0) : place]]
    halves = _words().lists["halves"]
    return before[-1:] != [] and (
        before[-1] in halves or (before[-1] in {"a", "an"} and before[0] in halves)
    )


def _is_counted(word: str) -> bool:
    """Tell whether a scale before this word is a number: "mil euros", "mil doscientos"."""
    words = _words()
    numbers = {*words.small, *words.tens, *words.hundreds}
    return word in numbers or word in words.lists["once_before"] or word == "de"


_HALF_LEADS = frozenset({"a", "an", "one", "un", "half", "medio", "media"})


def _next(tokens: list[re.Match[str]], place: int) -> str:
    return tokens[place + 1][0] if place + 1 < len(tokens) else ""
