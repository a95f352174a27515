"""Writes each question to a model down before it is asked: never twice, never beyond the budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from bot.dialogue.arrival import Arrival
from bot.llm.chat import Fault, ModelReply, ModelUnavailable, Usage, Wanted
from core.clock import Clock
from core.conversation.turn import Turn
from core.failpoints import Point, reach
from core.ids import UserId
from core.period import start_of_day
from core.store.model_call_store import Question, StoredQuestion, Used
from core.store.unit_of_work import Database


@dataclass(frozen=True, slots=True)
class Prices:
    """What a model costs, and how much of it one user may have in a day; a limit of 0 is none.

    Prices are dollars for a million tokens, which is millionths of a dollar for one.
    """

    prompt: Decimal = Decimal(0)
    reply: Decimal = Decimal(0)
    user_tokens_a_day: int = 0
    user_dollars_a_day: Decimal = Decimal(0)

    def of(self, usage: Usage) -> int:
        """Return the price of one answer in millionths of a dollar, rounded up."""
        price = usage.prompt * self.prompt + usage.reply * self.reply
        return int(price.to_integral_value(rounding=ROUND_CEILING))

    def is_over(self, tokens: int, cost: int) -> bool:
        """Tell whether what a user has used in a day (``cost`` in millionths) is the limit."""
        dollars = Decimal(cost) / 1_000_000
        return (0 < self.user_tokens_a_day <= tokens) or (0 < self.user_dollars_a_day <= dollars)


class TurnJournal:
    """The questions of one turn; after a crash it answers from what was written down."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        prices: Prices,
        turn: tuple[Turn, Arrival],
        told: tuple[str, str],
    ) -> None:
        """Read what was asked before; ``told`` are the hashes of prompt and tools."""
        self._database = database
        self._clock = clock
        self._prices = prices
        self._turn, self._arrival = turn
        self._told = told
        self._next = 0
        self._open: Question | None = None
        if self._arrival.user is None:
            raise TypeError("only a linked chat may ask a model")
        self._user_id: UserId = self._arrival.user.id
        with database.reading() as uow:
            stored = uow.model_calls.of_turn(self._turn.id)
        self._before: dict[int, StoredQuestion] = {one.position: one for one in stored}

    def before(self, model: str) -> ModelReply | None:
        """Open the next question; return the answer it had before a crash, if it had one."""
        position, self._next = self._next, self._next + 1
        stored = self._before.get(position)
        if stored is not None:
            return _answer_before(stored)
        prompt, registry = self._told
        question = Question(self._turn.id, position, self._user_id, model, prompt, registry)
        now = self._clock.now()
        with self._database.work(relaxed=True) as uow:
            uow.conversations.check(self._arrival.talk.id, self._turn.epoch, now=now)
            spent = uow.model_calls.spent(self._user_id, since=self._day_began(now))
            if self._prices.is_over(spent.tokens, spent.cost):
                raise ModelUnavailable(Fault.OVER_BUDGET)
            if not uow.model_calls.open(question, now=now):
                raise ModelUnavailable(Fault.ASKED_BEFORE)
            uow.commit()
        self._open = question
        reach(Point.MODEL_ASKED)
        return None

    def answered(self, reply: ModelReply, *, millis: int) -> None:
        """Keep the answer; it was paid for, so the disk is waited for."""
        assert self._open is not None
        usage = reply.usage
        used = Used(usage.prompt, usage.reply, self._prices.of(usage), millis)
        with self._database.work() as uow:
            uow.model_calls.answer(self._open, reply_to_json(reply), used)
            uow.commit()
        reach(Point.MODEL_ANSWERED)

    def failed(self, fault: Fault, *, millis: int) -> None:
        """Keep why there was no answer."""
        assert self._open is not None
        with self._database.work(relaxed=True) as uow:
            uow.model_calls.fail(self._open, fault.value, millis=millis)
            uow.commit()

    def _day_began(self, now: datetime) -> datetime:
        assert self._arrival.user is not None
        wishes = self._arrival.user.preferences
        return start_of_day(wishes.today(now), wishes.zone)


def _answer_before(stored: StoredQuestion) -> ModelReply:
    if stored.reply is not None:
        return reply_from_json(stored.reply)
    raise ModelUnavailable(Fault(stored.fault) if stored.fault else Fault.ASKED_BEFORE)


def reply_to_json(reply: ModelReply) -> dict[str, Any]:
    """Write a reply as plain JSON values."""
    return asdict(reply)


def reply_from_json(data: Mapping[str, Any]) -> ModelReply:
    """Read what `reply_to_json` wrote."""
    return ModelReply(
        text=data["text"],
        calls=tuple(Wanted(one["id"], one["name"], one["arguments"]) for one in data["calls"]),
        finish=data["finish"],
        refusal=data["refusal"],
        usage=Usage(**data["usage"]),
    )
