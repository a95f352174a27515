"""What is typed about letters by e-mail: an address, and the six digits of a code."""

from __future__ import annotations

import re

from intents.filling import Filling

_EMAIL = re.compile(r"[^\s@,;:<>()\"']+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){5}(?!\d)")


def email_in(text: str) -> str | None:
    """Return the first e-mail address of a text, as it was typed."""
    found = _EMAIL.search(text)
    return found[0] if found is not None else None


def digits_in(text: str) -> str | None:
    """Return six digits, which may stand in groups."""
    found = _DIGITS.search(text)
    return "".join(char for char in found[0] if char.isdigit()) if found is not None else None


def take_email(filling: Filling) -> None:
    """Settle an e-mail address, wherever it stands in the message."""
    _settle(filling, "address", email_in(filling.reading.utterance.text))


def take_digits(filling: Filling) -> None:
    """Settle the digits of a code from a letter."""
    _settle(filling, "digits", digits_in(filling.reading.utterance.text))


def _settle(filling: Filling, argument: str, value: str | None) -> None:
    if value is not None:
        filling.arguments[argument] = value
        filling.used.update(range(len(filling.reading.texts)))
