"""What happens before anybody plans: opt-outs, unreadable things, chats that are not linked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.elsewhere import other_chats, tell
from bot.dialogue.flooding import slowed
from bot.dialogue.kit import DialogueKit
from bot.dialogue.onboarding import welcome
from bot.dialogue.reply import Reply, speak
from core.messaging.address import ChannelName
from core.messaging.inbound import InboundKind, Membership
from core.messaging.opt_out import Keyword
from core.statements.bank_text import read_bank_text
from core.store.inbox_store import STEP
from core.store.unit_of_work import UnitOfWork
from core.users.linking import OPTED_IN, OPTED_OUT, BindingState
from core.users.user import User

_SILENT = Reply(message=None)

# What others made; nothing that is read in them is taken for the user's word.
_FORWARDED = frozenset({InboundKind.FILE, InboundKind.PICTURE})
_UNREADABLE: Mapping[InboundKind, str] = {
    InboundKind.CONTACT: "guard.contact",
}


def receive(kit: DialogueKit, arrival: Arrival) -> Reply | None:
    """Answer what needs no planner; nothing when the message is for the dialogue."""
    message = arrival.message
    if message.kind is InboundKind.MEMBERSHIP:
        return _membership(kit, arrival)
    keyword = Keyword.STOP if _stops_in_own_words(kit, arrival) else message.keyword
    if keyword is not None:
        return _keyword(kit, arrival, keyword)
    if message.kind is InboundKind.IGNORED:
        return _SILENT
    return slowed(kit, arrival) or _unfit(kit, arrival) or welcome(kit, arrival)


def _unfit(kit: DialogueKit, arrival: Arrival) -> Reply | None:
    """Answer what the dialogue does not take up: changed, masked, unreadable, somebody else's."""
    message = arrival.message
    if message.edited:
        return speak(kit, arrival, "guard.edited")
    if message.masked:
        removed = kit.courtesy.remove(arrival.talk.address, message.handle)
        return speak(kit, arrival, "guard.card_removed" if removed else "guard.card_number")
    if message.kind in _UNREADABLE:
        own_number = message.kind is InboundKind.CONTACT and bool(message.text)
        phrase = "guard.own_contact" if own_number else _UNREADABLE[message.kind]
        return speak(kit, arrival, phrase)
    if message.forwarded and not _may_be_forwarded(arrival):
        return speak(kit, arrival, "guard.forwarded")
    return None


def _stops_in_own_words(kit: DialogueKit, arrival: Arrival) -> bool:
    """Tell whether somebody stops texts in words that no carrier acts on."""
    message = arrival.message
    is_text = message.address.channel is ChannelName.SMS and not message.forwarded
    if message.keyword is not None or not is_text:
        return False
    return message.text.strip().strip(".!").casefold() in kit.words.opt_out


def _last_word(kit: DialogueKit, arrival: Arrival) -> Reply:
    """Say once that it is so: the carrier has not, for it did not act."""
    reply = speak(kit, arrival, "opt.out")
    assert reply.message is not None
    return replace(reply, message=replace(reply.message, last_word=True))


def _may_be_forwarded(arrival: Arrival) -> bool:
    """Tell whether it is something people forward: a file, a photo, or a message of a bank."""
    message, user = arrival.message, arrival.user
    if message.kind in _FORWARDED or user is None:
        return message.kind in _FORWARDED
    wishes = user.preferences
    today = wishes.today(arrival.now)
    return read_bank_text(message.text, currency=wishes.currency, today=today) is not None


def _membership(kit: DialogueKit, arrival: Arrival) -> Reply:
    """Note that a chat blocked the bot or let it in again; there is nobody to answer."""
    blocked = arrival.message.membership is Membership.BLOCKED
    state = BindingState.UNREACHABLE if blocked else BindingState.ACTIVE
    with kit.database.work() as uow:
        uow.bindings.set_state(arrival.talk.address, state)
        uow.commit()
    return _SILENT


def _keyword(kit: DialogueKit, arrival: Arrival, keyword: Keyword) -> Reply | None:
    """Honour what the carrier has already acted on; STOP comes before anything else."""
    address = arrival.talk.address
    if keyword is Keyword.HELP:
        return _SILENT  # the carrier has sent its own help text
    with kit.database.work() as uow:
        heard_at, since = arrival.received_at or arrival.now, uow.bindings.stopped_at(address)
        if keyword is Keyword.START and since is not None and since > heard_at + STEP:
            return _SILENT  # a STOP that came later is stored already, and stands
        # A STOP counts from when it was stored; one that had its turn, from a step after that.
        was_out = since is not None and (keyword is Keyword.START or since != heard_at)
        if keyword is Keyword.START:
            uow.bindings.opt_in(address)
        else:
            _stop(kit, uow, arrival, was_out=was_out)
        if arrival.user is not None and was_out is not (keyword is Keyword.STOP):
            _keep_consent(uow, arrival, arrival.user, keyword)
        uow.commit()
    if keyword is Keyword.STOP:
        # Who acts on a carrier's word has answered it; on other words nobody has.
        return _SILENT if arrival.message.keyword is not None else _last_word(kit, arrival)
    # A bare YES is an opt-in to the carrier and an answer to us, unless they had opted out.
    return speak(kit, arrival, "opt.in") if was_out else None


def _stop(kit: DialogueKit, uow: UnitOfWork, arrival: Arrival, *, was_out: bool) -> None:
    """Void what is open in a chat that said STOP, and tell the user elsewhere the first time."""
    if not was_out:
        heard_at = arrival.received_at or arrival.now
        uow.bindings.opt_out(arrival.talk.address, now=heard_at + STEP)
    if arrival.user is None:
        return
    uow.approvals.withdraw_open(
        arrival.user.id, arrival.talk.id, reason="opted_out", now=arrival.now
    )
    if not was_out:
        _tell_elsewhere(kit, uow, arrival, arrival.user)


def _tell_elsewhere(kit: DialogueKit, uow: UnitOfWork, arrival: Arrival, user: User) -> None:
    """Say once, in another chat of the user's, that this one has gone silent and why."""
    there = next(other_chats(uow, arrival, user), None)
    if there is not None:
        channel = arrival.talk.address.channel.value
        key = f"opted_out:{arrival.message.provider_event_id}"
        tell(kit, uow, there, "opt.out_elsewhere", channel, key=key)


def _keep_consent(uow: UnitOfWork, arrival: Arrival, user: User, keyword: Keyword) -> None:
    """Keep who stopped or started messages, when and where: the ledger the law asks for."""
    action = OPTED_OUT if keyword is Keyword.STOP else OPTED_IN
    channel = arrival.talk.address.channel.value
    uow.audit.append(user.id, actor="user", action=action, subject=channel, now=arrival.now)
