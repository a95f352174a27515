"""Signing in to the console: who it is, what the role may do, and forms that are our own."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.api.errors import NotAllowed, Throttled
from bot.api.passwords import is_right
from bot.api.web_session import WebDoor
from bot.app import App
from core.errors import FinanceError
from core.rate_limits import Limit
from core.store.second_factor_store import SecondFactorStore
from core.users.user import Role, User, UserUnknown

KIND = "admin"
SIGN_IN = "/admin/login"
SECOND = "/admin/second-factor"
# What a session may do once its second factor was right; before that, nothing but say it.
_WHOLE = "second"
# From one place; each e-mail address has a stricter count of its own, kept in the database.
_TRIES_PER_MINUTE = 20
_LONGEST_PASSWORD = 200


class Right(StrEnum):
    """What an operator may do."""

    LOOK = "look"  # see how things stand, everything personal masked
    FIGURES = "figures"  # see what was understood and the figures of an answer
    TRAIL = "trail"  # read the audit trail
    REPLAY = "replay"  # put a dead letter back in line
    TICKETS = "tickets"  # take, note and close who waits for a person
    OPEN = "open"  # read what was said, with a reason, and the user is told


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.USER: frozenset(),
    Role.SUPPORT: frozenset({Right.LOOK, Right.REPLAY, Right.TICKETS}),
    Role.AUDITOR: frozenset({Right.LOOK, Right.FIGURES, Right.TRAIL}),
    Role.ADMIN: frozenset(Right),
}


class WrongSignIn(FinanceError):
    """The address or the password is wrong, or the role may not use the console."""

    code = "admin.wrong_sign_in"


class Locked(FinanceError):
    """Too many wrong tries: the door stays closed for half an hour."""

    code = "admin.locked"


class WrongCode(FinanceError):
    """The code of the second factor is wrong, old, or was used already."""

    code = "admin.wrong_code"


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever is signed in to the console; ``csrf`` is what his forms carry."""

    user: User
    csrf: str

    @property
    def actor(self) -> str:
        """How the audit trail names him."""
        return f"admin:{self.user.id}"

    def may(self, right: Right) -> bool:
        """Tell whether his role has a right."""
        return right in RIGHTS[self.user.role]


class ConsoleDoor:
    """Opens and checks sessions; only hashes of their tokens are kept, in the database."""

    def __init__(self, app: App) -> None:
        """Guard the console of ``app``."""
        self._app = app
        self._web = WebDoor(app.database.master.signing_secret, app.settings.public_base_url)
        self._rates = app.limiters(Limit("console", _TRIES_PER_MINUTE, 60))
        self.cookie = "__Host-fm_admin" if self._web.https else "fm_admin"

    def operator(self, request: Request, right: Right) -> Operator:
        """Return who asks if his role may do this; else send him to sign in, or refuse."""
        operator, is_whole = self._signed_in(request)
        if not is_whole:
            raise HTTPException(303, headers={"Location": SECOND})
        if not operator.may(right):
            raise NotAllowed
        return operator

    def halfway(self, request: Request) -> Operator:
        """Return who has given a password and owes a code yet; all others are sent away."""
        operator, is_whole = self._signed_in(request)
        if is_whole:
            raise HTTPException(303, headers={"Location": "/admin"})
        return operator

    def _signed_in(self, request: Request) -> tuple[Operator, bool]:
        token, now = request.cookies.get(self.cookie, ""), self._app.clock.now()
        with self._app.database.work() as uow:
            session = uow.sessions.find(KIND, token, now=now) if token else None
            if session is None:
                raise HTTPException(303, headers={"Location": SIGN_IN})
            # The role as it is now: whoever lost it is out at once.
            operator = Operator(uow.users.get(session.user_id), session.csrf)
            uow.sessions.touch(token, now=now)
            uow.commit()
        if not RIGHTS[operator.user.role]:
            raise NotAllowed
        return operator, _WHOLE in session.scopes

    def sender(self, request: Request, csrf: str, right: Right) -> Operator:
        """Return who sent a form, if it is one of ours, made for this very session."""
        self.check_origin(request)
        return _with_token(self.operator(request, right), csrf)

    def newcomer(self, request: Request, csrf: str) -> Operator:
        """Return who sent the form with the code, if it is one of ours."""
        self.check_origin(request)
        return _with_token(self.halfway(request), csrf)

    def check_origin(self, request: Request) -> None:
        """Refuse forms that another site's page sent."""
        if not self._web.is_own_origin(request.headers, required=True):
            raise NotAllowed

    def sign_in(self, request: Request, email: str, password: str) -> str:
        """Return the token of a new session; raise `WrongSignIn`, `Locked` or `Throttled`.

        Every try is counted before the password is looked at, so that many at once are no way
        around the lock; a right one clears the count.
        """
        place = request.client.host if request.client else ""
        seconds = self._rates.wait(place)
        if seconds:
            raise Throttled(seconds=seconds)
        subject = f"admin:{email.strip().casefold()}"
        user, kept = self._count_try(subject, email.strip())
        is_known = is_right(kept, password[:_LONGEST_PASSWORD])
        if user is None or not is_known or not RIGHTS[user.role]:
            self._note(user, "console.refused")
            raise WrongSignIn
        return self._open(user, subject, request.cookies.get(self.cookie, ""), ())

    def second(self, request: Request, operator: Operator, code: str) -> tuple[str, Sequence[str]]:
        """Return the token of a whole session, and recovery codes where a factor was just set up.

        Raises `WrongCode` or `Locked`. The session before ends: a token that was known while
        only the password was given is worth nothing.
        """
        app, now, user = self._app, self._app.clock.now(), operator.user
        subject = f"second:{user.id}"
        with app.database.work() as uow:
            if uow.sessions.is_locked(subject, now=now):
                raise Locked
            uow.sessions.count_failure(subject, now=now)
            factors = SecondFactorStore(uow.connection, uow.vault)
            codes: Sequence[str] = ()
            is_new = not factors.is_set_up(user.id)
            if is_new:
                codes = factors.confirm(user.id, code, now=now, ids=app.ids)
            passed = bool(codes) or factors.passes(user.id, code, now=now)
            uow.commit()
        if not passed:
            self._note(user, "console.wrong_code")
            raise WrongCode
        if is_new:
            self._note(user, "console.second_factor_set")
        return self._open(user, subject, request.cookies.get(self.cookie, ""), (_WHOLE,)), codes

    def sign_out(self, request: Request) -> None:
        """End the session of a request."""
        with self._app.database.work() as uow:
            uow.sessions.end(request.cookies.get(self.cookie, ""))
            uow.commit()

    def give(self, response: Response, token: str) -> None:
        """Send the cookie; it goes away with the browser's own session."""
        response.set_cookie(
            self.cookie,
            token,
            path="/",
            secure=self._web.https,
            httponly=True,
            samesite="strict",
        )

    def take(self, response: Response) -> None:
        """Take the cookie back."""
        secure = self._web.https
        response.delete_cookie(
            self.cookie, path="/", secure=secure, httponly=True, samesite="strict"
        )

    def _count_try(self, subject: str, email: str) -> tuple[User | None, str]:
        now = self._app.clock.now()
        with self._app.database.work() as uow:
            if uow.sessions.is_locked(subject, now=now):
                raise Locked
            uow.sessions.count_failure(subject, now=now)
            try:
                user = uow.users.by_email(email)
                kept = uow.users.password_hash(user.id)
            except UserUnknown:
                user, kept = None, ""
            uow.commit()
        return user, kept

    def _open(self, user: User, subject: str, old_token: str, scopes: Sequence[str]) -> str:
        app, now = self._app, self._app.clock.now()
        token = app.ids.token()
        with app.database.work() as uow:
            uow.sessions.clear_failures(subject)
            uow.sessions.end(old_token)
            uow.sessions.open(KIND, user.id, token, app.ids.token(), scopes, now)
            uow.commit()
        self._note(user, "console.signed_in" if scopes else "console.password_right")
        return token

    def _note(self, user: User | None, action: str) -> None:
        if user is None:
            return
        now = self._app.clock.now()
        with self._app.database.work() as uow:
            uow.audit.append(
                user.id, actor=f"admin:{user.id}", action=action, subject=user.role.value, now=now
            )
            uow.commit()


def _with_token(operator: Operator, csrf: str) -> Operator:
    if not hmac.compare_digest(operator.csrf.encode(), csrf.encode()):
        raise NotAllowed
    return operator
