"""What a dialogue leaves beside the books: tickets, the trail, linked chats, what is stored."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from core.conversation.context import Profile
from core.ids import UserId
from core.store.tables.conversation import inbox
from core.store.unit_of_work import UnitOfWork
from tests.dialogue.played import Played
from tests.dialogue.player import Player
from tests.dialogue.script import Expected


def leavings(expected: Expected, played: Played, player: Player) -> list[str]:
    """Return what is not as a step says it is left."""
    wrong = [*_removed(expected, player), *_said(expected, played, player)]
    with player.stage.app.database.reading() as uow:
        wrong += _tickets(expected, uow, player)
        wrong += _trail(expected, uow, player)
        wrong += _chats(expected, uow, player)
        wrong += _kept(expected, uow, player)
    return wrong


def _said(expected: Expected, played: Played, player: Player) -> Iterator[str]:
    for chat in expected.quiet:
        told = [one.text for one in played.elsewhere.get(chat, ())]
        if told:
            yield f"{chat} was told {told}"
    if expected.longest and player.profile is Profile.SMS and len(played.text) > expected.longest:
        yield f"takes {len(played.text)} signs, not at most {expected.longest}"


def _tickets(expected: Expected, uow: UnitOfWork, player: Player) -> Iterator[str]:
    owner, now = UserId(player.user_id), player.stage.clock.now()
    if expected.tickets:
        ticket = uow.tickets.latest(owner)
        found = {ticket.reason.value: ticket.state.value} if ticket else {}
        if found != expected.tickets:
            yield f"the newest ticket is {found}, not {dict(expected.tickets)}"
    if expected.hushed is not None:
        hushed = uow.tickets.quiet_until(owner, now=now) is not None
        if hushed is not expected.hushed:
            yield f"is {'' if hushed else 'not '}quiet"


def _trail(expected: Expected, uow: UnitOfWork, player: Player) -> Iterator[str]:
    if expected.audited:
        events = {event.action for event in uow.audit.of(player.user_id)}
        if expected.audited not in events:
            yield f"the trail has no {expected.audited}: {sorted(events)}"


def _chats(expected: Expected, uow: UnitOfWork, player: Player) -> Iterator[str]:
    for chat, wanted in expected.bound.items():
        binding = uow.bindings.owner_of(player.address(chat))
        mine = binding is not None and binding.user_id == player.user_id
        if mine is not wanted:
            yield f"the chat {chat} is {'' if mine else 'not '}the user's"


def _removed(expected: Expected, player: Player) -> Iterator[str]:
    if not expected.removed:
        return
    channel = player.stage.channels[player.address("main").channel]
    wanted = player.profile.value in expected.removed
    if bool(getattr(channel, "removed", ())) is not wanted:
        yield f"the message was {'not ' if wanted else ''}taken out of the chat"


def _kept(expected: Expected, uow: UnitOfWork, player: Player) -> Iterator[str]:
    """Look for words in the messages that came in and in the transcript, the sealed ones opened."""
    if not expected.kept_without:
        return
    talk = uow.conversations.find(player.address("main"))
    shown = uow.conversations.transcript(talk.id) if talk else ()
    places = [str(one.body) for one in shown]
    rows = uow.connection.execute(select(inbox)).mappings().all()
    places += [uow.inbox.open(row).text for row in rows if row["payload"] is not None]
    assert places or player.profile is Profile.WEB, "nothing is kept of what was said"
    for words in expected.kept_without:
        if any(words in place for place in places):
            yield f"{words!r} is kept"
