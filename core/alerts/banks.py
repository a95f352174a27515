"""A bank that is not read any more: it wants the user to sign in again, or has long been silent.

He can sign in again; meanwhile every figure of its accounts is as old as the last reading.
"""

from __future__ import annotations

from core.alerts.alert import Alert, AlertKind
from core.banks.connection import Connection, Trouble
from core.facts import Fact

# So many readings in a row that failed are two days without news.
SILENT_AFTER = 6


def bank_alert(connection: Connection, trouble: Trouble, facts: tuple[Fact, ...]) -> Alert | None:
    """Return the alert about a reading that failed, if that is news.

    ``facts`` name the bank and when it is tried next. ``connection`` is as it was before.
    """
    if trouble is Trouble.SIGN_IN and connection.trouble is not trouble:
        kind = AlertKind.BANK_SIGN_IN
    elif trouble is Trouble.UNAVAILABLE and connection.failures + 1 == SILENT_AFTER:
        kind = AlertKind.BANK_SILENT
    else:
        return None
    return Alert(
        user_id=connection.user_id,
        kind=kind,
        dedupe_key=f"{kind}:{connection.id}:{connection.epoch}",
        subject=f"bank:{connection.id}",
        facts=facts,
    )
