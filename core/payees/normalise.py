"""Turns what a bank prints about a payment into the merchant's name and a key to know it by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile, takewhile

from core.payees.noise import noise
from core.payees.rails import named_on_rail
from core.payees.words import fold, fold_words, tokens_of

MAX_TEXT = 200
MAX_NAME = 60

_DATE = re.compile(r"\b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b")
_GAP = re.compile(r"\s{2,}(?![\s*])|\t")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")
# Bank of Ireland glues the way of paying to the day: POS31AUG, ATM08SEP.
_GLUED = ("pos", "atm", "vd")
_GLUED_DAY = re.compile(r"(pos|atm|vdp|vdc|vda)d?\d{1,2}[a-z]{3}")
# A city behind one of these is part of the name: Transport for London, New York.
_BINDS = frozenset({"for", "of", "de", "to", "at", "von", "du", "des", "del", "and", "new", "navi"})


@dataclass(frozen=True, slots=True)
class CleanText:
    """A merchant as its bank text names it: ``name`` for people, ``key`` to compare.

    ``words`` are the folded words that name it, before places and legal forms are dropped.
    """

    name: str
    key: str
    words: tuple[str, ...]


def normalise(text: str) -> CleanText:
    """Return the merchant named in a bank's ``text``; never raises, and its key maps to itself.

    ``SQ *BLUE BTL 0421`` gives the name ``Blue Btl`` and the key ``blue btl``. A text without
    letters gives an empty key.
    """
    parts = _parts(text[:MAX_TEXT])
    return _named(parts) or _all_noise(parts)


def _named(parts: Sequence[str]) -> CleanText | None:
    """Return the name in the first part that has one."""
    for part in parts:
        words = _words(part)
        begin = _end_of_noise(words)
        end = _end_of_run(words, begin)
        kept = _end_of_places(words, begin, end)
        key = " ".join(words[begin:kept])
        if _LETTERS.search(key):
            return CleanText(_shown(part, words, begin, kept), key, tuple(words[begin:end]))
    return None


def _parts(text: str) -> list[str]:
    """Return the pieces that may hold the name, likeliest first.

    Cards print fixed columns (name, place, country), so two spaces end a piece.
    """
    named = named_on_rail(text)
    if named:
        return [named]
    text = _behind_gateway(text.strip())
    if "  " in text or "\t" in text:
        return _GAP.split(text)
    return [text]


def _behind_gateway(text: str) -> str:
    """Return what a payment service's star announces: ``HALDIRAMS`` of ``PAYTM*HALDIRAMS``."""
    service, star, rest = text.partition("*")
    if star and service.strip().lower() in noise().gateways and _LETTERS.search(rest):
        return rest.strip()
    return text


def _words(text: str) -> list[str]:
    """Return the folded words of ``text`` without dates in numbers."""
    words = fold_words(_without_dates(text))
    if words and words[0].startswith(_GLUED) and _GLUED_DAY.fullmatch(words[0]):
        words[0] = words[0][:3]
    return words


def _without_dates(text: str) -> str:
    return _DATE.sub(" ", text) if "/" in text or "-" in text or "." in text else text


def _is_code(word: str) -> bool:
    """Tell whether a word is a store, phone, card or reference number, not a name."""
    if word.isalpha():
        return word[0] == "x" and len(word) > 2 and not word.strip("x")
    digits = len(_DIGIT.findall(word))
    if digits < (3 if digits == len(word) else 2) or "&" in word:
        return False
    return word not in noise().numbered


def _end_of_noise(words: Sequence[str]) -> int:
    """Return where the name begins: behind the way of paying and the numbers around it."""
    before = noise().before
    at = 0
    while at < len(words):
        if count := before.match(words, at)[0]:
            at += count
        elif _is_code(words[at]) or _is_stray_number(words, at):
            at += 1
        elif _is_day(words, at):
            at += 2
        else:
            break
    return at


def _is_day(words: Sequence[str], at: int) -> bool:
    """Tell whether a day and a month stand here, and a name behind them: ``28 NOV CORNER SHOP``."""
    more = at + 2 < len(words)
    return more and words[at].isdigit() and len(words[at]) < 3 and words[at + 1] in noise().months


def _is_stray_number(words: Sequence[str], at: int) -> bool:
    """Tell whether a short number opens no name: ``7 Eleven`` is one, ``04 Eleven`` is none."""
    if not words[at].isdigit():
        return False
    followed = at + 1 < len(words) and words[at + 1].isalpha()
    return words[at][0] == "0" or not followed or bool(noise().before.match(words, at + 1)[0])


def _end_of_run(words: Sequence[str], begin: int) -> int:
    """Return where the name ends at the latest: at the first number or web address behind it."""
    for at in range(begin, len(words)):
        word = words[at]
        if (word[0] == "x" or not word.isalpha()) and _is_code(word):
            return at
        if word == "help" and words[at + 1 : at + 2] == words[begin : begin + 1]:
            return at  # UBER TRIP HELP.UBER.COM
    return len(words)


def _end_of_places(words: Sequence[str], begin: int, end: int) -> int:
    """Return where the name ends without cities, countries and legal forms; a word is left."""
    known = noise()
    fewest = 1 if begin < end and _LETTERS.search(words[begin]) else 2  # 7 Eleven, not 7
    while end - begin > fewest:
        last, before = words[end - 1], words[end - 2]
        if last in known.after or last.isdigit():
            end -= 1
        elif last in known.months and before.isdigit() and end - begin > fewest + 1:
            end -= 2
        elif end - begin > fewest + 1 and f"{before} {last}" in known.cities:
            if words[end - 3] in _BINDS:
                break
            end -= 2
        elif last in known.cities and before not in _BINDS:
            end -= 1
        else:
            break
    return end


def _shown(text: str, words: Sequence[str], begin: int, end: int) -> str:
    """Write a name for people: capitals that shout are calmed, mixed case is the merchant's."""
    if "'" not in text and text.isascii() and (text.isupper() or text.islower()):
        return " ".join(words[begin:end]).title()[:MAX_NAME]
    written: Sequence[str] = tokens_of(_without_dates(text))
    if len(written) != len(words):  # a sign stands for several letters
        written = words
    return " ".join(map(_calm, written[begin:end]))[:MAX_NAME]


def _calm(word: str) -> str:
    return word.capitalize() if word.isupper() or word.islower() else word


def _names_nothing(word: str) -> bool:
    return _is_code(word) or not _LETTERS.search(word)


def _all_noise(parts: Sequence[str]) -> CleanText:
    """Return what there is when nothing names a merchant: ``ATM``, ``Card payment``."""
    for part in parts:
        rest = dropwhile(_names_nothing, _words(part))
        named = list(takewhile(lambda word: not _names_nothing(word), rest))
        if named:
            key = " ".join(named)
            plain = CleanText(key.capitalize()[:MAX_NAME], key, tuple(named))
            return _named([key]) or plain  # alone, the words may name something after all
    found = _LETTERS.search(fold(" ".join(parts)))
    key = found[0] if found else ""
    return CleanText(key.capitalize(), key, (key,) if key else ())
