"""How a message may go to its address at all: in its own words, or in those of a template.

WhatsApp takes words of our own for a day after the user's last message. After that it takes only
what it has approved beforehand: the template of the message's class, filled with its words in one
line, or one that says that something waits, which then comes with the user's answer. Text
messages to some countries are fixed texts altogether (`workers.registered`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.ids import UserId
from core.messaging.address import ChannelName
from core.messaging.channel import Reason, send_error
from core.messaging.outbound import Approved, OutboundMessage
from core.messaging.outbox import OutboxItem, Outgoing
from core.messaging.template import TemplateState
from core.store.unit_of_work import UnitOfWork
from core.store.vault import SYSTEM
from core.users.preferences import Preferences
from prompts.whatsapp_templates import (
    Template,
    announcing,
    carrying,
    fits_variable,
    one_line,
    with_buttons,
)
from workers.chats import may_write_freely
from workers.context import JobContext
from workers.letters import as_letter
from workers.registered import in_registered_words, wants_registered

# The code of an `OUTSIDE_WINDOW` of our own: the provider was not even asked.
NO_TEMPLATE = "no_template"

_USABLE = frozenset({TemplateState.KEPT, TemplateState.APPROVED})


def dressed(context: JobContext, item: OutboxItem, message: OutboundMessage) -> OutboundMessage:
    """Return the message as its address takes it now; raise `SendError` when it takes none."""
    address = item.delivery.address
    if address.channel is ChannelName.EMAIL:
        with context.database.reading() as uow:
            lang = _language(uow, item)
        return as_letter(context, context.words(lang), item.id, message)
    if wants_registered(address):
        with context.database.reading() as uow:
            lang = _language(uow, item)
        return in_registered_words(context, context.words(lang), message)
    if address.channel is not ChannelName.WHATSAPP:
        return message
    now = context.clock.now()
    with context.database.reading() as uow:
        lang = _language(uow, item)
        if is_closed(uow, item, now):
            approved = _in_template(context, uow, lang, message)
            if approved is None:
                raise send_error(Reason.OUTSIDE_WINDOW, code=NO_TEMPLATE)
        else:
            approved = _with_buttons(context, uow, lang, message)
    return message if approved is None else replace(message, approved=approved)


def is_closed(uow: UnitOfWork, item: OutboxItem, now: datetime) -> bool:
    """Tell whether a WhatsApp address takes templates only at this moment.

    A chat that is nobody's has just been written from: there is nothing to tell it but an answer.
    """
    binding = uow.bindings.owner_of(item.delivery.address)
    if item.message.closed and not _heard_since(uow, item):
        return True
    return binding is not None and not may_write_freely(binding, now)


def template_of(uow: UnitOfWork, item: OutboxItem) -> Template | None:
    """Return the template that a message to a closed chat is sent in, if there is one for it."""
    lang = _language(uow, item)
    if item.message.announces:
        return announcing(lang)
    return carrying(lang, item.message.message_class.value)


def announce(
    context: JobContext, uow: UnitOfWork, item: OutboxItem, *, now: datetime
) -> str | None:
    """Say through a template that the message waits; None when that cannot be said.

    The message itself is set aside by the caller, and comes when the user answers.
    """
    lang = _language(uow, item)
    template = announcing(lang)
    if template is None or not content_id(context, uow, template):
        return None
    message_class = item.message.message_class
    words = context.words(lang).render(f"waiting.{message_class.value}", {}, "whatsapp")
    outgoing = Outgoing(
        owner=item.owner,
        conversation_id=item.conversation_id,
        address=item.delivery.address,
        message=OutboundMessage(words, message_class=message_class, announces=item.id),
        dedupe_key=f"waits:{item.id}",
        due_at=now,
    )
    return uow.outbox.enqueue(outgoing, now=now, ids=context.ids)


def content_id(context: JobContext, uow: UnitOfWork, template: Template) -> str:
    """Return what the provider calls a template that may be used, "" when it may not.

    The operator's own word in the settings comes first; else this very wording must be approved.
    """
    named = context.content_ids.get(f"{template.name}.{template.lang}", "")
    if named:
        return named
    kept = uow.outbox.templates.find(template.name, template.lang)
    if kept is None or kept.wording != template.wording or kept.state not in _USABLE:
        return ""
    if template.needs_approval and kept.state is not TemplateState.APPROVED:
        return ""
    return kept.content_id


def _in_template(
    context: JobContext, uow: UnitOfWork, lang: str, message: OutboundMessage
) -> Approved | None:
    """Return the message in the words of its class's template, if they can hold all of it."""
    if message.announces:
        template = announcing(lang)
    else:
        template = None if message.attachments else carrying(lang, message.message_class.value)
    text = one_line(message.text)
    if template is None or not fits_variable(text):
        return None
    found = content_id(context, uow, template)
    return Approved(found, (("1", text),)) if found else None


def _with_buttons(
    context: JobContext, uow: UnitOfWork, lang: str, message: OutboundMessage
) -> Approved | None:
    """Return an answer with its buttons, if there is a template with just these."""
    titles = [choice.label for choice in message.choices]
    if not titles or message.attachments or message.parts_sent or not fits_variable(message.text):
        return None
    template = with_buttons(lang, titles)
    found = content_id(context, uow, template) if template is not None else ""
    if not found:
        return None
    return Approved(found, _filled(message.text, [one.data for one in message.choices]))


def _filled(text: str, ids: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the variables: the words first, then the opaque id behind each button."""
    return tuple((str(number), value) for number, value in enumerate((text, *ids), start=1))


def _heard_since(uow: UnitOfWork, item: OutboxItem) -> bool:
    """Tell whether the user has written since the message was stored."""
    binding = uow.bindings.owner_of(item.delivery.address)
    heard = binding.last_inbound_at if binding is not None else None
    return heard is not None and heard > item.created_at


def _language(uow: UnitOfWork, item: OutboxItem) -> str:
    if item.owner == SYSTEM:
        return Preferences().language
    return uow.users.get(UserId(item.owner)).preferences.language
