"""Cuts payment card numbers out of what users send, before anything is stored or read further."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from core.messaging.inbound import InboundFile, InboundKind, InboundMessage

# Text of one message that is kept; no provider sends more in one event.
MAX_TEXT = 4096
MAX_NAME = 64
MAX_FILE_NAME = 120
MAX_FILES = 10

_SHORTEST, _LONGEST = 13, 19
# Between the digits of one number people put blanks and dashes of any kind, and invisible marks.
_GAP = r"\s\-\u2010-\u2015\u2212\u00ad\u200b-\u200d\u2060\ufeff"
# Dots and slashes as well, but those also stand in amounts and dates: see `_is_one_number`.
_WEAK_GAP = r"./_"
_RUN = re.compile(rf"\d(?:[{_GAP}{_WEAK_GAP}]{{0,3}}\d){{{_SHORTEST - 1},}}")
_GROUP = re.compile(r"\d+")
_WEAK = re.compile(rf"[{_WEAK_GAP}]")
# Issuer prefixes: without one, spaced digits are far more often amounts or dates than a card.
_ISSUER = re.compile(r"(?:[3-6]|2[2-7]|8[12]|508)")
_CODE_WORDS = re.compile(
    r"(\b(?:cvv2?|cvc2?|csc|cid|(?:security|card)\s+(?:code|verification))\b"
    r"[\s:=#-]{0,3}(?:is\s+|no\.?\s+|number\s+|code\s+)?)\d{3,4}(?!\d)",
    re.IGNORECASE,
)
# An expiry date right behind a card number, and then three or four digits: the code on its back.
_AFTER_CARD = re.compile(
    r"(\[card \u2026\d{4}\][\s,;:-]{0,5}(?:exp\w*\W{0,3})?\d{1,2}\s?[/-]\s?\d{2,4}[\s,;:-]{1,5})"
    r"\d{3,4}(?!\d)",
    re.IGNORECASE,
)
# Would break the database or a terminal; a newline and a tab are fine.
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Digit character to the digit sum of its double, as the Luhn check wants every second one.
_DOUBLED = bytes(sum(divmod(2 * max(code - ord("0"), 0), 10)) % 256 for code in range(256))


@dataclass(frozen=True, slots=True)
class Masked:
    """Text without card numbers and codes, and how many were cut out."""

    text: str
    found: int


def mask_cards(text: str) -> Masked:
    """Replace each card number by ``[card ...1234]`` and each card code by ``[code]``.

    A card number is a run of 13 to 19 digits that passes the Luhn check, in one piece or with
    gaps. Only the last four digits survive.
    """
    parts: list[str] = []
    end = found = 0
    for run in _RUN.finditer(text):
        for card in _cards(run):
            parts += (text[end : card.start], f"[card \u2026{card.digits[-4:]}]")
            end, found = card.stop, found + 1
    masked, codes = _CODE_WORDS.subn(r"\1[code]", "".join([*parts, text[end:]]))
    if found:
        masked = _AFTER_CARD.sub(r"\1[code]", masked)
    return Masked(masked, found + codes)


def cleaned(message: InboundMessage) -> InboundMessage:
    """Return the message as it may be stored: no card numbers, no control characters, bounded."""
    text = clean_text(message.text)
    # A shared contact is a phone number by its provider's word: it may pass the check by chance.
    is_contact = message.kind is InboundKind.CONTACT
    masked = Masked(text, 0) if is_contact else mask_cards(text)
    name = mask_cards(clean_text(message.display_name))
    files = tuple(_cleaned_file(file) for file in message.files[:MAX_FILES])
    return replace(
        message,
        text=masked.text[:MAX_TEXT],
        display_name=name.text[:MAX_NAME],
        button=clean_text(message.button)[:MAX_TEXT],
        files=files,
        masked=masked.found,
        language=message.language if _LANGUAGE.fullmatch(message.language) else "",
    )


def clean_text(text: str) -> str:
    """Drop control characters and halves of surrogate pairs, which no database stores."""
    return _CONTROL.sub("", text).encode("utf-8", "ignore").decode("utf-8")


def _cleaned_file(file: InboundFile) -> InboundFile:
    name = mask_cards(clean_text(file.name)).text[:MAX_FILE_NAME]
    return replace(file, name=name, media_type=clean_text(file.media_type)[:MAX_FILE_NAME])


class _Group(NamedTuple):
    """Digits in one piece, as ASCII, and where they stand in the text."""

    start: int
    stop: int
    digits: str


def _cards(run: re.Match[str]) -> Iterator[_Group]:
    """Find the card numbers in a run of digits with gaps: first place first, longest first."""
    groups = [
        _Group(match.start(), match.end(), _ascii(match[0]))
        for match in _GROUP.finditer(run.string, run.start(), run.end())
    ]
    first = 0
    while first < len(groups):
        # No more groups than the longest card has digits: a long list of figures stays linear.
        card = _spread(groups[first : first + _LONGEST], run.string)
        if card is None:
            yield from _inside(groups[first])
            first += 1
            continue
        yield card
        first += sum(group.stop <= card.stop for group in groups[first : first + _LONGEST])


def _spread(groups: list[_Group], text: str) -> _Group | None:
    """Return the longest card that starts with the first group and ends with one of them."""
    lengths = accumulate(len(group.digits) for group in groups)
    counts = [n for n, length in enumerate(lengths, 1) if _SHORTEST <= length <= _LONGEST]
    for window in (groups[:count] for count in reversed(counts)):
        card = _Group(window[0].start, window[-1].stop, "".join(each.digits for each in window))
        if len(window) == 1 and _passes_luhn(card.digits):
            return card
        if len(window) > 1 and _is_issued(card.digits) and _is_one_number(window, text):
            return card
    return None


def _is_one_number(window: list[_Group], text: str) -> bool:
    """Tell a card in groups from amounts and dates, which hold dots and slashes as well."""
    between = text[window[0].start : window[-1].stop]
    return min(len(group.digits) for group in window[:-1]) >= 4 or not _WEAK.search(between)


def _inside(group: _Group) -> Iterator[_Group]:
    """Find card numbers glued to other digits: only in runs too long to be a number alone."""
    digits, at = group.digits, 0
    while len(digits) > _LONGEST and at <= len(digits) - _SHORTEST:
        sizes = range(min(_LONGEST, len(digits) - at), _SHORTEST - 1, -1)
        size = next((size for size in sizes if _is_issued(digits[at : at + size])), 0)
        if size:
            start = group.start + at
            yield _Group(start, start + size, digits[at : at + size])
        at += size or 1


def _is_issued(digits: str) -> bool:
    return _ISSUER.match(digits) is not None and _passes_luhn(digits)


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def _passes_luhn(digits: str) -> bool:
    raw = digits.encode()
    odd, even = raw[-1::-2], raw[-2::-2].translate(_DOUBLED)
    return (sum(odd) - len(odd) * ord("0") + sum(even)) % 10 == 0
