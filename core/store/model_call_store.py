"""Questions to a language model: written down before they are asked, with answer and price after.

A question is asked once. After a crash its row says what came back, or that nobody knows; in
neither case is it asked again. The same rows are the ledger of what each user cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, case, func, literal_column, or_, select, update

from core.ids import UserId
from core.store.insert_once import insert_once
from core.store.tables import conversation as tables
from core.store.vault import Vault

_T = tables.model_calls
_USED = (
    func.count(),
    func.coalesce(func.sum(_T.c.prompt_tokens + _T.c.reply_tokens), 0),
    func.coalesce(func.sum(_T.c.cost), 0),
)

# Faults that last until an operator mends the settings: 401 and 403, and 404.
REFUSALS = ("auth", "not_found")

# Written out, not bound: PostgreSQL takes two bound values for two different expressions.
_END = case(
    (_T.c.fault.is_not(None), _T.c.fault),
    (_T.c.reply.is_not(None), literal_column("'answered'")),
    else_=literal_column("'asked'"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a turn: to which model, told what, with which tools (both as hashes)."""

    turn_id: str
    position: int
    user_id: UserId
    model: str
    prompt: str
    registry: str


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """What became of a question: a reply, a fault, or neither where its answer got lost."""

    position: int
    model: str
    reply: Mapping[str, Any] | None
    fault: str


@dataclass(frozen=True, slots=True)
class ListedQuestion:
    """A question as operators see it: what it was asked with and used, never a word of it."""

    model: str
    end: str  # answered, asked, or a fault
    prompt: str
    registry: str
    tokens: int
    cost: int
    millis: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used: tokens, and millionths of a dollar."""

    calls: int
    tokens: int
    cost: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a model's address answers nothing at all, and when it last said so."""

    fault: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """What one answer used."""

    prompt_tokens: int
    reply_tokens: int
    cost: int
    millis: int


class ModelCallStore:
    """Keeps the questions."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def of_turn(self, turn_id: str) -> tuple[StoredQuestion, ...]:
        """Return the questions of a turn in order."""
        query = select(_T).where(_T.c.turn_id == turn_id).order_by(_T.c.position)
        return tuple(
            StoredQuestion(
                position=row["position"],
                model=row["model"],
                reply=self._opened(row["user_id"], turn_id, row["position"], row["reply"]),
                fault=row["fault"] or "",
            )
            for row in self._connection.execute(query).mappings()
        )

    def open(self, question: Question, *, now: datetime) -> bool:
        """Write a question down before it is asked; false when it was there already."""
        values = {
            "turn_id": question.turn_id,
            "position": question.position,
            "user_id": question.user_id,
            "model": question.model[:120],
            "prompt": question.prompt,
            "registry": question.registry,
            "prompt_tokens": 0,
            "reply_tokens": 0,
            "cost": 0,
            "millis": 0,
            "created_at": now,
        }
        return insert_once(self._connection, _T, values)

    def answer(self, question: Question, reply: Mapping[str, Any], used: Used) -> None:
        """Keep the answer and what it used."""
        place = _place(question.turn_id, question.position)
        sealed = self._vault.close_json(question.user_id, place, dict(reply))
        self._close(
            question,
            reply=sealed,
            prompt_tokens=used.prompt_tokens,
            reply_tokens=used.reply_tokens,
            cost=used.cost,
            millis=used.millis,
        )

    def fail(self, question: Question, fault: str, *, millis: int) -> None:
        """Keep why there was no answer."""
        self._close(question, fault=fault, millis=millis)

    def spent(self, user_id: UserId, *, since: datetime) -> Spent:
        """Return what a user has used since a moment."""
        query = select(*_USED).where(_T.c.user_id == user_id, _T.c.created_at >= since)
        return Spent(*map(int, self._connection.execute(query).one()))

    def ends(self, *, since: datetime) -> Mapping[tuple[str, str], Spent]:
        """Return what was used since a moment by model and end: answered, asked, or a fault."""
        end = case(
            (_T.c.fault.is_not(None), _T.c.fault),
            (_T.c.reply.is_not(None), "answered"),
            else_="asked",
        )
        query = (
            select(_T.c.model, end, *_USED)
            .where(_T.c.created_at >= since)
            .group_by(_T.c.model, end)
        )
        rows = self._connection.execute(query).all()
        return {(model, how): Spent(*map(int, used)) for model, how, *used in rows}

    def refusals(self, *, since: datetime) -> Mapping[str, Refusal]:
        """Return the models whose newest question since a moment was refused for good, by name.

        That is a key that is not taken, or a model that is not there: no time heals it.
        """
        ended = or_(_T.c.fault.is_not(None), _T.c.reply.is_not(None))
        place = func.row_number().over(
            partition_by=_T.c.model,
            order_by=[one.desc() for one in (_T.c.created_at, _T.c.turn_id, _T.c.position)],
        )
        ranked = (
            select(_T.c.model, _T.c.fault, _T.c.created_at, place.label("place"))
            .where(_T.c.created_at >= since, ended)
            .subquery()
        )
        query = select(ranked.c.model, ranked.c.fault, ranked.c.created_at).where(
            ranked.c.place == 1, ranked.c.fault.in_(REFUSALS)
        )
        rows = self._connection.execute(query).all()
        return {model: Refusal(fault, at) for model, fault, at in rows}

    def listed(self, turn_id: str) -> tuple[ListedQuestion, ...]:
        """Return the questions of a turn for the console; nothing is unsealed."""
        tokens = (_T.c.prompt_tokens + _T.c.reply_tokens).label("tokens")
        query = (
            select(_T.c.model, _END, _T.c.prompt, _T.c.registry, tokens, _T.c.cost, _T.c.millis)
            .where(_T.c.turn_id == turn_id)
            .order_by(_T.c.position)
        )
        return tuple(ListedQuestion(*row) for row in self._connection.execute(query))

    def by_day(self, user_id: UserId, *, since: datetime) -> Mapping[date, Spent]:
        """Return what a user has used on each day (UTC) since a moment."""
        query = select(_T.c.created_at, _T.c.prompt_tokens + _T.c.reply_tokens, _T.c.cost).where(
            _T.c.user_id == user_id, _T.c.created_at >= since
        )
        days: dict[date, Spent] = {}
        for at, tokens, cost in self._connection.execute(query):
            before = days.get(at.date(), Spent(0, 0, 0))
            days[at.date()] = Spent(before.calls + 1, before.tokens + tokens, before.cost + cost)
        return days

    def _close(self, question: Question, **values: Any) -> None:
        self._connection.execute(
            update(_T)
            .where(_T.c.turn_id == question.turn_id, _T.c.position == question.position)
            .values(**values)
        )

    def _opened(self, owner: str, turn_id: str, position: int, reply: bytes | None) -> Any:
        if reply is None:
            return None
        return self._vault.open_json(owner, _place(turn_id, position), bytes(reply))


def _place(turn_id: str, position: int) -> tuple[str, str, str]:
    return ("model_calls", "reply", f"{turn_id}/{position}")
