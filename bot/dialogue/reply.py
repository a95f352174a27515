"""Turns what happened into one message: phrases, figures from facts, fitted to the channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.act import Acted
from bot.dialogue.kit import DialogueKit
from bot.dialogue.snapshot import Arrival
from core.conversation.context import Profile, TurnContext
from core.conversation.plan import Ask, Continue, Option, Plan, Say
from core.conversation.state import DialogueState
from core.errors import FieldValue
from core.facts import Answer
from core.facts import Choice as AnswerChoice
from core.facts_json import answer_from_json, answer_to_json
from core.messaging.outbound import Choice, MessageClass, OutboundMessage
from core.users.preferences import Preferences
from prompts.compose import Text, compose, say
from prompts.figures import Style
from prompts.fit import Label, fit
from prompts.phrasebook import Phrasebook
from tools.outcome import Done, Failed, NeedsApproval, NeedsInput, Refused

_EXAMPLES = ("unclear.example_spending", "unclear.example_add", "unclear.example_balances")


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out for a turn, and what the conversation shall remember of it.

    ``message`` is missing when silence is right (an opt-out the carrier has answered).
    ``more`` is what MORE goes on with, ``numbered`` what a typed number stands for.
    """

    message: OutboundMessage | None
    more: Mapping[str, Any] = field(default_factory=dict)
    numbered: Mapping[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    acted: tuple[Acted, ...] = ()
    state: DialogueState | None = None


def write_reply(
    kit: DialogueKit, context: TurnContext, plan: Plan, acted: Sequence[Acted]
) -> Reply:
    """Write the reply of a turn, one part for each step, in order."""
    writer = _Writer(kit, context)
    parts = [text for item in acted if (text := writer.part(item)) is not None]
    if len(acted) < len(plan.steps) and not _asks(acted):
        limit = str(kit.limits.calls_per_turn)
        parts.append(writer.say("guard.too_many_steps", {"limit": limit}))
    return writer.fitted(parts, approval=any(_proposes(item) for item in acted))


def speak(
    kit: DialogueKit,
    arrival: Arrival,
    key: str,
    fields: Mapping[str, FieldValue] | None = None,
    choices: Sequence[AnswerChoice] = (),
) -> Reply:
    """Write one phrase for a chat that no planner saw (not linked, unreadable, failed)."""
    preferences = arrival.user.preferences if arrival.user else Preferences()
    book = kit.phrasebook(preferences.language)
    profile = arrival.talk.profile
    style = Style(
        preferences.locale, preferences.zone, preferences.today(arrival.now), profile.value
    )
    text = say(key, dict(fields or {}), book, style, choices)
    return _fitted([text], profile, book, more={})


def apologise(kit: DialogueKit, arrival: Arrival, reference: str) -> Reply:
    """Write that something broke, with the reference that finds it in the log."""
    return speak(kit, arrival, "error.turn_failed", {"reference": reference})


class _Writer:
    """Writes the parts of one reply for one reader."""

    def __init__(self, kit: DialogueKit, context: TurnContext) -> None:
        preferences = context.preferences
        self._kit = kit
        self._context = context
        self._book = kit.phrasebook(preferences.language)
        self._style = Style(
            preferences.locale, preferences.zone, context.today, context.profile.value
        )
        self._more: dict[str, Any] = {}

    def part(self, item: Acted) -> Text | None:
        """Write what became of one step."""
        step = item.step
        match item.outcome:
            case Done(answer, _):
                return self._answer(answer)
            case NeedsApproval(_, answer):
                return self._answer(answer)
            case NeedsInput(_, phrase, fields, options):
                return self.say(phrase, fields, _choices(options))
            case Refused(code, fields):
                return self.say(code, fields)
            case Failed(reference):
                return self.say("error.turn_failed", {"reference": reference})
        if isinstance(step, Say):
            return self.say(step.phrase, step.fields)
        if isinstance(step, Ask):
            return self.say(step.phrase, step.fields, _choices(step.options))
        return self._continued() if isinstance(step, Continue) else None

    def say(
        self,
        key: str,
        fields: Mapping[str, FieldValue],
        choices: Sequence[AnswerChoice] = (),
    ) -> Text:
        """Write one phrase; examples, help lines and links are filled in when it has them."""
        values: dict[str, FieldValue] = {**self._standing_fields(), **fields}
        return say(key, values, self._book, self._style, choices)

    def fitted(self, parts: Sequence[Text], *, approval: bool) -> Reply:
        """Join the parts and fit them to the channel."""
        return _fitted(parts, self._context.profile, self._book, more=self._more, whole=approval)

    def _answer(self, answer: Answer, first: int = 0) -> Text:
        text = compose(answer, self._book, self._style, first=first)
        if text.next_line:
            self._more = {"answer": answer_to_json(answer), "first": text.next_line}
        return text

    def _continued(self) -> Text:
        more = self._context.state.more
        if "answer" in more:
            return self._answer(answer_from_json(more["answer"]), more["first"])
        return Text(more.get("rest", ""))

    def _standing_fields(self) -> dict[str, FieldValue]:
        book, profile = self._book, self._style.profile
        country = self._context.preferences.country.lower()
        line = f"care.line_{country}"
        fields: dict[str, FieldValue] = {
            f"example{number}": book.render(key, {}, profile)
            for number, key in enumerate(_EXAMPLES, start=1)
        }
        fields["line"] = book.render(line if line in book else "care.line_other", {}, profile)
        if self._kit.link_page:
            fields["link"] = self._kit.link_page
        return fields


def _choices(options: Iterable[Option]) -> tuple[AnswerChoice, ...]:
    return tuple(
        AnswerChoice(str(number), option.phrase, option.text, tuple(option.fields.items()))
        for number, option in enumerate(options, start=1)
    )


def _fitted(
    parts: Sequence[Text],
    profile: Profile,
    book: Phrasebook,
    *,
    more: Mapping[str, Any],
    whole: bool = False,
) -> Reply:
    text = "\n\n".join(part.glued for part in parts if part.glued)
    labels: list[Label] = [label for part in parts for label in part.labels]
    last = max((part.last_number for part in parts), default=0)
    fitted = fit(text, labels, profile.value, book, first_number=last + 1, whole=whole)
    choices = tuple(Choice(label.text, label.send) for label in fitted.buttons)
    numbered = {str(number): label.send for number, label in fitted.numbered}
    kept = dict(more) or ({"rest": fitted.rest} if fitted.rest else {})
    message_class = MessageClass.APPROVAL if whole else MessageClass.REPLY
    message = OutboundMessage(fitted.text, choices, (), message_class)
    return Reply(message, kept, numbered)


def _asks(acted: Sequence[Acted]) -> bool:
    return any(isinstance(item.outcome, NeedsInput) for item in acted)


def _proposes(item: Acted) -> bool:
    return isinstance(item.outcome, NeedsApproval)
