"""What was said before, as a model is told it: short, and with strangers' words marked as such.

A shop's name or a memo that an earlier reply of ours quoted is foreign text there, too: it stands
between « and », like in the answer of a tool, and so does a bank's message that was passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from bot.llm.addresses import addresses
from bot.llm.chat import Message
from bot.llm.observation import marked
from core.statements.bank_text import read_bank_text
from core.store.conversation_store import TranscriptMessage

# Older messages are there for what was talked about, which the session says as well: the figures
# are looked up anew, and each word is paid for at every question of every turn.
MOST = 10
_NEWEST = 2
_CHARACTERS = 400
_NEW_CHARACTERS = 120
_OLD_CHARACTERS = 36
_LEAST_NAME = 3
_NONE = "-"
# What our phrases quote: a memo, a note, somebody's words, an example of what to type.
_QUOTED = re.compile(r"[\"\u201c]([^\"\u201c\u201d]{1,200})[\"\u201d]")
_SIGNS = str.maketrans({"\u00ab": "'", "\u00bb": "'"})


def past_words(
    shown: Iterable[TranscriptMessage], names: Iterable[str], *, currency: str, today: date
) -> tuple[Message, ...]:
    """Return the last messages in order; of the older ones only what the user said.

    ``names`` are the shops, subscriptions and bills that the user's books know.
    """
    room, kept, known = _CHARACTERS, [], tuple(names)
    for place, one in enumerate(reversed([*shown][-MOST:])):
        is_user = one.sender == "user"
        if place >= _NEWEST and not is_user:
            continue
        most = _NEW_CHARACTERS if place < _NEWEST else _OLD_CHARACTERS
        text = _cut(" ".join(str(one.body.get("text", "")).split()), most)
        room -= len(text)
        if room < 0:
            break
        if not is_user:
            text = with_marks(text, known)
        elif read_bank_text(str(one.body.get("text", "")), currency=currency, today=today):
            text = marked(text)
        kept.append(Message("user" if is_user else "assistant", text or _NONE))
    return tuple(reversed(kept))


def with_marks(text: str, names: Iterable[str]) -> str:
    """Mark what strangers wrote in a reply of ours: known names, quoted words, addresses."""
    plain = text.translate(_SIGNS)
    folded = plain.casefold()
    near = {one for one in names if len(one) >= _LEAST_NAME and one.casefold() in folded}
    near |= {found for found in addresses(plain) if found in plain}
    ways = [_QUOTED.pattern, *(rf"(?<!\w){re.escape(one)}(?!\w)" for one in _longest_first(near))]
    return re.sub("|".join(ways), lambda found: marked(found[1] or found[0]), plain, flags=re.I)


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda one: (-len(one), one))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}\u2026"
