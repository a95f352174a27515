"""Judges each step: what must hold for all replies, and what the dialogue expects of this one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from core.conversation.context import Profile
from core.conversation.plan import Continue
from core.facts import Fact, day, money
from core.facts_json import fact_to_json
from core.handoff.lines import crisis_lines
from core.money import Money
from core.store.tables.action import provider_requests
from tests.dialogue.books import Books, read_books
from tests.dialogue.checks import faults, offers_undo
from tests.dialogue.comparing import compared, differences
from tests.dialogue.grounding import ungrounded
from tests.dialogue.leavings import leavings
from tests.dialogue.played import Played, facts_in, shown_facts
from tests.dialogue.player import Player
from tests.dialogue.script import Expected
from tools.outcome import Done, NeedsInput, Refused
from tools.outcome_json import outcome_name

# Facts that differ between two tellings of the same story: codes by chance, times by the clock.
_BY_CHANCE = frozenset({"code", "reference", "expires", "at", "check", "open", "channel", "link"})


class Judge:
    """Looks at a telling, step by step; raises `AssertionError` with all that is wrong."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.marks: dict[str, Books] = {}
        self.record: list[Any] = []
        if any(step.expected.looks_at_books for step in player.dialogue.steps):
            self.marks["start"] = self._books()

    def see(self, played: Played) -> None:
        """Judge one step."""
        wrong = [*self._always(played), *self._expected(played)]
        self.record.append(_comparable(played))
        if wrong:
            told = "\n".join(f"  - {line}" for line in wrong)
            plans = "; ".join(_plan(report) for report in played.reports)
            raise AssertionError(f"{played.said!r} -> {played.text!r}\n  ({plans})\n{told}")

    @property
    def told(self) -> str:
        """All facts told so far, to be compared with those of the same dialogue elsewhere."""
        return json.dumps(self.record, sort_keys=True, default=str)

    def _books(self) -> Books:
        player = self.player
        return read_books(player.stage.app.database, player.user_id, player.today)

    def _always(self, played: Played) -> list[str]:
        """Check what holds for every reply."""
        wrong = []
        for message in played.replies:
            allowed = played.step.carrier_words
            found = faults(message, self.player.profile, carrier_words=allowed)
            wrong += [f"the reply {fault}" for fault in found]
        wrong += [f"{figure} is no fact" for figure in self._invented(played)]
        for item in played.calls:
            if outcome_name(item.outcome) == "failed":
                wrong.append(f"{item.step} broke")
            undoable = isinstance(item.outcome, Done) and item.outcome.change_id
            changed = undoable and item.outcome.answer.choices
            if changed and not offers_undo(played.text):
                wrong.append(f"{item.step.tool} changed something and offers no UNDO")
        for report in played.reports:
            if report.reply.message is None and not played.step.expected.silent:
                wrong.append("nothing was answered")
        return wrong

    def _invented(self, played: Played) -> list[str]:
        facts, plain = list(played.facts), _plain_fields(played)
        for report in played.reports:
            plan = report.reply.plan
            if plan and any(isinstance(step, Continue) for step in plan.steps):
                facts += [fact for past in self.player.past for fact in past.facts]
        if all(report.reply.plan is None for report in played.reports):
            # Whom to call is stored, and told to strangers, too, of whom nothing is known.
            plain += [word for one in crisis_lines().values() for word in (one.number, one.name)]
        for past in self.player.past[-3:]:
            plain += _plain_fields(past)  # a question may be asked again
        for approval in self.player.approvals():
            plain += [approval.code, approval.reference or ""]
            facts += _receipt_facts(approval.receipt or {})
            facts += shown_facts(approval)
            facts += self.player.followed_facts(approval)
            for at in (approval.expires_at, approval.decided_at, approval.settled_at):
                plain += [str(value) for value in _clock(at, self.player.zone)]
            plain += [str(value) for value in _clock(approval.lease_until, self.player.zone)]
        plain += self._told_by_banks()
        said = [played.said, *(past.said for past in self.player.past[-3:])]
        said += [past.step.charge.get("amount", "") for past in self.player.past]
        return ungrounded(played.text, facts, said=said, plain=plain, zone=self.player.zone)

    def _told_by_banks(self) -> list[str]:
        """Return what was counted in readings of connected banks, and their times."""
        plain = []
        for connection, counts in self.player.readings():
            plain += counts
            for at in (connection.synced_at, connection.next_sync_at, connection.offered_until):
                plain += _clock(at, self.player.zone)
        return plain

    def _expected(self, played: Played) -> list[str]:
        expected = played.step.expected
        wrong = []
        text = played.text.casefold()
        phrases = [self.player.with_codes(one) for one in expected.has]
        wrong += [f"does not say {one!r}" for one in phrases if one.casefold() not in text]
        wrong += [f"says {one!r}" for one in expected.lacks if one.casefold() in text]
        if expected.silent and played.replies:
            wrong.append("should have been silent")
        if expected.calls is not None:
            wrong += self._calls(expected, played)
        if expected.planner:
            plan = played.reports[-1].reply.plan
            planner = plan.planner.value if plan else "none"
            if planner != expected.planner:
                wrong.append(f"was planned by {planner}, not {expected.planner}")
        wrong += _figures(expected, played)
        wrong += _buttons(expected, played, self.player.profile)
        wrong += _elsewhere(expected, played)
        if expected.asks is not None and self.player.pending_slot() != expected.asks:
            wrong.append(f"asks for {self.player.pending_slot()!r}, not {expected.asks!r}")
        wrong += self._approvals(expected)
        wrong += self._books_left(expected)
        wrong += leavings(expected, played, self.player)
        return wrong

    def _calls(self, expected: Expected, played: Played) -> list[str]:
        made = [_call(item) for item in played.calls]
        wanted = expected.calls or ()
        if len(made) != len(wanted):
            return [f"made the calls {made}, expected {len(wanted)}"]
        wrong = []
        for call, want in zip(made, wanted, strict=True):
            for name, value in want.items():
                has, wanted_value = call.get(name), self._handle(value)
                if not _is_as_wanted(has, wanted_value):
                    wrong.append(f"{call['tool']}: {name} is {has!r}, not {wanted_value!r}")
        return wrong

    def _handle(self, value: Any) -> Any:
        """Read ``@coffee`` as the handle of the newest entry of that payee."""
        if isinstance(value, str) and value.startswith("@"):
            return self._books().newest(value[1:])["handle"]
        return value

    def _approvals(self, expected: Expected) -> list[str]:
        wrong = []
        found = self.player.approvals() if expected.approvals else ()
        for name, state in expected.approvals.items():
            states = " ".join(one.state.value for one in found if one.payload["name"] == name)
            if states != state:
                wrong.append(f"the approvals for {name} are {states!r}, not {state!r}")
        if expected.requests is not None:
            with self.player.stage.app.database.reading() as uow:
                query = select(func.count()).select_from(provider_requests)
                query = query.where(~provider_requests.c.key.like("price-%"))
                number = uow.connection.execute(query).scalar_one()
            if number != expected.requests:
                wrong.append(f"the provider got {number} requests, not {expected.requests}")
        return wrong

    def _books_left(self, expected: Expected) -> list[str]:
        if not expected.looks_at_books:
            return []
        books = self._books()
        wrong = []
        for key, wanted in expected.books.items():
            wrong += compared(key, wanted, books, self.marks["start"])
        for name, status in expected.subscriptions.items():
            if books.subscriptions.get(name) != status:
                wrong.append(f"{name} is {books.subscriptions.get(name)}, not {status}")
        if expected.same_as:
            wrong += differences(self.marks[expected.same_as], books)
        if expected.mark:
            self.marks[expected.mark] = books
        return wrong


def _is_as_wanted(has: Any, wanted: Any) -> bool:
    """Compare an argument: ``*`` is any value, ``!`` is none at all."""
    if wanted in ("*", "!"):
        return (has is None) is (wanted == "!")
    return str(has) == str(wanted)


def _figures(expected: Expected, played: Played) -> list[str]:
    wrong = []
    for name, value in expected.figures.items():
        found = [str(fact_to_json(fact)["value"]) for fact in played.facts if fact.name == name]
        if value not in found:
            wrong.append(f"{name} is {', '.join(found) or 'no fact'}, not {value}")
    return wrong


def _buttons(expected: Expected, played: Played, profile: Profile) -> list[str]:
    """Check the labels of what may be chosen: buttons, or numbered lines where there are none."""
    labels = [choice.label for message in played.replies for choice in message.choices]
    shown = labels or re.findall(r"(?m)^\d+\) (.*)$", played.text)
    if not shown and profile is Profile.SMS:
        return []  # the words to type stand in the text
    return [f"offers no {label!r}: {shown}" for label in expected.buttons if label not in shown]


def _elsewhere(expected: Expected, played: Played) -> list[str]:
    wrong = []
    for chat, phrases in expected.elsewhere.items():
        told = " ".join(one.text for one in played.elsewhere.get(chat, ()))
        wrong += [f"{chat} was not told {one!r}: {told!r}" for one in phrases if one not in told]
    return wrong


def _call(item: Any) -> dict[str, Any]:
    outcome = item.outcome
    tool = getattr(item.step, "tool", "decide_approval")
    call = {**dict(getattr(item.step, "arguments", {}))}
    if tool == "decide_approval":
        call |= {"word": item.step.word}
    error = outcome.code if isinstance(outcome, Refused) else None
    error = outcome.slot if isinstance(outcome, NeedsInput) else error
    return {**call, "tool": tool, "outcome": outcome_name(outcome), "error": error}


def _plain_fields(played: Played) -> list[str]:
    """Return what plans and outcomes told without a type: a limit, the options of a question."""
    plain: list[str] = []
    for report in played.reports:
        for step in report.reply.plan.steps if report.reply.plan else ():
            fields = [getattr(step, "fields", {}), *_option_fields(step)]
            plain += [str(value) for one in fields for value in one.values()]
    for item in played.calls:
        if isinstance(item.outcome, (NeedsInput, Refused)):
            fields = [item.outcome.fields, *_option_fields(item.outcome)]
            plain += [str(value) for one in fields for value in one.values()]
    return plain


def _option_fields(step: Any) -> list[Mapping[str, Any]]:
    options = getattr(step, "options", ())
    return [{**dict(option.fields), "text": option.text} for option in options]


def _receipt_facts(receipt: Mapping[str, str]) -> list[Fact]:
    """Return the price that a provider named, and the day from which its word counts."""
    facts = []
    if receipt.get("amount_now"):
        minor, currency = receipt["amount_now"].split()
        facts.append(money("after", Money(int(minor), currency)))
    if receipt.get("effective_on"):
        facts.append(day("ends", date.fromisoformat(receipt["effective_on"])))
    facts += [
        day(name, datetime.fromisoformat(receipt[f"{name}_at"]))
        for name in ("due", "usable")
        if receipt.get(f"{name}_at")
    ]
    return facts


def _clock(at: Any, zone: str) -> list[str]:
    if at is None:
        return []
    local = at.astimezone(ZoneInfo(zone))
    return [f"{local:%d}", f"{local:%H}", f"{local:%M}", f"{local:%Y}"]


def _plan(report: Any) -> str:
    plan = report.reply.plan
    return f"{plan.planner.value} {plan.confidence}: {plan.understood}" if plan else "no plan"


def _comparable(played: Played) -> Any:
    """Return what a step said as facts, without what is by chance or by channel."""
    told = []
    for item in played.calls:
        answer = getattr(item.outcome, "answer", None)
        facts = facts_in(answer) if answer else ()
        told.append(
            [
                getattr(item.step, "tool", "decide_approval"),
                outcome_name(item.outcome),
                [
                    [fact.name, fact.kind.value, fact_to_json(fact)["value"]]
                    for fact in facts
                    if fact.name not in _BY_CHANCE
                ],
            ]
        )
    return told
