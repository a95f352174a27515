"""The offline planner: understands a message with sentences, grammars and a small classifier.

The order: command words, follow-ups and corrections, reminders, exact sentences, a bare name,
freely written entries, several requests at once, the classifier, a question back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Plan, PlannerName, Say, Step, ToolCall
from intents import vocabulary as vocabularies
from intents.compound import asks_for_sums, divisions, joined, part_of
from intents.decide import Decider, planned, understood
from intents.exact import exact_matches
from intents.follow_up import FollowUps
from intents.guess import OUT_OF_SCOPE, Recogniser
from intents.match import Match, Sentences
from intents.noting import note_given, said_of_both
from intents.nudges import nudges
from intents.quick_entry import quick_entries
from intents.reading import Reading, is_day, read_message
from intents.reminding import bill_hinted, reminder, says_odd_repeat
from intents.request import ToolShape, build, one_change_each
from intents.rescheduling import rescheduled
from intents.stocks import trade_of_the_talk
from intents.versus import versus
from tools.spec import ToolSpec

SURE = 90  # per cent: what is at least this sure is done without asking
# From this score on, and so far ahead of any request, a message is none of ours.
_STRANGE = 0.5
_LEAD = 1.0


class OfflinePlanner:
    """Plans turns without a language model; one instance serves all users and threads.

    ``recogniser`` gives the classifier, or nothing while it is being trained: exact sentences,
    follow-ups and entries work without it.
    """

    def __init__(
        self,
        tools: Iterable[ToolSpec],
        recogniser: Callable[[], Recogniser | None],
        language: str = "en",
    ) -> None:
        """Spell out the sentences of ``language`` for the given tools."""
        self._vocabulary = vocabularies.load(language)
        shapes = {spec.name: ToolShape.of(spec) for spec in tools}
        served = {
            name: intent for name, intent in self._vocabulary.tools().items() if name in shapes
        }
        talk = [one for one in self._vocabulary.intents.values() if not one.tool]
        self._shapes = shapes
        self._tools = served
        self._sentences = Sentences([*served.values(), *talk], self._vocabulary.manners.stop)
        self._follow = FollowUps(served, shapes)
        self._decide = Decider(self._vocabulary, served, shapes)
        self._recogniser = recogniser

    def plan(self, context: TurnContext, second: OfflinePlanner | None = None) -> Plan:
        """Return a plan for any message; what is not understood becomes a question back.

        ``second`` is the planner of another language that may be mixed in: what it is sure of
        goes before a guess.
        """
        reading = read_message(context, self._vocabulary)
        plan = (
            self._certain(reading)
            or self._several(context, guess=True)
            or (second.lend(context, asks=reading.asks or reading.denies) if second else None)
            or self._guessed(reading)
        )
        return self._not_long_ago(reading, plan) or plan

    def lend(self, context: TurnContext, *, asks: bool) -> Plan | None:
        """Return what is certain in this language of a message that is mostly in another one.

        One that ``asks`` there never writes, whatever it looks like here.
        """
        reading = read_message(context, self._vocabulary)
        # The classifier would find most of it strange: it is in another language.
        plan = self._certain(reading, doubts=False) or self._several(context, guess=False)
        return None if plan is None or (asks and self._writes(plan)) else plan

    def exact(self, context: TurnContext) -> Plan | None:
        """Return a plan only when nothing had to be guessed: what is asked before a model."""
        reading = read_message(context, self._vocabulary)
        plan = self._certain(reading) or self._several(context, guess=False)
        return plan and (self._not_long_ago(reading, plan) or plan)

    def _not_long_ago(self, reading: Reading, plan: Plan) -> Plan | None:
        """Say which year a bare 29 February was in, where something would be written for it."""
        calls = [step.call if isinstance(step, Ask) else step for step in plan.steps]
        for day in reading.absent:
            if day.last is not None and any(
                isinstance(call, ToolCall)
                and self._shapes[call.tool].writes
                and day.last.isoformat() in call.arguments.values()
                for call in calls
            ):
                fields = {"day": day.text, "year": str(day.last.year)}
                return _sure(Say("clarify.leap_day", fields))
        return None

    def _certain(self, reading: Reading, *, bare: bool = True, doubts: bool = True) -> Plan | None:
        if not reading.texts:
            return self._commanded(reading)
        return (
            _nowhere(reading)
            or self._commanded(reading)
            or self._compared(reading)
            or self._moved(reading)
            or self._followed(reading)
            or self._reminded(reading)
            or self._sentence(reading, doubts=doubts)
            or self._traded(reading)
            or self._noted(reading)
            or (self._named(reading) if bare else None)
        )

    def _commanded(self, reading: Reading) -> Plan | None:
        words = reading.texts or (reading.utterance.text,)
        command = self._vocabulary.commands.get(words)
        if command is None or (command.tool and command.tool not in self._shapes):
            return None
        if command.tool:
            if self._shapes[command.tool].writes and reading.asks:
                return None
            return _sure(ToolCall(command.tool))
        return _sure(Say(command.phrase))

    def _compared(self, reading: Reading) -> Plan | None:
        call = versus(reading)
        return self._allowed(reading, call) if call is not None else None

    def _moved(self, reading: Reading) -> Plan | None:
        calls = rescheduled(reading)
        if not calls or any(call.tool not in self._shapes for call in calls):
            return None
        return planned(PlannerName.SENTENCE, calls, "add_reminder")

    def _followed(self, reading: Reading) -> Plan | None:
        follow = self._follow
        call = (
            follow.sorted_out(reading)
            or follow.explained(reading)
            or follow.reply(reading)
            or follow.raised(reading)
            or follow.correction(reading)
            or follow.ellipsis(reading)
        )
        if call is not None:
            return self._allowed(reading, call)
        both = said_of_both(reading)
        if both:
            return planned(PlannerName.SENTENCE, both, both[0].tool)
        note = note_given(reading)
        if note is None:
            return None
        if follow.points_elsewhere(reading, note):
            return self._decide.confirm(note)
        return self._allowed(reading, note)

    def _reminded(self, reading: Reading) -> Plan | None:
        if "add_reminder" not in self._shapes:
            return None
        if says_odd_repeat(reading):
            return _sure(Say("add_reminder.how_often"))
        call = reminder(reading)
        if call is None:
            return None
        bill = bill_hinted(reading, call)
        more = (Say("add_reminder.as_bill", bill),) if bill else ()
        return planned(PlannerName.SENTENCE, (call, *more), call.tool)

    def _sentence(self, reading: Reading, *, doubts: bool = True) -> Plan | None:
        matches = [one for one in exact_matches(reading, self._sentences) if not _only_names(one)]
        if matches and doubts and matches[0].cost > 1 and self._is_strange(reading):
            return None
        for match in matches[:3]:
            plan = self._matched(reading, match)
            if plan is not None:
                return plan
        return None

    def _is_strange(self, reading: Reading) -> bool:
        """Tell whether a sentence whose slot takes any words is surely about something else.

        "Find {what}" fits "find a hotel in rome" as well; the classifier knows better.
        """
        recogniser = self._recogniser()
        if recogniser is None:
            return False
        best, *others = recogniser.predict(reading.utterance.text, {}).guesses
        lead = best.score - max((one.score for one in others), default=-_LEAD)
        return best.label == OUT_OF_SCOPE and best.score >= _STRANGE and lead >= _LEAD

    def _matched(self, reading: Reading, match: Match) -> Plan | None:
        intent = self._vocabulary.intents[match.label]
        if not intent.tool:
            return planned(PlannerName.SENTENCE, (intent.reply,), match.label)
        request = build(reading, intent, self._shapes[intent.tool], match)
        if len(request.calls) == 1:
            turned = self._about_it(reading, request.calls[0])
            if turned is not None:
                return turned
        if request.writes and reading.asks and not intent.asked:
            return self._decide.permitted(request) if reading.permits else None
        if request.writes and reading.denies and match.cost > 1 and not intent.denies:
            return None
        sure = 100 if match.cost <= 1 else SURE
        return self._decide.settled(request, reading, PlannerName.SENTENCE, sure)

    def _about_it(self, reading: Reading, call: ToolCall) -> Plan | None:
        """Ask or act where "it" is likely something else than the last entry."""
        follow = self._follow
        other = follow.rebased(reading, call) or follow.removed_instead(reading, call)
        if other is not None:
            return self._allowed(reading, other)
        raised = bool(call.arguments.get("entry")) and follow.raises(reading, call)
        if raised or follow.points_elsewhere(reading, call):
            return self._decide.confirm(call)
        return None

    def _named(self, reading: Reading) -> Plan | None:
        """Read a message that only names something: "food?", "uber", "savings", "last month"."""
        removed = self._decide.removed(reading)
        if removed is not None:
            return self._allowed(reading, removed)
        turned = self._follow.ellipsis(reading, bare=True)
        if turned is not None and self._shapes[turned.tool].writes and not _gives_value(reading):
            turned = None  # "debts" after a budget was set is no budget for them
        plan = self._allowed(reading, turned) if turned is not None else None
        if plan is not None:
            return plan  # "food?" after a budget was changed asks for it and changes nothing
        corrected = self._follow.bare_amount(reading)
        if corrected is not None and corrected.tool in self._shapes:
            return self._decide.confirm(corrected)
        call = self._decide.named(reading)
        return self._allowed(reading, call) if call is not None else None

    def _traded(self, reading: Reading) -> Plan | None:
        if "add_trade" not in self._tools:
            return None
        takes = self._shapes["add_trade"].takes
        call = trade_of_the_talk(reading, self._tools["add_trade"], takes)
        return self._allowed(reading, call) if call is not None else None

    def _noted(self, reading: Reading) -> Plan | None:
        written = quick_entries(reading)
        if written is None or not written.certain or "add_entry" not in self._shapes:
            return None
        if written.doubt:
            ask = Ask(written.calls[0], written.doubt, f"ask.{written.doubt}")
            return planned(PlannerName.SENTENCE, (ask,), "add_entry")
        return planned(PlannerName.SENTENCE, written.calls, "add_entry")

    def _several(self, context: TurnContext, *, guess: bool) -> Plan | None:
        """Plan each part of a message on its own; nothing unless all parts are sure."""
        for parts in divisions(read_message(context, self._vocabulary)):
            plans = self._parts(context, parts, guess=guess)
            plan = joined(plans) if len(plans) == len(parts) else None
            if plan is not None:
                return plan
        return None

    def _parts(self, context: TurnContext, parts: Sequence[str], *, guess: bool) -> list[Plan]:
        """Plan parts up to the first that is not sure; after a question nothing may write."""
        plans: list[Plan] = []
        asked = False
        for place, part in enumerate(parts):
            reading = read_message(part_of(context, part, is_first=place == 0), self._vocabulary)
            asked = asked or reading.asks
            # "household" alone may stand beside sums only.
            bare = all(asks_for_sums(step) for step in plans[-1].steps) if plans else True
            plan = self._part(reading, guess=guess, bare=bare)
            if plan is None or (asked and self._writes(plan)):
                break
            plans.append(plan)
        return plans

    def _part(self, reading: Reading, *, guess: bool, bare: bool) -> Plan | None:
        if reading.denies:
            return None
        plan = self._certain(reading, bare=bare)
        if plan is None and guess and len(reading.texts) > 1:
            plan = self._guessed(reading)
            if any(isinstance(step, ToolCall) and not step.arguments for step in plan.steps):
                return None  # "im back": too little said to be sure of
        if plan is None or plan.confidence < SURE or plan.planner is PlannerName.ASK:
            return None
        return None if any(isinstance(step, Ask) for step in plan.steps) else plan

    def _writes(self, plan: Plan) -> bool:
        return any(
            isinstance(step, ToolCall) and self._shapes[step.tool].writes for step in plan.steps
        )

    def _guessed(self, reading: Reading) -> Plan:
        # A bare number says nothing by itself, whatever the classifier may see in it.
        says_something = reading.texts and not reading.utterance.text.strip().isdigit()
        recogniser = self._recogniser() if says_something else None
        if recogniser is None:
            return self._decide.at_a_loss(reading)
        found = nudges(reading, self._tools, self._shapes)
        prediction = recogniser.predict(reading.utterance.text, found)
        return self._decide.guessed(reading, prediction)

    def _allowed(self, reading: Reading, call: ToolCall) -> Plan | None:
        """Return the call as a plan, unless a question would write."""
        shape = self._shapes.get(call.tool)
        if shape is None or (shape.writes and reading.asks):
            return None
        return planned(PlannerName.SENTENCE, one_change_each(call), understood(call))


class SentencePlanner:
    """The part of the offline planner that guesses nothing; it is asked before a model."""

    def __init__(self, offline: OfflinePlanner) -> None:
        """Share everything with the offline planner."""
        self._offline = offline

    def plan(self, context: TurnContext) -> Plan | None:
        """Return a plan for an exact sentence, nothing for anything else."""
        return self._offline.exact(context)


def _nowhere(reading: Reading) -> Plan | None:
    """Say that a day does not exist, before anything is looked up or written for another one."""
    days = [day for day in reading.absent if day.last is None]
    return _sure(Say("clarify.no_such_day", {"day": days[0].text})) if days else None


def _gives_value(reading: Reading) -> bool:
    """Tell whether a message holds an amount or a day, and not only names of things."""
    return bool(reading.of("amount")) or any(is_day(one.value) for one in reading.of("period"))


def _sure(step: Step) -> Plan:
    return planned(PlannerName.SENTENCE, (step,), understood(step))


def _only_names(match: Match) -> bool:
    """Tell whether a sentence is a bare name: whose, is for `OfflinePlanner._named` to say."""
    return not match.literals and not set(match.slots) - {"category", "account", "what", "merchant"}
