"""Rules about the books: they add up, and every row of them belongs to one user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select, text

from core.ids import UserId
from core.store.account_store import AccountStore
from core.store.sweep.rule import Asked, Invariant, Rule
from core.store.tables import people

_LIVE = "e.state IN ('pending', 'posted')"
# Each lists the rows that break a rule; `{e}` and `{a}` say whose entries or accounts are meant.
_QUERIES: Mapping[str, str] = {
    "entry_not_zero": """
        SELECT p.entry_id, p.currency, SUM(p.minor) FROM postings p
        JOIN journal_entries e ON e.id = p.entry_id WHERE {e}
        GROUP BY p.entry_id, p.currency HAVING SUM(p.minor) <> 0""",
    "postings_not_zero": """
        SELECT a.user_id, p.currency, SUM(p.minor) FROM postings p
        JOIN accounts a ON a.id = p.account_id WHERE {a}
        GROUP BY a.user_id, p.currency HAVING SUM(p.minor) <> 0""",
    "leg_not_amount": """
        SELECT e.id, e.state, e.minor, SUM(p.minor) FROM journal_entries e
        JOIN postings p ON p.entry_id = e.id AND p.account_id = e.account_id
        WHERE {e} GROUP BY e.id, e.state, e.minor
        HAVING SUM(p.minor) <> CASE WHEN {live} THEN e.minor ELSE 0 END""",
    "posting_elsewhere": """
        SELECT p.entry_id FROM postings p JOIN journal_entries e ON e.id = p.entry_id
        JOIN accounts a ON a.id = p.account_id
        WHERE {e} AND (a.user_id <> e.user_id OR a.currency <> p.currency)""",
    "entry_without_posting": """
        SELECT e.id FROM journal_entries e WHERE {e} AND NOT EXISTS
        (SELECT 1 FROM postings p WHERE p.entry_id = e.id)""",
    "parts_not_whole": """
        SELECT e.id, e.flow, e.minor, SUM(a.minor) FROM journal_entries e
        LEFT JOIN allocations a ON a.entry_id = e.id AND a.live
        WHERE {e} AND e.flow <> 'opening' AND EXISTS
        (SELECT 1 FROM users u WHERE u.id = e.user_id AND u.closed_at IS NULL)
        GROUP BY e.id, e.flow, e.minor, e.state
        HAVING COALESCE(SUM(a.minor), 0) <> CASE WHEN NOT ({live}) THEN 0
          WHEN e.flow = 'income' THEN e.minor ELSE -e.minor END""",
    "part_not_of_entry": """
        SELECT a.id FROM allocations a JOIN journal_entries e ON e.id = a.entry_id
        WHERE {e} AND (a.booked_date <> e.booked_date OR a.user_id <> e.user_id
          OR (a.live AND (a.flow <> e.flow OR a.currency <> e.currency
          OR a.replaced_at IS NOT NULL)))""",
    "nominal_twice": """
        SELECT a.user_id, a.kind, a.currency, COUNT(*) FROM accounts a
        WHERE {a} AND a.ledger_class = 'nominal'
        GROUP BY a.user_id, a.kind, a.currency HAVING COUNT(*) > 1""",
    "transferred_twice": """
        SELECT t.out_entry_id FROM transfers t JOIN transfers o ON o.in_entry_id = t.out_entry_id
        JOIN journal_entries e ON e.id = t.out_entry_id WHERE {e}""",
}
_OF_ONE = {"e": "e.user_id = :user", "a": "a.user_id = :user", "live": _LIVE}
_OF_ALL = {"e": "1 = 1", "a": "1 = 1", "live": _LIVE}


def contradictions(connection: Connection, user_id: UserId) -> Iterator[str]:
    """Give every way in which one user's books contradict themselves; none is how it must be."""
    for name, query in _QUERIES.items():
        for row in connection.execute(text(query.format_map(_OF_ONE)), {"user": user_id}):
            yield f"{name}: {list(row)}"


def _in_all_books(query: str) -> Rule:
    def look(asked: Asked) -> Iterator[str]:
        for row in asked.connection.execute(text(_QUERIES[query].format_map(_OF_ALL))):
            yield str(row[0])

    invariant = Invariant.I6 if query == "posting_elsewhere" else Invariant.I7
    return Rule(invariant, query, look)


def _balance_differs(asked: Asked) -> Iterator[str]:
    accounts = AccountStore(asked.connection, asked.vault)
    for (user_id,) in asked.connection.execute(select(people.users.c.id)).all():
        yield from map(str, accounts.mismatches(user_id))


RULES = (
    *(_in_all_books(name) for name in _QUERIES),
    Rule(Invariant.I7, "balance_differs", _balance_differs),
)
