"""What happened to a user's own access: told at once, outside of every budget and mute.

Whoever did not do it himself can ask for a person and look at his linked chats.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.alerts.alert import Alert, AlertKind
from core.audit.event import AuditEvent
from core.facts import Fact, day, named
from core.ids import UserId

# Lines of the audit trail that their owner hears of. That a chat wants in and is linked is told to
# the other chats by the linking itself.
WATCHED: Mapping[str, AlertKind] = {
    "pin.set": AlertKind.PIN_SET,
    "api_key.issued": AlertKind.KEY_ISSUED,
    "chat.unlinked": AlertKind.CHAT_UNLINKED,
}


def security_alert(event: AuditEvent) -> Alert | None:
    """Return the alert about a line of the trail, nothing when its owner need not hear of it."""
    kind = WATCHED.get(event.action)
    if kind is None:
        return None
    facts: tuple[Fact, ...] = (day("at", event.created_at),)
    if kind is AlertKind.CHAT_UNLINKED:
        facts += (named("channel", event.subject),)
    return Alert(
        user_id=UserId(event.user_id),
        kind=kind,
        dedupe_key=f"audit:{event.seq}",
        subject=f"audit:{event.seq}",
        facts=facts,
    )
