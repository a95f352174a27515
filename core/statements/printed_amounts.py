"""Finds the amounts on a printed line, with the marks around them that tell which way they go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.statements.amounts import unit_currency
from core.statements.page_text import PrintedLine, Word

_UNIT = r"(?:Rs\.?|INR|USD|GBP|EUR|[A-Z]{0,2}[$£€₹¥]|C(?=\d))"
# Always with two decimals: a figure without is a reference, a count of points, a year.
_AMOUNT = re.compile(
    rf"(?P<before>[-+−(]?{_UNIT}?[-+−]?)(?P<digits>\d{{1,3}}(?:[.,'’]\d{{2,3}})+[.,]\d{{2}}"
    rf"|\d{{1,12}}[.,]\d{{2}})(?P<after>\)?[-+−]?(?:CR|DR|Cr|Dr|cr|dr|C|D|S|H|OD)?{_UNIT}?)"
)
_MARKS = {"CR": 1, "C": 1, "H": 1, "DR": -1, "D": -1, "S": -1, "OD": -1}
_GROUP_START = re.compile(r"[-+−]?\d{1,3}")
_GROUP_END = re.compile(r"\d{3}(?:'\d{3})*,\d{2}[-+−]?")
_SPACE = 6.5


@dataclass(frozen=True, slots=True)
class PrintedToken:
    """One amount as printed.

    ``mark`` is what is written at it (+1, -1, 0), ``hint`` what stands loosely beside it: a sign
    of its own, or the dash of an empty column. ``text`` is the word it is, ``x0`` to ``x1`` where
    it stands.
    """

    digits: str
    text: str
    mark: int
    hint: int
    unit: str
    x0: float
    x1: float


def tokens_of(line: PrintedLine) -> list[PrintedToken]:
    """Return the amounts of a line from left to right."""
    found = []
    words = grouped(line.words)
    for place, word in enumerate(words):
        match = _AMOUNT.fullmatch(word.text)
        if match:
            found.append(_token(match, words, place))
    return found


def grouped(words: Sequence[Word]) -> list[Word]:
    """Put "1 850,00" together again: thousands apart by no more than a space."""
    joined: list[Word] = []
    for word in words:
        while (
            joined
            and _GROUP_END.fullmatch(word.text)
            and _GROUP_START.fullmatch(joined[-1].text)
            and word.x0 - joined[-1].x1 <= _SPACE
        ):
            before = joined.pop()
            word = Word(f"{before.text}'{word.text}", before.x0, word.x1)  # noqa: PLW2901
        joined.append(word)
    return joined


def _token(match: re.Match[str], words: Sequence[Word], place: int) -> PrintedToken:
    before, after = match["before"], match["after"]
    mark = _written(before + after.upper())
    nearby = words[place + 1].text.upper() if place + 1 < len(words) else ""
    if not mark and nearby in _MARKS:
        mark = _MARKS[nearby]
    unit = unit_currency(re.sub(r"[-+−()]", "", before)) if before != "C" else ""
    at = place - 1
    while at >= 0 and (_is_unit(words[at].text)):
        unit = unit or unit_currency(words[at].text)
        at -= 1
    lead = words[at].text if at >= 0 else ""
    hint = {"+": 1, "-": -1, "−": -1}.get(lead, 0) or {"+": 1, "-": -1, "−": -1}.get(nearby, 0)
    digits = re.sub(r"['’]", "", match["digits"])
    return PrintedToken(digits, words[place].text, mark, hint, unit, *words[place][1:])


def _is_unit(text: str) -> bool:
    return text == "C" or bool(unit_currency(text))


def _written(around: str) -> int:
    """Return the sign or mark written at an amount, 0 when there is none."""
    if "-" in around or "−" in around or ("(" in around and ")" in around):
        return -1
    if "+" in around:
        return 1
    ending = re.search(r"(CR|DR|OD|C|D|S|H)$", around)
    return _MARKS[ending[1]] if ending else 0


def is_amount(text: str) -> bool:
    """Tell whether a word is an amount with decimals."""
    return _AMOUNT.fullmatch(text) is not None
