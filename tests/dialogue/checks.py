"""What holds for every reply of every dialogue, whatever was said."""

from __future__ import annotations

import re
from functools import lru_cache

import smsutil

from core.conversation.context import Profile
from core.messaging.opt_out import CARRIER_WORDS
from core.messaging.outbound import MessageClass, OutboundMessage
from prompts.phrasebook import Phrasebook, languages

SCREEN_LINES = 22
SCREEN_CHARACTERS = 1300
WHATSAPP_CHARACTERS = 1024
_WORDS = "|".join(sorted(CARRIER_WORDS, key=len, reverse=True))
# In capitals and alone, or told to be sent: the carrier would act on it before we see it.
_OFFERED = re.compile(
    rf"(?<![\w-])(?:{_WORDS})(?![\w-])(?! [A-Z]{{2,}})"
    rf"|(?i:\b(?:reply|send|text|type|say)(?: with)? [\"']?(?:{_WORDS})[\"'.,](?! \w))"
)
_UNFILLED = re.compile(r"[{}]|\[\[|\]\]")
# A slug or a code of ours that was not put into words: FOOD_AND_DRINK, cadence_monthly.
_RAW = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b|\b[a-z]+(?:_[a-z]+)+\b|\b(?:entry|account):\d+")


def faults(message: OutboundMessage, profile: Profile, *, carrier_words: bool) -> list[str]:
    """Return what is wrong with a message, one line each."""
    found = [*_text_faults(message.text), *_choice_faults(message)]
    if profile is Profile.SMS:
        found += _sms_faults(message, carrier_words=carrier_words)
    if profile is Profile.WHATSAPP and len(message.text) > WHATSAPP_CHARACTERS:
        found.append("is longer than WhatsApp allows")
    return found


def offers_undo(text: str) -> bool:
    """Tell whether a reply names the word that takes it back, in whichever language."""
    return any(word in text for word in _undo_words())


def _text_faults(text: str) -> list[str]:
    raw = _RAW.search(_without_links(text))
    checks = {
        "is empty": not text.strip(),
        "has an unfilled placeholder": _UNFILLED.search(text),
        f"shows a code of ours: {raw[0] if raw else ''}": raw,
        "has no words for what happened": any(words in text for words in _wordless()),
        "is more than one screen": len(text) > SCREEN_CHARACTERS
        or text.count("\n") >= SCREEN_LINES,
    }
    return [fault for fault, is_so in checks.items() if is_so]


def _choice_faults(message: OutboundMessage) -> list[str]:
    return [
        f"offers {choice.label}, which carriers act on"
        for choice in message.choices
        if {choice.send.upper(), choice.label.upper()} & CARRIER_WORDS
    ]


def _sms_faults(message: OutboundMessage, *, carrier_words: bool) -> list[str]:
    text = message.text
    found = []
    outside = sorted({char for char in text if not smsutil.is_valid_gsm(char)})
    if outside:
        found.append(f"leaves the alphabet of SMS: {outside}")
    # What must not be cut may take a third segment: approvals, and questions with choices.
    whole = message.message_class is MessageClass.APPROVAL or re.search(r"(?m)^\d+\) ", text)
    parts = len(smsutil.split(text).parts)
    if parts > (3 if whole else 2):
        found.append(f"takes {parts} segments")
    if message.choices:
        found.append("has buttons, which SMS does not")
    offered = _OFFERED.search(text)
    if offered and not carrier_words:
        found.append(f"offers {offered[0]!r}, which carriers act on")
    return found


@lru_cache(maxsize=1)
def _wordless() -> tuple[str, ...]:
    """Return how the reply begins that says that words are missing, in each language."""
    books = [Phrasebook.load(lang) for lang in languages()]
    return tuple(book.render("error.wordless", {})[:40] for book in books)


@lru_cache(maxsize=1)
def _undo_words() -> tuple[str, ...]:
    return tuple(Phrasebook.load(lang).render("typed.undo") for lang in languages())


def _without_links(text: str) -> str:
    return re.sub(r"https?://\S+", " ", text)
