"""One read that gathers everything a planner may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from core.conversation.context import TurnContext
from core.messaging.inbound import InboundKind
from core.store.unit_of_work import UnitOfWork
from core.users.user import User
from intents.text import read

# "why?" and the like; what is longer says what it is about.
_FEW_LETTERS = 40
_LATELY = timedelta(days=2)


def snapshot(kit: DialogueKit, arrival: Arrival) -> TurnContext:
    """Read state and names in one go; a linked user is required."""
    user, message = arrival.user, arrival.message
    if user is None:
        raise TypeError("only a linked chat has books to look at")
    with kit.database.reading() as uow:
        state = uow.conversations.state(arrival.talk).fresh(arrival.now)
        book = kit.phrasebook(arrival.language)
        names = kit.names.of(uow, user, book, now=arrival.now)
        button = _button(uow, arrival)
        reply_to = _reply_to(uow, arrival)
        told_unasked = _told_unasked(uow, arrival)
    return TurnContext(
        user_id=user.id,
        preferences=replace(user.preferences, language=arrival.language),
        now=arrival.now,
        today=user.preferences.today(arrival.now),
        profile=arrival.talk.profile,
        text=button or read(message.text).text.strip(),
        button=button,
        reply_to=reply_to,
        state=state,
        names=names,
        locale=_locale(user, arrival.language),
        spoken=message.kind is InboundKind.VOICE,
        told_unasked=told_unasked,
    )


def _locale(user: User, language: str) -> str:
    """Return how figures are written in an answer in another language than the user's own.

    What the user types is read as before: figures in his preferences' own way.
    """
    wishes = user.preferences
    if language == wishes.language or wishes.locale.startswith(language):
        return ""
    return f"{language}_{wishes.country}"


def _told_unasked(uow: UnitOfWork, arrival: Arrival) -> bool:
    """Tell whether a few words may be about an alert or a summary: it was the last in this chat."""
    if len(arrival.message.text) > _FEW_LETTERS:
        return False
    return uow.sent.was_unasked(arrival.talk.id, since=arrival.now - _LATELY)


def _button(uow: UnitOfWork, arrival: Arrival) -> str:
    """Look a pressed button up in the very message it hangs on; a forged id means nothing."""
    if arrival.message.kind is not InboundKind.BUTTON:
        return ""
    outbox_id, _, number = arrival.message.button.partition("/")
    message = uow.sent.message(arrival.talk.id, outbox_id)
    if message is None or not number.isdigit() or int(number) >= len(message.choices):
        return ""
    return message.choices[int(number)].send


def _reply_to(uow: UnitOfWork, arrival: Arrival) -> str:
    """Find what the message this one replies to was about: its newest entry."""
    if not arrival.message.reply_to:
        return ""
    turn_id = uow.sent.turn_of(arrival.talk.id, arrival.message.reply_to)
    for call in reversed(uow.calls.of_turn(turn_id)) if turn_id else ():
        subjects = call.result.get("answer", {}).get("subjects", [])
        entries = [handle for handle in subjects if handle.startswith("entry:")]
        if entries:
            return str(entries[-1])
    return ""
