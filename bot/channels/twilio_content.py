"""Message templates at Twilio: made, submitted to WhatsApp, and asked about (Content API v1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.twilio_client import TwilioAccount, called, close_client, open_client
from core.messaging.channel import Reason, SendError, send_error
from core.messaging.template import Review, TemplateState
from prompts.whatsapp_templates import Template

CONTENT_URL = "https://content.twilio.com"

# What WhatsApp's review says, in our words; anything else is still on its way.
_STATES: Mapping[str, TemplateState] = {
    "unsubmitted": TemplateState.KEPT,
    "approved": TemplateState.APPROVED,
    "rejected": TemplateState.REJECTED,
    "paused": TemplateState.PAUSED,
    "disabled": TemplateState.DISABLED,
}
_NOT_FOUND = frozenset({"404", "20404"})


@dataclass(frozen=True, slots=True)
class _Body:
    """A request's JSON, for a library whose own classes write null for whatever is not said."""

    fields: Mapping[str, Any]

    def to_dict(self) -> Mapping[str, Any]:
        """Return what is sent; the library asks for it by this name."""
        return self.fields


class TwilioContents:
    """Creates templates and follows their review; every failure is a `SendError`."""

    def __init__(self, account: TwilioAccount, base_url: str = CONTENT_URL) -> None:
        """Use the account's own password on the host of the Content API."""
        self._client = open_client(account, base_url)

    def find(self, template: Template) -> str | None:
        """Return the id of a template that is there already under its name, or None.

        A name holds the hash of the wording, so whatever is found says what ours says.
        """
        listed = called(self._client.content.v1.contents.list)
        ids = (each.sid for each in listed if each.friendly_name == template.provider_name)
        return next(ids, None)

    def create(self, template: Template) -> str:
        """Create a template and return its id."""
        request = _Body(
            {
                "friendly_name": template.provider_name,
                "language": template.lang,
                "variables": _samples(template),
                "types": _types(template),
            }
        )
        created = called(lambda: self._client.content.v1.contents.create(request))
        sid = created.sid
        if not isinstance(sid, str) or not sid:
            raise send_error(Reason.MALFORMED_ANSWER)
        return sid

    def submit(self, content_id: str, template: Template) -> Review:
        """Ask WhatsApp to approve a template."""
        request = _Body({"name": template.provider_name, "category": template.category})
        answer = called(
            lambda: self._client.content.v1.contents(content_id).approval_create.create(request)
        )
        return _review({"status": answer.status, "rejection_reason": answer.rejection_reason})

    def look(self, content_id: str) -> Review:
        """Return how far the review has come; a template that is gone is `MISSING`."""
        try:
            answer = called(
                lambda: self._client.content.v1.contents(content_id).approval_fetch().fetch()
            )
        except SendError as error:
            if error.code in _NOT_FOUND:
                return Review(TemplateState.MISSING)
            raise
        return _review(answer.whatsapp or {"status": "unsubmitted"})

    def close(self) -> None:
        """Close the connections."""
        close_client(self._client)


def _samples(template: Template) -> dict[str, str]:
    """Return a sample for each variable; the ids behind buttons come after those of the body."""
    samples = list(template.samples) + [f"id/{place}" for place in range(len(template.buttons))]
    return {str(number): sample for number, sample in enumerate(samples, start=1)}


def _types(template: Template) -> dict[str, Any]:
    if not template.buttons:
        return {"twilio/text": {"body": template.body}}
    first = len(template.variables) + 1
    actions = [
        {"type": "QUICK_REPLY", "title": title, "id": f"{{{{{first + place}}}}}"}
        for place, title in enumerate(template.buttons)
    ]
    return {"twilio/quick-reply": {"body": template.body, "actions": actions}}


def _review(whatsapp: Mapping[str, Any]) -> Review:
    status = str(whatsapp.get("status") or "").lower()
    reason = str(whatsapp.get("rejection_reason") or "")
    return Review(_STATES.get(status, TemplateState.PENDING), reason[:200])
