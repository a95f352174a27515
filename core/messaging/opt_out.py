"""The words that carriers act on: they stop or start all messages to a phone."""

from __future__ import annotations

from enum import StrEnum


class Keyword(StrEnum):
    """What a carrier did (or wants answered) because of a single-word text message."""

    STOP = "stop"
    START = "start"
    HELP = "help"


STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT-OUT"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

# What no message may offer as an answer on its own.
CARRIER_WORDS = STOP_WORDS | START_WORDS | HELP_WORDS


def classify_keyword(text: str) -> Keyword | None:
    """Tell what a carrier makes of ``text``; None unless it is one of its words alone.

    A stop is read generously ("Stop."), because the law counts any clear wording; a start and a
    help only exactly, because then the carrier must have acted for our state to be true.
    """
    word = text.strip().upper()
    if word.strip(".!?,;:'\"") in STOP_WORDS:
        return Keyword.STOP
    if word in START_WORDS:
        return Keyword.START
    if word in HELP_WORDS:
        return Keyword.HELP
    return None
