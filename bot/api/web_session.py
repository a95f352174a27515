"""Who sits at a browser: a random cookie, of which only a hash is ever kept."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response

from core.messaging.address import Address, ChannelName

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class WebSession:
    """One browser. ``token`` is the cookie, which proves it; it is stored nowhere."""

    token: str

    @property
    def address(self) -> Address:
        """Where this browser's chat is: derived from the cookie, which it does not reveal."""
        digest = hashlib.sha256(b"web session\0" + self.token.encode()).hexdigest()
        return Address(ChannelName.WEB, digest[:40])


class WebDoor:
    """Gives browsers their cookie and knows requests that come from our own pages."""

    def __init__(self, secret: str, public_base_url: str) -> None:
        """Sign form tokens with ``secret``; ``public_base_url`` is our own origin, when set."""
        self._secret = secret.encode()
        self._own = _origin(public_base_url)
        self.https = public_base_url.startswith("https:")
        # A cookie of this prefix cannot be set by a page of a neighbouring host.
        self.cookie = "__Host-fm_session" if self.https else "fm_session"

    def find(self, cookies: Mapping[str, str]) -> WebSession | None:
        """Return the browser's session; nothing when it has no (good) cookie."""
        token = cookies.get(self.cookie, "")
        return WebSession(token) if _TOKEN.fullmatch(token) else None

    def keep(self, response: Response, session: WebSession) -> None:
        """Send the cookie, or send it again so that it lasts another year."""
        response.set_cookie(
            self.cookie,
            session.token,
            max_age=_YEAR,
            path="/",
            secure=self.https,
            httponly=True,
            samesite="lax",
        )

    def csrf(self, session: WebSession) -> str:
        """Return the token that this browser's forms must carry."""
        text = b"form\0" + session.token.encode()
        return hmac.digest(self._secret, text, "sha256").hex()[:40]

    def is_own_form(self, session: WebSession, csrf: str) -> bool:
        """Tell whether a form was made by us for this very browser."""
        return hmac.compare_digest(self.csrf(session).encode(), csrf.encode())

    def is_own_origin(self, headers: Mapping[str, str], *, required: bool = False) -> bool:
        """Tell whether a request comes from our own page.

        Browsers name the origin of WebSockets and of whatever may change something; programs
        need not (unless ``required``): they hold no cookie that somebody could borrow.
        """
        origin = headers.get("origin", "")
        if not origin:
            return not required
        here = urlsplit(origin).netloc
        return bool(here) and (here == headers.get("host", "") or _origin(origin) == self._own)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
