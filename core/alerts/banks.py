"""A bank that is not read any more, will not be soon, or has more than is read.

It wants the user to sign in again, he has taken the permission back, or it has long been silent. He
can sign in again; meanwhile every figure of its accounts is as old as the last reading.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.alerts.alert import Alert, AlertKind
from core.banks.connection import Connection, Trouble
from core.banks.word import BankNews
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
    return _alert(connection, kind, str(connection.epoch), facts)


def word_alert(
    connection: Connection, news: BankNews, period: str, facts: tuple[Fact, ...]
) -> Alert:
    """Return the alert about what a bank's service told by itself; ``period`` makes it one."""
    return _alert(connection, _KINDS[news], period, facts)


_KINDS: Mapping[BankNews, AlertKind] = {
    BankNews.SIGN_IN: AlertKind.BANK_SIGN_IN,
    BankNews.REVOKED: AlertKind.BANK_REVOKED,
    BankNews.ENDS: AlertKind.BANK_ENDS,
    BankNews.ACCOUNTS: AlertKind.BANK_ACCOUNTS,
}


def _alert(connection: Connection, kind: AlertKind, period: str, facts: tuple[Fact, ...]) -> Alert:
    return Alert(
        user_id=connection.user_id,
        kind=kind,
        dedupe_key=f"{kind}:{connection.id}:{period}",
        subject=f"bank:{connection.id}",
        facts=facts,
    )
