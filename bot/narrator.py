"""Words over fixed facts outside of a talk: the paragraph of a report, where its reader agreed.

A question is written down under the paper's own key before it is asked, counts for the reader's
budget, and is asked once: a paper that is made again after a crash has the phrasebook's words.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.dialogue.briefing import narration_of
from bot.dialogue.known_names import KnownNames
from bot.dialogue.lead import Models
from bot.dialogue.model_journal import Prices, reply_to_json
from bot.dialogue.narrating import tells_enough
from bot.llm.chat import Fault, ModelReply, ModelUnavailable
from bot.llm.desk import Desk
from bot.llm.observation import Observer
from bot.llm.redaction import Redactor
from core.clock import Clock
from core.conversation.context import Profile, TurnContext
from core.conversation.plan import ToolCall
from core.facts import Answer
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

_log = logging.getLogger("financemaster.model")
_KEY = 32


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

    def tell(self, user: User, answer: Answer, style: Style, *, key: str) -> str:
        """Return words over the facts of ``answer``, with their figures written for ``style``.

        ``key`` names the paper: for one key a model is asked once.
        """
        wishes, now = user.preferences, self._clock.now()
        if not wishes.lets_out(given=self._models.given) or self._models.line.rests:
            return ""
        book = self._phrasebook(wishes.language)
        found = Done(number_facts(answer, 1))
        context = self._context(user, now, book)
        desk = Desk(
            tools=self._models.tools,
            context=context,
            hands=_NoHands(),
            observer=Observer(book, style),
            redactor=Redactor((user.email, user.given_name)),
            most_calls=0,
        )
        desk.trail.add(ToolCall(answer.shape), found)
        brief = narration_of(desk.observer.of(found), context, book)
        journal = _Journal(self._database, self._clock, self._models.prices, user, _short(key))
        led = self._models.loop.lead(brief, desk, journal)
        if not led.text or not tells_enough(led.text, found.answer):
            _log.info("paper_in_phrases", extra={"fault": led.fault.value if led.fault else ""})
            return ""
        return fill_draft(led.text, desk.trail.facts(), book, style)

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


def _short(key: str) -> str:
    return f"paper_{hashlib.sha256(key.encode()).hexdigest()[:_KEY]}"


class _NoHands:
    """Looks nothing up: everything was found before."""

    def read(self, call: ToolCall, *, first_fact: int) -> Outcome:  # noqa: ARG002 (nothing is read)
        return Refused("tool.scope_missing", {"tool": call.tool})

    def may_propose(self, call: ToolCall) -> str:  # noqa: ARG002 (nothing is proposed)
        return "not_yours"

    def tier(self, call: ToolCall) -> Tier:  # noqa: ARG002 (nothing is proposed)
        return Tier.MONEY_OUT


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
