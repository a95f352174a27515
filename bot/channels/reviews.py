"""Asks a provider how its review of message templates stands; what asks is loaded when asked."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field

from core.messaging.template import Review


@dataclass(frozen=True, slots=True)
class TemplateReviews:
    """Looks templates up at Twilio, a few a day: nothing is kept open in between."""

    account_sid: str
    auth_token: str = field(repr=False)
    base_url: str

    def look(self, content_id: str) -> Review:
        """Return how far the review has come; every failure is a `SendError`."""
        from bot.channels.twilio_client import TwilioAccount
        from bot.channels.twilio_content import TwilioContents

        account = TwilioAccount(self.account_sid, (self.auth_token,))
        with closing(TwilioContents(account, self.base_url)) as contents:
            return contents.look(content_id)


def open_reviews(account_sid: str, auth_token: str, base_url: str) -> TemplateReviews | None:
    """Return who is asked about templates, nobody without an account."""
    return TemplateReviews(account_sid, auth_token, base_url) if account_sid else None
