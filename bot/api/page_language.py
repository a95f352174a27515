"""In which language a page speaks: that of its user, else the first one its browser asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.api.web_session import WebSession
from bot.app import App
from core.users.preferences import Preferences
from core.users.user import User
from prompts.phrasebook import Phrasebook, languages

_WANTED = re.compile(r"([A-Za-z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")
_LONGEST = 200


def user_at(app: App, session: WebSession | None) -> User | None:
    """Return whose books are linked to a browser."""
    if session is None:
        return None
    with app.database.reading() as uow:
        binding = uow.bindings.owner_of(session.address)
        return uow.users.get(binding.user_id) if binding else None


def page_words(app: App, session: WebSession | None, headers: Mapping[str, str]) -> Phrasebook:
    """Return the words for a page that this browser sees."""
    user = user_at(app, session)
    return app.phrasebook(user.preferences.language if user else asked_for(headers))


def asked_for(headers: Mapping[str, str]) -> str:
    """Return the language of ours that a browser likes best (``es-MX,es;q=0.9,en;q=0.8``)."""
    told = headers.get("accept-language", "")[:_LONGEST]
    found = [_WANTED.fullmatch(part.strip()) for part in told.split(",")]
    liked = [(float(one[2] or 1), one[1].lower()) for one in found if one is not None]
    ours = [(liking, name) for liking, name in liked if name in languages() and liking > 0]
    # Of equal ones the first said: max keeps it.
    return max(ours, key=lambda one: one[0])[1] if ours else Preferences().language
