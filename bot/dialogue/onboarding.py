"""Chats that are not linked yet: the demo, and linking by a token both sides confirm."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.care import cared_for
from bot.dialogue.elsewhere import other_chats, tell
from bot.dialogue.kit import DialogueKit
from bot.dialogue.reply import Reply, speak
from core.facts import Choice
from core.ids import UserId
from core.messaging.address import ChannelName
from core.store.binding_store import LinkRequest
from core.store.unit_of_work import UnitOfWork
from core.users.linking import UNLINKED
from core.users.user import User, UserKind
from intents.words import CommandWords

_DEMO_CHOICE = (Choice("demo", "choice.demo"),)


def welcome(kit: DialogueKit, arrival: Arrival) -> Reply | None:
    """Handle linking and the demo; nothing when a linked user wants to talk."""
    words = kit.words
    text = arrival.message.text.strip()
    folded = text.strip(".!").casefold()
    token = words.link_token(text)
    if token:
        return _claim(kit, arrival, token)
    if arrival.user is None:
        return cared_for(kit, arrival) or _stranger(kit, arrival, words, folded)
    if folded in words.unlink:
        return _unlink(kit, arrival)
    if arrival.user.kind is UserKind.DEMO:
        return _demo_again(kit, arrival, words, folded)
    return None


def _stranger(kit: DialogueKit, arrival: Arrival, words: CommandWords, folded: str) -> Reply:
    """Answer a chat that belongs to nobody: the demo, or how to link; never any data."""
    if folded in words.demo | words.demo_reset:
        return _start_demo(kit, arrival, "maya")
    if folded in words.demo_other:
        return _start_demo(kit, arrival, "arjun")
    if arrival.talk.address.channel in (ChannelName.WEB, ChannelName.TERMINAL):
        return speak(kit, arrival, "demo.welcome", choices=_DEMO_CHOICE)
    if kit.link_page:
        return speak(kit, arrival, "link.unlinked", {"link": kit.link_page}, _DEMO_CHOICE)
    return speak(kit, arrival, "link.unlinked_no_link", choices=_DEMO_CHOICE)


def _demo_again(
    kit: DialogueKit, arrival: Arrival, words: CommandWords, folded: str
) -> Reply | None:
    if folded in words.demo:
        return speak(kit, arrival, "demo.already")
    if folded in words.demo_other:
        return _start_demo(kit, arrival, "arjun")
    if folded in words.demo_reset:
        return _start_demo(kit, arrival, "maya")
    return None


def _start_demo(kit: DialogueKit, arrival: Arrival, household: str) -> Reply:
    """Make a private copy of a sample household and link this chat to it."""
    if kit.open_demo is None:
        return speak(kit, arrival, "demo.off")
    user_id = UserId(kit.open_demo(household))
    user = _link(kit, arrival, user_id)
    return speak(kit, arrival, "demo.started", {"name": user.given_name}, _first_questions())


def _first_questions() -> tuple[Choice, ...]:
    return (
        Choice("balance", "choice.balances"),
        Choice("spending by category", "choice.spending_month"),
        Choice("my subscriptions", "choice.subscriptions"),
    )


def _link(kit: DialogueKit, arrival: Arrival, user_id: UserId) -> User:
    """Link this chat to a new copy of a household, which is spoken to as the visitor was."""
    with kit.database.work() as uow:
        uow.bindings.link(user_id, arrival.talk.address, now=arrival.now, ids=kit.ids)
        uow.conversations.hand_over(arrival.talk.id, user_id)
        user = uow.users.get(user_id)
        if user.preferences.language != arrival.language:
            spoken = replace(user.preferences, language=arrival.language)
            uow.users.set_preferences(user_id, spoken)
        uow.commit()
    return user


def _claim(kit: DialogueKit, arrival: Arrival, token: str) -> Reply:
    """Claim a link token from this chat; the signed-in side still has to confirm."""
    with kit.database.work() as uow:
        request: LinkRequest | None = uow.bindings.claim_link(
            token, arrival.talk.address, arrival.message.display_name, now=arrival.now
        )
        account = ""
        if request is not None:
            user = uow.users.get(request.user_id)
            account = _masked(user.email)
            _warn(kit, uow, arrival, user)
        uow.commit()
    if request is None:
        return speak(kit, arrival, "link.wrong")
    return speak(kit, arrival, "link.confirm", {"account": account})


def _warn(kit: DialogueKit, uow: UnitOfWork, arrival: Arrival, user: User) -> None:
    """Tell the user's chats that another one wants in, before it is: who it was not can refuse."""
    channel, event = arrival.talk.address.channel.value, arrival.message.provider_event_id
    for there in other_chats(uow, arrival, user):
        key = f"link_claimed:{event}:{there.talk.id}"
        tell(kit, uow, there, "link.claimed_elsewhere", channel, key=key)


def _unlink(kit: DialogueKit, arrival: Arrival) -> Reply:
    """Unlink this chat at once; the answer shows nothing any more."""
    reply = speak(kit, arrival, "link.unlinked_now")
    with kit.database.work() as uow:
        if uow.bindings.revoke(arrival.talk.address) and arrival.user is not None:
            _tell_of_the_end(kit, uow, arrival, arrival.user)
        uow.commit()
    return reply


def _tell_of_the_end(kit: DialogueKit, uow: UnitOfWork, arrival: Arrival, user: User) -> None:
    """Tell the user's other chats that this one was unlinked, and keep that it was."""
    channel, event = arrival.talk.address.channel.value, arrival.message.provider_event_id
    for there in other_chats(uow, arrival, user):
        key = f"unlinked:{event}:{there.talk.id}"
        tell(kit, uow, there, "link.unlinked_elsewhere", channel, key=key)
    now = arrival.now
    uow.audit.append(user.id, actor="user", action=UNLINKED, subject=channel, now=now)


def _masked(email: str) -> str:
    """Show enough of an address to be recognised by its owner, not by anybody else."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain[:1]}***"
