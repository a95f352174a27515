"""Lets a model lead where the offline engine is not sure, with consent, in budget and in time.

The offline plan is always made first: it decides whether a model is needed at all, and answers
when there is none, it is slow, or its words do not pass. Whatever the model says becomes the
same kind of plan, which is written down and carried out as any other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.authority import Authority, warm_words
from bot.dialogue.briefing import brief_of, narration_of
from bot.dialogue.model_journal import Prices, TurnJournal
from bot.dialogue.narrating import is_tellable, narrated_call, prompt_for, tells_enough
from bot.dialogue.proposing import proposal_steps
from bot.llm.desk import Desk
from bot.llm.line import Line
from bot.llm.loop import Led, Loop
from bot.llm.model_tools import ModelTools
from bot.llm.observation import Observer
from bot.llm.redaction import Redactor
from bot.llm.trail import signature
from core.clock import Clock
from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Draft, Plan, PlannerName, Say, Step, ToolCall
from core.conversation.turn import Turn
from core.handoff.ticket import TicketReason
from core.store.unit_of_work import Database
from intents.decide import understood
from prompts.draft import references
from prompts.figures import Style
from prompts.phrasebook import Phrasebook
from prompts.told import fingerprint, told
from tools.context import ToolContext
from tools.outcome import Done, Outcome, Refused
from tools.runner import Runner
from tools.spec import Effect, Tier

_log = logging.getLogger("financemaster.model")
_SURE = 90  # per cent
_LOST = frozenset({"unclear.first", "unclear.out_of_scope"})
# Care, and what tries to talk round the rules: always the same words, never a model's.
_CARE = ToolCall("ask_human", {"reason": TicketReason.DISTRESS.value})
_OURS = frozenset({"guard.injection"})
# No more than an excuse, and nothing beside it that is done: a model may find what can be.
_EXCUSES = frozenset(
    {
        *("unclear.out_of_scope", "unsupported.send_money", "unsupported.shared"),
        *("unsupported.recurring", "unsupported.dispute"),
    }
)
_SHORT = 6  # words
_LONG = 24  # words; what is longer says more than one sentence of the offline engine
_MOST_CALLS = 5


@dataclass(frozen=True, slots=True)
class Models:
    """What leading a turn takes; made once. ``given``: the operator has every user's consent."""

    loop: Loop
    line: Line
    tools: ModelTools
    prices: Prices
    given: bool = False


class Leader:
    """Plans with a model; holds nothing of any turn."""

    def __init__(
        self,
        models: Models,
        runner: Runner,
        database: Database,
        clock: Clock,
        phrasebook: Callable[[str], Phrasebook],
    ) -> None:
        """Lead with ``models``; reading calls go through ``runner``."""
        self._models = models
        self._runner = runner
        self._database = database
        self._clock = clock
        self._phrasebook = phrasebook

    @property
    def rests(self) -> bool:
        """Tell whether no model may be asked now."""
        return self._models.line.rests

    @property
    def models(self) -> Models:
        """What it leads with, for others that ask the same models."""
        return self._models

    def warm(self) -> None:
        """Load what the first question to a model would wait for; a server does so at its start."""
        self._models.line.warm()
        warm_words(self._runner.registry)

    def plan(self, arrival: Arrival, turn: Turn, context: TurnContext, offline: Plan) -> Plan:
        """Return the plan of a model, or ``offline`` with a word on why where it was no help."""
        if arrival.user is None:
            return offline
        if is_sure(offline, context):
            return self._narrated(arrival, turn, context, offline)
        wishes = arrival.user.preferences
        if not (wishes.agreed_to_model or self._models.given):
            undecided = wishes.model_use != "off"
            return _with(offline, "consent.offer") if undecided and is_lost(offline) else offline
        if wishes.model_use == "off":
            return offline
        if self.rests:
            return _told_why(offline)
        desk, led = self._led(arrival, turn, context, _tools_of(offline))
        if led.stopped:  # how many, never which words
            _log.info("words_stopped", extra={"turn": turn.id, "spans": len(led.stopped)})
        return self._plan_of(desk, led, context, offline)

    def _narrated(self, arrival: Arrival, turn: Turn, context: TurnContext, offline: Plan) -> Plan:
        """Let a model word what a sure plan looks up, where that is told in sentences.

        What is looked up is settled; a model that is not agreed to, slow or wrong changes nothing.
        """
        call = narrated_call(offline)
        if call is None or not arrival.may_send_out(given=self._models.given):
            return offline
        if self._models.line.rests:
            return offline
        desk = self._desk(arrival, turn, context, frozenset())
        outcome = desk.hands.read(call, first_fact=1)
        if not isinstance(outcome, Done) or not is_tellable(outcome.answer):
            return offline
        desk.trail.add(call, outcome)
        book = self._phrasebook(context.preferences.language)
        found = replace(desk.observer, with_rows_said=True).of(outcome)
        prompt = prompt_for(call)
        brief = narration_of(found, context, book, prompt)
        asked = told(prompt, context.preferences.language).hash[:16]
        led = self._models.loop.lead(brief, desk, self._journal(arrival, turn, asked))
        if not led.text or not tells_enough(led.text, outcome.answer):
            return offline
        steps = (call, _draft(led.text, desk))
        return replace(offline, planner=PlannerName.MODEL, steps=steps)

    def _led(
        self, arrival: Arrival, turn: Turn, context: TurnContext, agreed: frozenset[str]
    ) -> tuple[Desk, Led]:
        book = self._phrasebook(context.preferences.language)
        with self._database.reading() as uow:
            brief = brief_of(uow, arrival, context, book)
        desk = self._desk(arrival, turn, context, agreed)
        asked = fingerprint(context.preferences.language)
        return desk, self._models.loop.lead(brief, desk, self._journal(arrival, turn, asked))

    def _desk(
        self, arrival: Arrival, turn: Turn, context: TurnContext, agreed: frozenset[str]
    ) -> Desk:
        user = arrival.user
        book = self._phrasebook(context.preferences.language)
        authority = Authority(self._runner.registry, context, agreed)
        return Desk(
            tools=self._models.tools,
            context=context,
            hands=_Hands(self._runner, arrival, turn, authority),
            observer=Observer(book, _style(context, book)),
            redactor=Redactor((user.email, user.given_name) if user is not None else ()),
            most_calls=_MOST_CALLS,
        )

    def _journal(self, arrival: Arrival, turn: Turn, asked: str) -> TurnJournal:
        """Open the turn's journal; ``asked`` is the hash of what a model is told."""
        hashes = (asked, self._runner.registry.fingerprint())
        return TurnJournal(
            self._database, self._clock, self._models.prices, (turn, arrival), hashes
        )

    def _plan_of(self, desk: Desk, led: Led, context: TurnContext, offline: Plan) -> Plan:
        """Make a plan of what the talk with the model came to."""
        calls = desk.trail.calls
        if led.fault is not None and not (calls and is_lost(offline)):
            return _told_why(offline)
        steps: list[Step] = [*calls]
        asks_back = desk.unsettled is not None and not desk.proposals
        if asks_back and desk.unsettled is not None:
            steps.append(desk.unsettled)
        elif led.text and all(map(self._is_own, desk.proposals)):
            # Beside an approval stands no word of a model's: it could talk the user into it.
            steps.append(_draft(led.text, desk))
        # What waits for a code first, the one question last.
        book = self._phrasebook(context.preferences.language)
        steps += proposal_steps(desk.proposals, self._runner.registry, context, book)
        if not steps:
            return _told_why(offline)
        echo = "; ".join(filter(None, map(understood, steps)))
        return Plan(PlannerName.MODEL, tuple(steps), echo or "talk")

    def _is_own(self, call: ToolCall) -> bool:
        return self._runner.registry.get(call.tool).tier < Tier.EXTERNAL


def is_lost(plan: Plan) -> bool:
    """Tell whether nothing was understood."""
    return plan.planner is PlannerName.ASK and all(
        isinstance(step, Say) and step.phrase in _LOST for step in plan.steps
    )


def is_sure(plan: Plan, context: TurnContext) -> bool:
    """Tell whether a message needs no model: it is answered, taken in, or a matter of care."""
    if plan.planner is PlannerName.PENDING or _CARE in plan.steps:
        return True
    if any(isinstance(step, Say) and step.phrase in _OURS for step in plan.steps):
        return True
    if all(isinstance(step, Say) and step.phrase in _EXCUSES for step in plan.steps):
        return False
    if context.state.asked_freely:
        return False  # the model has asked something: this may be the answer
    if plan.planner is PlannerName.ASK or plan.confidence < _SURE or plan.ignored:
        return False
    said = len(context.text.split())
    if any(isinstance(step, Ask) for step in plan.steps):
        # A few words that are a request but for one thing: code asks for it, with what there is.
        return plan.planner is PlannerName.SENTENCE and said <= _SHORT
    return said <= _LONG


def _tools_of(plan: Plan) -> frozenset[str]:
    """Return the tools that a plan would run, those it asks about included."""
    calls = [step.call if isinstance(step, Ask) else step for step in plan.steps]
    return frozenset(call.tool for call in calls if isinstance(call, ToolCall))


def _draft(text: str, desk: Desk) -> Draft:
    facts = desk.trail.facts()
    used = references(text)
    sums = {name: one for name, one in desk.trail.sums.items() if name in used}
    parts = {part for one in desk.trail.sums.values() for part in one.of}
    values = {name: signature(facts[name]) for name in sorted({*used, *parts})}
    kept = desk.trail.sums if sums else {}
    return Draft(text, values, {name: (one.operation, one.of) for name, one in kept.items()})


def _told_why(offline: Plan) -> Plan:
    """Say that free talk is off where the offline engine has no answer of its own."""
    return _with(offline, "unclear.no_model") if is_lost(offline) else offline


def _with(offline: Plan, phrase: str) -> Plan:
    return replace(offline, steps=(*offline.steps, Say(phrase)))


def _style(context: TurnContext, book: Phrasebook) -> Style:
    wishes = context.preferences
    return Style(wishes.locale, wishes.zone, context.today, "web", book)


@dataclass(frozen=True, slots=True)
class _Hands:
    """The only way from a model to a tool: reading calls of this turn's own user."""

    runner: Runner
    arrival: Arrival
    turn: Turn
    authority: Authority

    def read(self, call: ToolCall, *, first_fact: int) -> Outcome:
        """Run a reading call; one that could write is refused whatever it is called."""
        if self.runner.registry.get(call.tool).effect is not Effect.READ:
            return Refused("tool.scope_missing", {"tool": call.tool})
        assert self.arrival.user is not None
        context = ToolContext(
            user=self.arrival.user,
            now=self.arrival.now,
            key=f"{self.turn.id}:looking",
            scopes=frozenset({"read"}),
            conversation_id=self.arrival.talk.id,
            turn_id=self.turn.id,
            first_fact=first_fact,
            epoch=self.turn.epoch,
        )
        return self.runner.run(call, context)

    def may_propose(self, call: ToolCall) -> str:
        """Return "" when this may be put to the user, else the error that says why not."""
        return self.authority.refusal(call)

    def wishes(self) -> bool:
        """Tell whether the user's message asks for anything to be done."""
        return self.authority.wishes()

    def tier(self, call: ToolCall) -> Tier:
        """Return how much say the user has in it."""
        return self.runner.registry.get(call.tool).tier
