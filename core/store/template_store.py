"""Message templates at their provider: which were submitted, and what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from core.messaging.template import SubmittedTemplate, TemplateState
from core.store.tables import message

_T = message.templates


class TemplateStore:
    """Keeps one row for each template and language: the newest wording that was submitted."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def all(self) -> tuple[SubmittedTemplate, ...]:
        """Return every template that was submitted, by name and language."""
        rows = self._connection.execute(select(_T).order_by(_T.c.name, _T.c.lang)).mappings()
        return tuple(_template(row) for row in rows)

    def find(self, name: str, lang: str) -> SubmittedTemplate | None:
        """Return what is known of one template."""
        query = select(_T).where(_T.c.name == name, _T.c.lang == lang)
        row = self._connection.execute(query).mappings().first()
        return _template(row) if row is not None else None

    def keep(self, template: SubmittedTemplate) -> None:
        """Keep what is known now, in the place of what was known before."""
        mine = (_T.c.name == template.name, _T.c.lang == template.lang)
        self._connection.execute(delete(_T).where(*mine))
        values: dict[str, Any] = {
            "name": template.name,
            "lang": template.lang,
            "wording": template.wording,
            "content_id": template.content_id,
            "state": template.state.value,
            "reason": template.reason[:200],
            "submitted_at": template.submitted_at,
            "checked_at": template.checked_at,
        }
        self._connection.execute(insert(_T).values(values))


def _template(row: RowMapping) -> SubmittedTemplate:
    return SubmittedTemplate(
        name=row["name"],
        lang=row["lang"],
        wording=row["wording"],
        content_id=row["content_id"],
        state=TemplateState(row["state"]),
        submitted_at=row["submitted_at"],
        reason=row["reason"],
        checked_at=row["checked_at"],
    )
