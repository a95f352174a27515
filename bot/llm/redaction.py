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
# In this order: what is longer or more telling first.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mail", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")),
    ("upi", re.compile(r"(?<![\w@])[\w.-]{2,}@[a-zA-Z]{2,}(?![\w.])")),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b")),
    ("link", re.compile(r"(?i)\b(?:https?://|www\.)\S+")),
    ("id", re.compile(r"\b[A-Z]{5}\d{4}[A-Z]\b|\b\d{3}-\d{2}-\d{4}\b|\b[XYZ]?\d{7,8}[A-Z]\b")),
    ("id", re.compile(r"\b\d{4}[ ]\d{4}[ ]\d{4}(?:[ ]\d{4})?\b")),
    (
        "phone",
        re.compile(
            rf"(?<![\w.,])(?:\+\d{{1,3}}[ ]?(?:[ .()]|{_DASH})*)?"
            rf"(?:\(\d{{2,4}}\)[ ]?|\d{{2,5}}(?:[ .]|{_DASH})){{1,3}}\d{{3,5}}"
            rf"(?:(?:[ ]|{_DASH})\d{{2,4}}){{0,2}}(?!\w|[.,]\d)"
        ),
    ),
    ("phone", re.compile(r"\+\d{8,15}\b")),
    ("number", re.compile(r"(?<![\w.,])[A-Za-z]{0,4}\d{8,}(?!\w|[.,]\d)")),
    ("account", re.compile(r"(?i)(?<![\w])(?:[x*•…]+|\.{2,})[ ]?\d{3,6}\b")),
)
_LEAST_DIGITS = 8
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:\.\.\d{4}-\d{2}-\d{2})?")
_TOKEN = re.compile(r"\[(?:name|mail|upi|iban|link|id|phone|number|account)-\d+\]")


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
        return self._token(kind, found[0])

    def _token(self, kind: str, value: str) -> str:
        if _TOKEN.search(value) or _ISO_DAY.fullmatch(value):
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
