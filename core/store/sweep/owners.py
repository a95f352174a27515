"""Rules about whose a row is, and about what may stand in the clear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, LargeBinary, Select, Table, func, or_, select

from core.messaging.mask import mask_cards
from core.store.cipher import FORMAT
from core.store.sweep.rule import Asked, Invariant, Rule
from core.store.tables import METADATA, conversation, ledger, message, people
from core.store.vault import SYSTEM
from core.users.linking import BindingState

_TABLES = METADATA.tables
_CALLS, _TURNS, _BINDINGS = conversation.tool_calls, conversation.turns, people.bindings
# Bytes that are not sealed: keyed hashes of rows, and keys under the master key.
_PLAIN = frozenset({"fingerprint", "was_fingerprint", "wrapped"})
# Where words of other people are kept in the clear: a card number must never be among them.
_WORDS = (
    ledger.entries.c.description,
    ledger.entries.c.payee,
    ledger.entries.c.merchant_key,
    ledger.accounts.c.name,
    ledger.holds.c.label,
    conversation.inbox.c.reason,
    message.outbox.c.reason,
    message.settings_kept.c.value,
)


def _call_in_anothers_turn() -> Select[Any]:
    return (
        select(_CALLS.c.call_key)
        .join(_TURNS, _TURNS.c.id == _CALLS.c.turn_id)
        .where(_TURNS.c.owner != SYSTEM, _TURNS.c.owner != _CALLS.c.user_id)
    )


def _chat_of_two() -> Select[Any]:
    return (
        select(_BINDINGS.c.address_index)
        .where(_BINDINGS.c.state != BindingState.REVOKED.value)
        .group_by(_BINDINGS.c.channel, _BINDINGS.c.address_index)
        .having(func.count() > 1)
    )


def _on_anothers_account(asked: Asked) -> Iterator[str]:
    """Look through every table whose rows name both a user and an account."""
    accounts = ledger.accounts
    for table in METADATA.sorted_tables:
        if table is accounts or not {"user_id", "account_id"} <= set(table.c.keys()):
            continue
        query = (
            select(*table.primary_key.columns)
            .join(accounts, accounts.c.id == table.c.account_id)
            .where(accounts.c.user_id != table.c.user_id)
        )
        for row in asked.connection.execute(query):
            yield f"{table.name}:{row[0]}"


def _not_sealed(asked: Asked) -> Iterator[str]:
    """Find a value that should be sealed and does not begin as sealed ones do."""
    for table in METADATA.sorted_tables:
        for column in table.columns:
            if not isinstance(column.type, LargeBinary) or column.name in _PLAIN:
                continue
            query = select(*table.primary_key.columns).where(
                func.substr(column, 1, len(FORMAT)) != FORMAT
            )
            for row in asked.connection.execute(query):
                yield f"{_name(table, column)}:{row[0]}"


def _card_in_the_clear(asked: Asked) -> Iterator[str]:
    for column in _WORDS:
        table = column.table
        # Only long runs of digits can hold one: the database sorts out the rest.
        digits = or_(*(column.like(f"%{digit}%") for digit in "3456"))
        query = select(*table.primary_key.columns, column).where(func.length(column) >= 13, digits)
        for row in asked.connection.execute(query):
            if mask_cards(row[-1]).found:
                yield f"{_name(table, column)}:{row[0]}"


def _name(table: Table, column: Column[Any]) -> str:
    return f"{table.name}.{column.name}"


RULES = (
    Rule(Invariant.I6, "call_in_anothers_turn", _call_in_anothers_turn()),
    Rule(Invariant.I6, "chat_of_two", _chat_of_two()),
    Rule(Invariant.I6, "on_anothers_account", _on_anothers_account),
    Rule(Invariant.I9, "not_sealed", _not_sealed),
    Rule(Invariant.I9, "card_in_the_clear", _card_in_the_clear),
)
