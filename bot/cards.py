"""The issuer's events: the secret they are signed with, and taking one that came."""

from __future__ import annotations

from bot.app import App
from core.connect.card_issuer import verified
from workers.card_events import Ruling, take_card_event


def card_secret(app: App) -> str:
    """Return what events are signed with: the operator's, else this installation's own."""
    return app.settings.cards.webhook_secret.get_secret_value() or app.database.master.card_secret


def take(app: App, body: bytes, signature: str) -> Ruling:
    """Verify an event and take it; a forged, stale or odd one raises before anything is read."""
    event = verified(body, signature, card_secret(app), now=app.clock.now())
    return take_card_event(app.jobs, event)
