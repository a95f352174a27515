"""Words over fixed facts outside of a talk: a report's paragraph, a week's recap, where agreed.

A question is written down under the paper's own key before it is asked, counts for the reader's
budget, and is asked once: a paper that is made again after a crash has the phrasebook's words.
What goes out at an hour is worded before it: then only kept answers are read, and nobody waits.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.dialogue.briefing import narration_of
from bot.dialogue.known_names import KnownNames
from bot.dialogue.lead import Models
from bot.dialogue.model_journal import Prices, reply_from_json, reply_to_json
from bot.dialogue.narrating import tells_enough
from bot.llm.chat import Fault, Journal, Message, ModelReply, ModelUnavailable
from bot.llm.desk import Desk
from bot.llm.line import Line, Place
from bot.llm.loop import Loop
from bot.llm.observation import Observer
from bot.llm.redaction import Redactor
from bot.llm.trail import all_facts, signature
from core.clock import Clock
from core.conversation.context import Profile, TurnContext
from core.conversation.plan import ToolCall
from core.facts import Answer, Fact
from core.ids import UserId
from core.period import start_of_day
from core.store.model_call_store import Question, Used
from core.store.unit_of_work import Database
from core.users.user import User
from prompts.draft import fill_draft
from prompts.figures import Style
from prompts.phrasebook import Phrasebook
from prompts.told import NARRATE, told
from tools.outcome import Done, Outcome, Refused
from tools.runner import number_facts
from tools.spec import Tier
from workers.context import Drafted

_log = logging.getLogger("financemaster.model")
_KEY = 32
_MEMORY_SECONDS = 5.0


class Narrator:
    """Tells an answer in a model's words; "" where the phrasebook's words stand."""

    def __init__(
        self,
        models: Models,
        database: Database,
        clock: Clock,
        phrasebook: Callable[[str], Phrasebook],
    ) -> None:
        """Ask the models that lead talks, within the same limits."""
        self._models = models
        self._database = database
        self._clock = clock
        self._phrasebook = phrasebook
        self._names = KnownNames()
        self._memory = Loop(_silence(), turn_seconds=_MEMORY_SECONDS)

    def serves(self, user: User) -> bool:
        """Tell whether a model may be asked for this reader now."""
        return self._may(user) and not self._models.line.rests

    def tell(self, user: User, answer: Answer, style: Style, *, key: str) -> str:
        """Return words over the facts of ``answer``, with their figures written for ``style``.

        ``key`` names the paper: for one key a model is asked once.
        """
        if not self.serves(user):
            return ""
        found = Done(number_facts(answer, 1))
        draft = self._led(user, found, style, self._models.loop, self._journal(user, key))
        book = self._phrasebook(user.preferences.language)
        return fill_draft(draft, _facts(found), book, style) if draft else ""

    def prepare(self, user: User, answer: Answer, *, key: str) -> bool:
        """Ask for words ahead of time; false when there are none that may be sent.

        They are kept with the facts they are over: ``recall`` finds them while those are the same.
        """
        if not self.serves(user):
            return False
        found = Done(number_facts(answer, 1))
        signed = _with_facts(key, found)
        with self._database.reading() as uow:
            if uow.model_calls.of_turn(_short(signed)):
                return False  # asked before: what came of it stands
        journal = self._journal(user, signed)
        return bool(self._led(user, found, self._style(user), self._models.loop, journal))

    def recall(self, user: User, answer: Answer, *, key: str) -> Drafted | None:
        """Return the words that were prepared over these very facts, judged again, if any.

        It only reads: no model is asked, so it takes milliseconds.
        """
        if not self._may(user):
            return None
        found = Done(number_facts(answer, 1))
        with self._database.reading() as uow:
            rows = uow.model_calls.of_turn(_short(_with_facts(key, found)))
        replies = [reply_from_json(one.reply) for one in rows if one.reply is not None]
        if not replies:
            return None
        draft = self._led(user, found, self._style(user), self._memory, _Kept(replies))
        return Drafted(draft, _facts(found)) if draft else None

    def _may(self, user: User) -> bool:
        return user.preferences.lets_out(given=self._models.given)

    def _journal(self, user: User, key: str) -> _Journal:
        return _Journal(self._database, self._clock, self._models.prices, user, _short(key))

    def _led(self, user: User, found: Done, style: Style, loop: Loop, journal: Journal) -> str:
        """Return a draft that passed: words with references to the facts."""
        now = self._clock.now()
        book = self._phrasebook(user.preferences.language)
        context = self._context(user, now, book)
        desk = Desk(
            tools=self._models.tools,
            context=context,
            hands=_NoHands(),
            observer=Observer(book, style, with_rows_said=True),
            redactor=Redactor((user.email, user.given_name)),
            most_calls=0,
        )
        desk.trail.add(ToolCall(found.answer.shape), found)
        brief = narration_of(desk.observer.of(found), context, book)
        led = loop.lead(brief, desk, journal)
        if not led.text or not tells_enough(led.text, found.answer):
            _log.info("paper_in_phrases", extra={"fault": led.fault.value if led.fault else ""})
            return ""
        return led.text

    def _style(self, user: User) -> Style:
        wishes, book = user.preferences, self._phrasebook(user.preferences.language)
        today = wishes.today(self._clock.now())
        return Style(wishes.locale, wishes.zone, today, Profile.WEB.value, book)

    def _context(self, user: User, now: datetime, book: Phrasebook) -> TurnContext:
        with self._database.reading() as uow:
            names = self._names.of(uow, user, book, now=now)
        wishes = user.preferences
        return TurnContext(
            user_id=user.id,
            preferences=wishes,
            now=now,
            today=wishes.today(now),
            profile=Profile.WEB,
            text="",
            names=names,
        )


def _facts(found: Done) -> Mapping[str, Fact]:
    return {fact.id: fact for fact in all_facts([found.answer])}


def _with_facts(key: str, found: Done) -> str:
    """Return a key that is another one as soon as any fact says something else."""
    signed = [found.answer.shape, *map(signature, _facts(found).values())]
    return f"{key} {' '.join(signed)}"


def _short(key: str) -> str:
    return f"paper_{hashlib.sha256(key.encode()).hexdigest()[:_KEY]}"


class _NoHands:
    """Looks nothing up: everything was found before."""

    def read(self, call: ToolCall, *, first_fact: int) -> Outcome:  # noqa: ARG002 (nothing is read)
        return Refused("tool.scope_missing", {"tool": call.tool})

    def may_propose(self, call: ToolCall) -> str:  # noqa: ARG002 (nothing is proposed)
        return "not_yours"

    def wishes(self) -> bool:
        """Nobody asks for anything here."""
        return False

    def tier(self, call: ToolCall) -> Tier:  # noqa: ARG002 (nothing is proposed)
        return Tier.MONEY_OUT


class _Nobody:
    """A model that is never asked."""

    name = ""

    def ask(
        self,
        messages: Sequence[Message],  # noqa: ARG002 (nobody hears)
        tools: Sequence[Mapping[str, Any]],  # noqa: ARG002 (nobody hears)
        *,
        seconds: float,  # noqa: ARG002 (nobody hears)
    ) -> ModelReply:
        """Say that nobody is there."""
        raise ModelUnavailable(Fault.RESTING)

    def warm(self) -> None:
        """Nothing to load."""


def _silence() -> Line:
    return Line([Place(_Nobody())], call_seconds=_MEMORY_SECONDS)


@dataclass(slots=True)
class _Kept:
    """Answers from before, in their order; there are no others."""

    replies: list[ModelReply]

    def before(self, model: str) -> ModelReply | None:  # noqa: ARG002 (whichever said it)
        """Return the next answer."""
        if not self.replies:
            raise ModelUnavailable(Fault.ASKED_BEFORE)
        return self.replies.pop(0)

    def answered(self, reply: ModelReply, *, millis: int) -> None:
        """Nothing new to keep."""

    def failed(self, fault: Fault, *, millis: int) -> None:
        """Nothing new to keep."""


@dataclass(slots=True)
class _Journal:
    """The questions of one paper, as those of a turn are kept."""

    database: Database
    clock: Clock
    prices: Prices
    user: User
    key: str
    _next: int = 0
    _open: Question | None = field(default=None)

    def before(self, model: str) -> ModelReply | None:
        """Open the next question; raise where it was asked before or the budget is spent."""
        position, self._next = self._next, self._next + 1
        user_id, now = UserId(self.user.id), self.clock.now()
        prompt = told(NARRATE, self.user.preferences.language).hash[:16]
        question = Question(self.key, position, user_id, model, prompt, "")
        wishes = self.user.preferences
        day_began = start_of_day(wishes.today(now), wishes.zone)
        with self.database.work(relaxed=True) as uow:
            spent = uow.model_calls.spent(user_id, since=day_began)
            if self.prices.is_over(spent.tokens, spent.cost):
                raise ModelUnavailable(Fault.OVER_BUDGET)
            if not uow.model_calls.open(question, now=now):
                raise ModelUnavailable(Fault.ASKED_BEFORE)
            uow.commit()
        self._open = question
        return None

    def answered(self, reply: ModelReply, *, millis: int) -> None:
        """Keep the answer and what it used."""
        assert self._open is not None
        usage = reply.usage
        used = Used(usage.prompt, usage.reply, self.prices.of(usage), millis)
        with self.database.work() as uow:
            uow.model_calls.answer(self._open, reply_to_json(reply), used)
            uow.commit()

    def failed(self, fault: Fault, *, millis: int) -> None:
        """Keep why there was no answer."""
        assert self._open is not None
        with self.database.work(relaxed=True) as uow:
            uow.model_calls.fail(self._open, fault.value, millis=millis)
            uow.commit()
