"""Fits a composed reply to what a channel can carry: length, alphabet, buttons or numbers.

Nothing is lost and nothing is cut inside a figure or a word: what does not fit is the ``rest``,
which the user gets with MORE, and choices that cannot be buttons become numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompts.answers import Words
from prompts.gsm import GLUE, fold, segments

SMS_SEGMENTS = 2
SMS_SEGMENTS_WHOLE = 3  # for what must not be cut: approvals, questions with many choices
TELEGRAM_UNITS = 4096
WHATSAPP_CHARACTERS = 1024
WHATSAPP_BUTTONS = 3
WHATSAPP_TITLE = 20
SCREEN_CHARACTERS = 8000  # web and terminal: a bound against runaway text, not a page

_BUTTON_PROFILES = frozenset({"web", "telegram", "whatsapp"})


@dataclass(frozen=True, slots=True)
class Label:
    """A choice as shown: its words and what counts as typed when it is taken."""

    send: str
    text: str
    short: str = ""  # for little room, "" when the text is all there is
    typed: str = ""  # what a phrase tells to type for it (``APROBAR K7QM``), "" when it is ``send``

    @property
    def title(self) -> str:
        """The label for a small button."""
        return self.short or self.text


@dataclass(frozen=True, slots=True)
class Fitted:
    """One message, ready for the channel's own escaping.

    ``numbered`` says what a typed number stands for, on button channels too, where people type
    "2" although there is a button; it is empty when the text tells the words to type.
    ``rest`` is to be fitted again for MORE.
    """

    text: str
    buttons: tuple[Label, ...] = ()
    rest: str = ""
    numbered: tuple[tuple[int, Label], ...] = ()


def fit(
    text: str,
    labels: Sequence[Label],
    profile: str,
    words: Words,
    *,
    first_number: int = 1,
    whole: bool = False,
) -> Fitted:
    """Fit ``text`` and its choices to ``profile``.

    ``first_number`` is the number of the first choice: one more than the last numbered line of
    the text. ``whole`` lets an SMS take a third segment rather than be cut.
    """
    text = _glued(text)
    if profile == "sms":
        text = fold(text)
    buttons = _buttons(labels, profile)
    numbered = () if _are_told(labels, text) else tuple(enumerate(labels, start=first_number))
    listed = "" if buttons else _listed(numbered, profile, words)
    room = _room(profile, whole=whole)
    if listed and not room(f"{text}{listed}"):
        room = _room(profile, whole=True)
        listed = _bounded(listed, room)
    head, rest = _cut(text, listed, room, words, profile)
    return Fitted(_plain(f"{head}{listed}"), buttons, rest, numbered)


def utf16_units(text: str) -> int:
    """Return the length that Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def _room(profile: str, *, whole: bool) -> Callable[[str], bool]:
    """Return the test that a message of ``profile`` must pass."""
    if profile == "sms":
        most = SMS_SEGMENTS_WHOLE if whole else SMS_SEGMENTS
        return lambda text: segments(_plain(text)) <= most
    if profile == "telegram":
        return lambda text: utf16_units(text) <= TELEGRAM_UNITS
    if profile == "whatsapp":
        return lambda text: utf16_units(text) <= WHATSAPP_CHARACTERS
    return lambda text: len(text) <= SCREEN_CHARACTERS


def _buttons(labels: Sequence[Label], profile: str) -> tuple[Label, ...]:
    """Return the choices as buttons, or nothing when the channel cannot show them all."""
    if profile not in _BUTTON_PROFILES:
        return ()
    if profile != "whatsapp":
        return tuple(labels)
    titles = {label.title for label in labels}
    if len(labels) > WHATSAPP_BUTTONS or len(titles) < len(labels):
        return ()
    if any(len(title) > WHATSAPP_TITLE for title in titles):
        return ()
    return tuple(Label(label.send, label.title) for label in labels)


def _listed(numbered: Sequence[tuple[int, Label]], profile: str, words: Words) -> str:
    """Return the choices as lines "1) label" and how to answer."""
    lines = [f"\n{number}) {label.text}" for number, label in numbered]
    if len(numbered) > 1:
        span = {"first": numbered[0][0], "last": numbered[-1][0]}
        lines.append("\n" + words.render("fit.pick", span, profile))
    listed = "".join(lines)
    return fold(listed) if profile == "sms" else listed


def _are_told(labels: Sequence[Label], text: str) -> bool:
    """Tell whether the text says in capitals how to type every choice (``APPROVE K7QM``).

    Such choices get no numbers: an approval is given by its code, never by a bare "1".
    """
    told = text.replace(GLUE, " ")
    words = [(label.typed or label.send).upper() for label in labels]
    return all(
        word != word.lower() and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", told)
        for word in words
    )


def _bounded(listed: str, room: Callable[[str], bool]) -> str:
    """Drop lines from the end of a list that would not fit even alone."""
    while listed and not room(listed + "." * 40):
        listed = listed[: listed.rfind("\n")]
    return listed


def _cut(
    text: str, listed: str, room: Callable[[str], bool], words: Words, profile: str
) -> tuple[str, str]:
    """Return what fits before the list, ending in how to get more, and the rest."""
    if room(f"{text}{listed}"):
        return text, ""
    more = "\n" + words.render("fit.more", {}, profile)
    if profile == "sms":
        more = fold(more)  # an accent in it would cost the whole message its alphabet
    at = _cut_at(text, lambda head: room(f"{head.rstrip()}{more}{listed}"))
    return f"{text[:at].rstrip()}{more}", text[at:].strip(" \n")


_BREAKS = (re.compile(r"\n"), re.compile(r"(?<=[.!?])\s"), re.compile(r"[ \n]"))


def _cut_at(text: str, fits: Callable[[str], bool]) -> int:
    """Return where to cut: a line's end, else a sentence's, else a word's, if not far too early."""
    best = [_last_fitting(text, [m.start() for m in p.finditer(text)], fits) for p in _BREAKS]
    if best[-1] == 0:
        return _last_fitting(text, [i for i in range(len(text)) if _may_cut(text, i)], fits)
    return next(at for at in best if at * 2 >= best[-1])


def _last_fitting(text: str, ends: Sequence[int], fits: Callable[[str], bool]) -> int:
    """Return the last of ``ends`` whose head still fits, 0 when none does."""
    at = bisect_right(ends, 0, key=lambda end: 0 if fits(text[:end]) else 1)
    return ends[at - 1] if at else 0


def _may_cut(text: str, at: int) -> bool:
    """Tell whether a cut before ``at`` keeps characters whole that are made of several."""
    joiners = "\u200d\ufe0f\ufe0e"
    return at > 0 and text[at] not in joiners and text[at - 1] != "\u200d"


_CODE_THEN_DIGIT = re.compile(r"\b(Rs\.?|[A-Z]{3}) (?=\d)")
_DIGIT_THEN_SIGN = re.compile(r"(?<=\d) (?=%|[A-Z]{3}\b(?!\s\d)|\d{3}(?!\d)|[€$£₹¥])")


def _glued(text: str) -> str:
    """Glue the parts of amounts in text that came without glue."""
    return _DIGIT_THEN_SIGN.sub(GLUE, _CODE_THEN_DIGIT.sub(rf"\1{GLUE}", text))


def _plain(text: str) -> str:
    return text.replace(GLUE, " ")
