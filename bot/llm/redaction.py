"""Takes what names a person out of every text that leaves: tokens go, and come back restored.

Within a turn the same value gets the same token, so that a model can speak of it; nothing but
this object knows what it stands for. Amounts and dates stay: they are what is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

_DASH = r"[\-\u2010-\u2015]"
_GAP = rf"(?:[ .\u00a0\u202f]|{_DASH})"
# Words before a number that make a short one somebody's: "account 1234567", "cuenta 123456".
_ACCOUNT = (
    r"account|acct|acc|a/c|cuenta|cta|khata|iban|clabe|routing|sort code|número|numero|number"
)
_CALLED = r"call|phone|tel|cell|mobile|ring|dial|fax|llama|tel[eé]fono|m[oó]vil"
_PASSPORT = r"passport|pasaporte|licen[cs]e|licencia"
# In this order: what is longer or more telling first. People type their numbers in small letters.
# Where a pattern has a group, that is what is hidden; the words before it stay.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mail", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")),
    ("upi", re.compile(r"(?<![\w@])[\w.-]{2,}@[a-zA-Z]{2,}(?![\w.])")),
    # Figures first behind the country: "be 12 ..." and "in 2026 ..." are no IBAN, nor are words.
    (
        "iban",
        re.compile(
            r"(?i)\b[A-Z]{2}\d{2}(?:[ ]?[A-Z]{4})?(?:[ ]?(?=[A-Z0-9]*\d)[A-Z0-9]{4}){2,7}"
            r"(?:[ ]?(?=[A-Z0-9]*\d)[A-Z0-9]{1,4})?\b"
        ),
    ),
    ("link", re.compile(r"(?i)\b(?:https?://|www\.)\S+")),
    (
        "id",
        re.compile(
            rf"(?i)\b[A-Z]{{5}}\d{{4}}[A-Z]\b|\b\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{4}}\b"
            rf"|\b(?:[XYZ]{_GAP}?)?\d{{7,8}}{_GAP}?[A-Z]\b|\b[A-Z]{{1,2}}\d{{6,9}}\b"
        ),
    ),
    ("id", re.compile(rf"\b\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}(?:{_GAP}\d{{4}})?\b")),
    ("id", re.compile(rf"(?i)\b(?:{_PASSPORT})\W{{1,3}}(?:no\W{{1,2}})?(\w{{0,3}}\d{{5,}})\b")),
    # In pairs: 06 12 34 56 78, +33 6 12 34 56 78, 612 34 56 78. A list of figures begins otherwise.
    (
        "phone",
        re.compile(
            rf"(?<![\w.,])(?:(?:0|\+\d{{1,3}}{_GAP}?(?:\(0\){_GAP}?)?)\d(?:{_GAP}?\d{{2}}){{4}}"
            rf"|(?:\+34{_GAP}?)?[6-9]\d{{2}}(?:{_GAP}\d{{2}}){{3}})(?!\w|[.,]\d)"
        ),
    ),
    (
        "phone",
        re.compile(
            rf"(?<![\w.,])(?:\+\d{{1,3}}[ ]?(?:\(0\)|[ .()]|{_DASH})*)?"
            rf"(?:\(\d{{2,5}}\)[ ]?|\d{{2,5}}{_GAP}){{1,3}}\d{{3,7}}"
            rf"(?:(?:[ ]|{_DASH})\d{{2,4}}){{0,2}}(?!\w|[.,]\d)"
        ),
    ),
    ("phone", re.compile(r"\+\d{8,15}\b")),
    # Seven figures alone may be a range of amounts; behind such a word they are somebody's.
    (
        "called",
        re.compile(rf"(?i)\b(?:{_CALLED})\W{{1,3}}(?:\w{{2,4}}\W)?(\d{{3}}{_GAP}?\d{{4}})(?!\w)"),
    ),
    ("number", re.compile(r"(?<![\w.,])[A-Za-z]{0,4}\d{8,}(?!\w|[.,]\d)")),
    (
        "account",
        re.compile(
            rf"(?i)\b(?:{_ACCOUNT})(?:[ ]?(?:no|num|number|nr|is|es|#|:|\.))*[ ]?"
            r"([x*•]*\d{6,7})\b"
        ),
    ),
    ("account", re.compile(r"(?i)(?<![\w])(?:[x*•…]+|\.{2,})[ ]?\d{3,6}\b")),
)
_LEAST_DIGITS = 8
_YEARS = re.compile(r"(?:(?:19|20)\d{2}(?:\W|$)){2,4}")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:\.\.\d{4}-\d{2}-\d{2})?")
_TOKEN = re.compile(r"\[(?:name|mail|upi|iban|link|id|phone|called|number|account)-\d+\]")


class Redactor:
    """Hides and restores; one for each turn."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        """Start with nothing hidden; ``own`` are the user's name and address."""
        kept = sorted({text for text in own if len(text) > 1}, key=len, reverse=True)
        either = "|".join(re.escape(text) for text in kept)
        self._own = re.compile(rf"(?i)(?<!\w)(?:{either})(?!\w)") if kept else None
        self._tokens: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._seen: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """Return ``text`` with a token for everything that names a person or an account."""
        # Each question repeats what the ones before it said.
        if text not in self._seen:
            self._seen[text] = self._without(text)
        return self._seen[text]

    def _without(self, text: str) -> str:
        if self._own is not None:
            text = self._own.sub(partial(self._hidden, "name"), text)
        for kind, pattern in _KINDS:
            text = pattern.sub(partial(self._hidden, kind), text)
        return text

    def restore(self, text: str) -> str:
        """Put back what the tokens of this turn stand for."""
        return _TOKEN.sub(lambda found: self._values.get(found[0], found[0]), text)

    def restored(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Restore the texts in a model's arguments."""
        return {
            name: self.restore(value) if isinstance(value, str) else value
            for name, value in arguments.items()
        }

    def hidden(self) -> Iterator[str]:
        """Give everything that was hidden in this turn."""
        yield from self._tokens

    def _hidden(self, kind: str, found: re.Match[str]) -> str:
        part = found.re.groups
        before = found.string[found.start() : found.start(part)]
        after = found.string[found.end(part) : found.end()]
        return f"{before}{self._token(kind, found[part])}{after}"

    def _token(self, kind: str, value: str) -> str:
        if _TOKEN.search(value) or _ISO_DAY.fullmatch(value) or _YEARS.fullmatch(value):
            return value
        if kind == "phone" and sum(map(str.isdigit, value)) < _LEAST_DIGITS:
            return value
        token = self._tokens.get(value)
        if token is None:
            count = 1 + sum(one.startswith(f"[{kind}-") for one in self._values)
            token = f"[{kind}-{count}]"
            self._tokens[value] = token
            self._values[token] = value
        return token
