"""Secret addresses of calendars: one that works for each user, found by the hash of its token.

A token is worked out from the master key and the link's id, and never written down here: the
database holds its hash. So the same link can be shown again, and who reads the database, or a
copy of it, still has no link.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.ids import Ids, UserId
from core.store.binding_store import token_hash
from core.store.tables import people
from core.store.vault import Vault

_T = people.calendar_links
_COLUMN = "calendar_links.token"


@dataclass(frozen=True, slots=True)
class CalendarLink:
    """A user's link that works; whoever has its ``token`` reads the calendar."""

    id: str
    token: str


class CalendarStore:
    """Keeps which links work, and finds whose a token is."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def of(self, user_id: UserId) -> CalendarLink | None:
        """Return the user's link that works, if there is one."""
        query = (
            select(_T.c.id)
            .where(_T.c.user_id == user_id, _T.c.active)
            .order_by(_T.c.created_at.desc(), _T.c.id.desc())
            .limit(1)
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else CalendarLink(found, self._token(found))

    def open(self, user_id: UserId, *, now: datetime, ids: Ids) -> CalendarLink:
        """Make a new link; whatever worked before is for the caller to end."""
        link_id = ids.new("cal")
        token = self._token(link_id)
        self._connection.execute(
            insert(_T).values(
                id=link_id,
                user_id=user_id,
                token_hash=token_hash(token),
                active=True,
                created_at=now,
            )
        )
        return CalendarLink(link_id, token)

    def set_active(self, user_id: UserId, link_id: str, *, active: bool) -> None:
        """End a link, or let it work again."""
        self._connection.execute(
            update(_T).where(_T.c.id == link_id, _T.c.user_id == user_id).values(active=active)
        )

    def owner(self, token: str) -> UserId | None:
        """Return whose calendar a token opens, nothing when it opens none.

        It is looked up by its hash, so how long that takes says nothing about the token; what was
        found is compared with the token itself in constant time.
        """
        query = select(_T.c.id, _T.c.user_id).where(
            _T.c.token_hash == token_hash(token), _T.c.active
        )
        row = self._connection.execute(query).first()
        if row is None or not hmac.compare_digest(self._token(row.id).encode(), token.encode()):
            return None
        return UserId(row.user_id)

    def _token(self, link_id: str) -> str:
        """Return a link's token: 256 bits that only the master key and the id give."""
        known = bytes.fromhex(self._vault.index(_COLUMN, link_id))
        return urlsafe_b64encode(known).decode().rstrip("=")
