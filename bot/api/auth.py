"""Who calls the API: a key in the Authorization header, of which only a hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from bot.api.errors import SignedOut, Throttled
from bot.app import App
from core.errors import FinanceError
from core.rate_limits import Limit
from core.users.user import User, UserUnknown

KIND = "api"
SCOPES = ("read", "write", "propose")
_PER_MINUTE = 100
# A key has 32 characters; whatever is much longer is none and is not even hashed.
_LONGEST = 64


class ScopeUnknown(FinanceError):
    """There is no such scope."""

    code = "key.scope_unknown"


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, through a key that may do some things."""

    user: User
    scopes: frozenset[str]


_BEARER = HTTPBearer(auto_error=False, description="API key: financemaster user key EMAIL")
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def issue_key(app: App, email: str, scopes: list[str]) -> str:
    """Make an API key for a user and return it; it cannot be shown again."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise ScopeUnknown(scope=", ".join(unknown), known=", ".join(SCOPES))
    token, now = app.ids.token(), app.clock.now()
    with app.database.work() as uow:
        user = uow.users.by_email(email)
        uow.sessions.open(KIND, user.id, token, "", sorted(set(scopes)), now)
        uow.audit.append(
            user.id, actor="cli", action="api_key.issued", subject="+".join(scopes), now=now
        )
        uow.commit()
    return token


class Keys:
    """Finds the caller of a request, and bounds how often each user calls."""

    def __init__(self, app: App) -> None:
        """Look keys up in the database of ``app``."""
        self._app = app
        self._rates = app.limiters(Limit("api", _PER_MINUTE, 60))

    def caller(self, token: str) -> Caller:
        """Return who holds a key; raise `SignedOut` or `Throttled`.

        A key is looked up by its SHA-256: how long that takes reveals nothing about it.
        """
        if not token or len(token) > _LONGEST:
            raise SignedOut
        with self._app.database.reading() as uow:
            session = uow.sessions.find(KIND, token, now=self._app.clock.now())
            if session is None:
                raise SignedOut
            try:
                user = uow.users.get(session.user_id)
            except UserUnknown:
                raise SignedOut from None
        seconds = self._rates.wait(user.id)
        if seconds:
            raise Throttled(seconds=seconds)
        return Caller(user, session.scopes)


def current_caller(request: Request, given: Given) -> Caller:
    """Return the caller of this request."""
    keys: Keys = request.app.state.keys
    return keys.caller(given.credentials if given is not None else "")


Who = Annotated[Caller, Depends(current_caller)]
