"""What a bank's service tells by itself: read soon, or kept as in trouble and told, once each.

A word is kept in one transaction, and the service hears 200 only after it. The same word again
finds what the first one left and changes nothing more; what it may cost is one reading.
"""

from __future__ import annotations

from core.alerts.banks import word_alert
from core.banks.connection import Connection, Reading, Renewal, Trouble
from core.banks.timetable import next_reading
from core.banks.word import BankNews, BankWord
from core.facts import Fact, day, named
from core.store.unit_of_work import UnitOfWork
from core.users.user import User, UserUnknown
from workers.attention import tell
from workers.context import JobContext

_ACTOR = "bank"


def take_word(context: JobContext, provider: str, word: BankWord) -> bool:
    """Take one verified word; false when it is about no connection that is read."""
    with context.database.work() as uow:
        found = uow.banks.named(provider, word.reference)
        if found is None:
            return False
        try:
            user = uow.users.get(found.user_id)
        except UserUnknown:
            return False
        uow.hold(user.id)
        connection = uow.banks.find(found.id)  # as it is now that nobody else is at it
        if connection is None or not connection.is_read:
            return False
        if _take(context, uow, user, connection, word):
            uow.audit.append(
                user.id,
                actor=_ACTOR,
                action=f"bank.told_{word.news}",
                subject=connection.id,
                now=context.clock.now(),
            )
        uow.commit()
    context.wake.ring("read_banks" if word.news is BankNews.ROWS else "deliver_bulk")
    return True


def _take(
    context: JobContext, uow: UnitOfWork, user: User, connection: Connection, word: BankWord
) -> bool:
    """Keep what was told; true when it is new."""
    now = context.clock.now()
    news, period = word.news, str(connection.epoch)
    facts: tuple[Fact, ...] = (named("bank", connection.bank or connection.provider),)
    match news:
        case BankNews.ROWS:
            uow.banks.wake(connection, now=now)
            return False
        case BankNews.SIGN_IN | BankNews.REVOKED:
            if connection.trouble is Trouble.SIGN_IN:
                return False
            wait = next_reading(connection.id, user.preferences.zone, after=now)
            uow.banks.fail(connection, Trouble.SIGN_IN, next_at=wait)
            uow.banks.log(connection, Trouble.SIGN_IN, Reading(), now)
        case BankNews.ENDS:
            if word.until is None or word.until <= now or _is_known(connection, word):
                return False
            uow.banks.want_renewed(connection.id, Renewal.ENDS, word.until)
            facts += (day("ends", word.until),)
            period = word.until.date().isoformat()
        case BankNews.ACCOUNTS:
            if not connection.is_well or connection.renewal:
                return False
            uow.banks.want_renewed(connection.id, Renewal.ACCOUNTS)
    tell(context, uow, user, [word_alert(connection, news, period, facts)])
    return True


def _is_known(connection: Connection, word: BankWord) -> bool:
    """Whether there is nothing to add: that day was told, or it must be signed in to already."""
    return not connection.is_well or connection.ends_at == word.until
