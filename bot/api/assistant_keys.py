"""Keys for other assistants: made for one user, shown once, looked up anew at every call."""

from __future__ import annotations

from bot.api.asking import linked_chats
from bot.api.errors import SignedOut, Throttled
from bot.api.notices import notify
from bot.app import App
from core.ids import UserId
from core.rate_limits import Limit
from core.store.assistant_key_store import AssistantKey
from core.users.user import User, UserUnknown
from prompts.foreign import clean_name

# What tells a key of ours from other secrets, wherever one turns up.
PREFIX = "fmr_"
_PER_MINUTE = 60
_LONGEST = 64


def make_key(app: App, user: User, name: str, *, actor: str) -> tuple[str, AssistantKey]:
    """Make a key that reads ``user``'s books and tell the user's chats; it is shown only now."""
    token, now = PREFIX + app.ids.token(), app.clock.now()
    with app.database.work() as uow:
        key = uow.assistant_keys.open(user.id, clean_name(name), token, now=now, ids=app.ids)
        uow.audit.append(user.id, actor=actor, action="assistant_key.made", subject=key.id, now=now)
        for talk in linked_chats(uow, user.id):
            told = ("assistants.made_notice", {"name": key.name})
            notify(app, uow, user, talk, phrase=told, key=key.id)
        uow.commit()
    app.jobs.wake.ring("deliver")
    return token, key


def keys_of(app: App, user_id: UserId) -> tuple[AssistantKey, ...]:
    """Return the user's keys that work."""
    with app.database.reading() as uow:
        return uow.assistant_keys.of(user_id, now=app.clock.now())


def end_keys(app: App, user_id: UserId, key_id: str, *, actor: str) -> int:
    """End one key, or all of them where ``key_id`` is empty; return how many worked."""
    now = app.clock.now()
    with app.database.work() as uow:
        if key_id:
            uow.assistant_keys.end(user_id, key_id, now=now)
        ended = 1 if key_id else len(uow.assistant_keys.end_all(user_id, now=now))
        uow.audit.append(
            user_id, actor=actor, action="assistant_key.ended", subject=key_id or "all", now=now
        )
        uow.commit()
    return ended


class AssistantDoor:
    """Finds whose books a key reads, and bounds how often; a key that was ended opens nothing."""

    def __init__(self, app: App, *, per_minute: int = _PER_MINUTE) -> None:
        """Look keys up in the database of ``app``."""
        self._app = app
        self._rates = app.limiters(Limit("assistants", per_minute, 60))

    def reader(self, token: str) -> User:
        """Return the user whose books are read; raise `SignedOut` or `Throttled`."""
        if not token or len(token) > _LONGEST:
            raise SignedOut
        now = self._app.clock.now()
        with self._app.database.reading() as uow:
            owner = uow.assistant_keys.owner(token, now=now)
            if owner is None:
                raise SignedOut
            try:
                user = uow.users.get(owner)
            except UserUnknown:
                raise SignedOut from None
            noted = uow.assistant_keys.is_noted(token, now=now)
        seconds = self._rates.wait(user.id)
        if seconds:
            raise Throttled(seconds=seconds)
        if not noted:
            with self._app.database.work() as uow:
                uow.assistant_keys.note(token, now=now)
                uow.commit()
        return user
