"""Somebody in despair in a chat that is nobody's: whom to call comes first, and nothing else."""

from __future__ import annotations

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from bot.dialogue.reply import Reply, speak
from core.conversation.context import TurnContext
from core.conversation.plan import ToolCall
from core.handoff.lines import country_of_number, crisis_line
from core.handoff.ticket import TicketReason
from core.messaging.address import ChannelName
from core.users.preferences import Preferences
from intents.text import read

_BY_NUMBER = frozenset({ChannelName.SMS, ChannelName.WHATSAPP})


def cared_for(kit: DialogueKit, arrival: Arrival) -> Reply | None:
    """Answer a stranger's despair; nothing when the message is about anything else.

    It is planned like any message, with nobody's names, and whatever else the plan would do is
    not done: no ticket is opened and nothing of anybody's is looked at.
    """
    if not _despairs(kit, arrival):
        return None
    address = arrival.talk.address
    country = country_of_number(address.show()) if address.channel in _BY_NUMBER else ""
    line = crisis_line(country) if country else None
    if line is None:
        return speak(kit, arrival, "care.stranger_anywhere")
    fields = {"line": line.name, "dial": line.number}
    return speak(kit, arrival, "care.stranger_text" if line.text else "care.stranger", fields)


def _despairs(kit: DialogueKit, arrival: Arrival) -> bool:
    wishes = Preferences(language=arrival.language)
    context = TurnContext(
        user_id="",
        preferences=wishes,
        now=arrival.now,
        today=wishes.today(arrival.now),
        profile=arrival.talk.profile,
        text=read(arrival.message.text).text.strip(),
    )
    if not context.text or len(context.text) > kit.limits.text_characters:
        return False
    plan = next((made for one in kit.planners if (made := one.plan(context))), None)
    reasons = [
        step.arguments.get("reason")
        for step in (plan.steps if plan is not None else ())
        if isinstance(step, ToolCall)
    ]
    return TicketReason.DISTRESS.value in reasons
