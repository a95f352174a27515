"""Linking a chat from the signed-in side: a token goes out, a chat claims it, the user confirms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from bot.api.asking import linked_chats
from bot.api.notices import notify
from bot.app import App
from bot.confirming import check_pin
from core.errors import FinanceError
from core.ids import UserId
from core.messaging.address import Address, ChannelName
from core.store.binding_store import LinkRequest
from core.store.console_queries import ConsoleQueries
from core.store.conversation_store import Conversation
from core.store.unit_of_work import UnitOfWork
from core.users.linking import LINKED, UNLINKED
from core.users.user import User, UserKind


class LinkUnknown(FinanceError):
    """No such link waits for this user: unknown, expired, or settled already."""

    code = "link.unknown"


class LinkTaken(FinanceError):
    """The chat belongs to another person."""

    code = "link.taken"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A fresh link: the token goes to the chat by ``address`` (an https link) or is typed there.

    ``place`` is the number or bot to send it to, when there is one to name.
    """

    channel: ChannelName
    token: str
    address: str
    place: str
    expires_at: datetime


def offered(app: App) -> tuple[ChannelName, ...]:
    """Return the channels a chat can be linked on here."""
    on = (ChannelName.TELEGRAM, ChannelName.WHATSAPP, ChannelName.SMS)
    return (*(name for name in on if name in app.catalog.channels), ChannelName.WEB)


def invite(app: App, user_id: UserId, channel: ChannelName) -> Invitation:
    """Make a one-time token for a channel, good for ten minutes."""
    if channel not in offered(app):
        raise LinkUnknown
    token = app.ids.token()
    with app.database.work() as uow:
        expires_at = uow.bindings.issue_link(user_id, channel, token, now=app.clock.now())
        uow.commit()
    address, place = _way(app, channel, token)
    return Invitation(channel, token, address, place, expires_at)


def _way(app: App, channel: ChannelName, token: str) -> tuple[str, str]:
    settings = app.settings
    match channel:
        case ChannelName.TELEGRAM:
            name = settings.telegram.bot_name.lstrip("@")
            return (f"https://t.me/{quote(name)}?start={token}" if name else ""), name
        case ChannelName.WHATSAPP:
            number = settings.twilio.whatsapp_from.removeprefix("whatsapp:")
            digits = number.removeprefix("+")
            link = f"https://wa.me/{digits}?text=LINK%20{token}" if digits.isdigit() else ""
            return link, number
        case ChannelName.SMS:
            return "", settings.twilio.sms_from
    return "", ""


def claimed(app: App, user_id: UserId) -> tuple[LinkRequest, ...]:
    """Return the links of a user that a chat has claimed and that wait to be confirmed."""
    with app.database.reading() as uow:
        hashes = ConsoleQueries(uow.connection).claimed_links(user_id, now=app.clock.now())
        found = (uow.bindings.link_request(hashed) for hashed in hashes)
        return tuple(request for request in found if request is not None)


def needs_pin(app: App, user_id: UserId) -> bool:
    """Tell whether a link takes the user's PIN: a browser that is signed in is one factor only."""
    with app.database.reading() as uow:
        return bool(uow.users.pin_hash(user_id))


def confirm_link(
    app: App, user_id: UserId, hashed: str, pin: str, *, is_right: Callable[[str, str], bool]
) -> Address:
    """Confirm a claimed link from the page; who has set a PIN has to give it.

    Raises `PinWrong` or `PinLocked` and links nothing, and the link goes on waiting.
    """
    if needs_pin(app, user_id):
        check_pin(app, user_id, pin, is_right=is_right)
    return settle(app, user_id, hashed, confirmed=True, actor="user")


def settle(app: App, user_id: UserId, hashed: str, *, confirmed: bool, actor: str) -> Address:
    """Confirm or refuse a claimed link, once and in time; tell the user's other chats."""
    now = app.clock.now()
    with app.database.work() as uow:
        request = uow.bindings.settle_link(hashed, user_id, confirmed=confirmed, now=now)
        if request is None or request.claimed_by is None:
            raise LinkUnknown
        chat = request.claimed_by
        if confirmed:
            _refuse_strangers(uow, user_id, chat)
            others = linked_chats(uow, user_id)
            uow.bindings.link(user_id, chat, now=now, ids=app.ids)
            _tell(app, uow, uow.users.get(user_id), chat, others, hashed)
        action = LINKED if confirmed else "chat.link_refused"
        subject = chat.channel.value
        uow.audit.append(user_id, actor=actor, action=action, subject=subject, now=now)
        uow.commit()
    app.jobs.wake.ring("deliver")
    return chat


def unlink(app: App, user_id: UserId, binding_id: str) -> None:
    """Unlink one of a user's own chats."""
    now = app.clock.now()
    with app.database.work() as uow:
        mine = {binding.id: binding for binding in uow.bindings.of(user_id)}
        if binding_id not in mine:
            raise LinkUnknown
        address = mine[binding_id].address
        uow.bindings.revoke(address)
        _tell_of_the_end(app, uow, uow.users.get(user_id), address, binding_id)
        uow.audit.append(
            user_id, actor="user", action=UNLINKED, subject=address.channel.value, now=now
        )
        uow.commit()
    app.jobs.wake.ring("deliver")


def _refuse_strangers(uow: UnitOfWork, user_id: UserId, chat: Address) -> None:
    """Take a chat over from a demo, never from another person."""
    binding = uow.bindings.owner_of(chat)
    if binding is None or binding.user_id == user_id:
        return
    if uow.users.get(binding.user_id).kind is not UserKind.DEMO:
        raise LinkTaken


def _tell_of_the_end(app: App, uow: UnitOfWork, user: User, gone: Address, key: str) -> None:
    """Say in the chat that was unlinked that it was, and warn the others: nothing of the books.

    A browser is told by its page, which shows nothing any more.
    """
    talk = uow.conversations.find(gone)
    if talk is not None and gone.channel is not ChannelName.WEB:
        notify(app, uow, user, talk, phrase=("link.unlinked_now", {}), key=key)
    name = app.phrasebook(user.preferences.language).render(f"web.channel_{gone.channel.value}")
    for other in linked_chats(uow, user.id):
        notify(
            app, uow, user, other, phrase=("link.unlinked_elsewhere", {"channel": name}), key=key
        )


def _tell(
    app: App,
    uow: UnitOfWork,
    user: User,
    chat: Address,
    others: list[Conversation],
    key: str,
) -> None:
    """Welcome the new chat, and warn the others in case it was not the user."""
    new = uow.conversations.find(chat)
    if new is not None:
        uow.conversations.hand_over(new.id, user.id)
        welcome = ("link.linked", {"name": user.given_name})
        notify(app, uow, user, new, phrase=welcome, key=key)
    name = app.phrasebook(user.preferences.language).render(f"web.channel_{chat.channel.value}")
    warning = ("link.linked_elsewhere", {"channel": name})
    for talk in others:
        if talk.address != chat:
            notify(app, uow, user, talk, phrase=warning, key=key)
