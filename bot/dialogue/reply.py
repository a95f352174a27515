"""Turns what happened into one message: phrases, figures from facts, fitted to the channel."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.dialogue.act import Acted
from bot.dialogue.arrival import Arrival
from bot.dialogue.drafted import drafted, is_told
from bot.dialogue.focus import PICKED, about, asks
from bot.dialogue.kit import DialogueKit
from core.conversation.context import Profile, TurnContext
from core.conversation.plan import Ask, Continue, Option, Plan, Say
from core.conversation.state import DialogueState
from core.errors import FieldValue
from core.facts import Answer
from core.facts import Choice as AnswerChoice
from core.facts_json import answer_from_json, answer_to_json
from core.messaging.outbound import (
    Attachment,
    AttachmentKind,
    Choice,
    MessageClass,
    OutboundMessage,
)
from core.money import Money
from core.users.preferences import Preferences
from prompts.compose import Text, compose, label, say
from prompts.figures import Style, write_date, write_money
from prompts.fit import Label, fit
from prompts.foreign import clean_name
from prompts.phrasebook import Phrasebook
from tools.outcome import Done, Failed, NeedsApproval, NeedsInput, Refused

_EXAMPLES = ("unclear.example_spending", "unclear.example_add", "unclear.example_balances")
# Of a long note the reply shows the beginning; the transcript keeps it whole.
_HEARD_CHARACTERS = 160
# A question that a yes answers: what its two buttons send.
_CONFIRM = (AnswerChoice("do it", "choice.confirm"), AnswerChoice("no", "choice.leave"))


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
    kit: DialogueKit,
    context: TurnContext,
    plan: Plan,
    acted: Sequence[Acted],
    *,
    again: Ask | None = None,
    waiting: Answer | None = None,
) -> Reply:
    """Write the reply of a turn, one part for each step, in order.

    ``again`` is an older question that is still open, ``waiting`` a proposal that waits for the
    user's word: both are told at the end, so that a question in between does not lose them.
    """
    writer = _Writer(kit, context)
    found = about(acted)
    # Numbers point at one list only: the one the conversation is about, unless it asks back.
    numbered = found[0] if found is not None and again is None and not asks(acted) else None
    parts = writer.parts(acted, numbered)
    if context.spoken:
        parts.insert(0, writer.heard())
    if again is not None:
        parts = [replace(part, labels=()) for part in parts]  # the numbers are the question's
    if len(acted) < len(plan.steps) and not _asks_back(acted):
        limit = str(kit.limits.calls_per_turn)
        parts.append(writer.say("guard.too_many_steps", {"limit": limit}))
    if again is not None:
        parts.append(writer.again(again))
    if waiting is not None:
        parts.append(writer.answer(waiting))
    proposes = waiting is not None or any(isinstance(i.outcome, NeedsApproval) for i in acted)
    reply = writer.fitted(parts, approval=proposes)
    files = tuple(_attachments(acted))
    if files and reply.message is not None:
        reply = replace(reply, message=replace(reply.message, attachments=files))
    return reply


def _attachments(acted: Sequence[Acted]) -> Iterator[Attachment]:
    """Give the files that tools made for the user."""
    for item in acted:
        if isinstance(item.outcome, Done):
            for key in item.outcome.answer.attachments:
                name = key.rpartition("/")[2]
                told = mimetypes.guess_type(name)[0] or "text/plain"
                yield Attachment(AttachmentKind.FILE, name, key, told)


def speak(
    kit: DialogueKit,
    arrival: Arrival,
    key: str,
    fields: Mapping[str, FieldValue] | None = None,
    choices: Sequence[AnswerChoice] = (),
) -> Reply:
    """Write one phrase for a chat that no planner saw (not linked, unreadable, failed)."""
    book, style = _reader(kit, arrival)
    text = say(key, dict(fields or {}), book, style, choices)
    return _fitted([text], arrival.talk.profile, book, more=())


def apologise(kit: DialogueKit, arrival: Arrival, reference: str) -> Reply:
    """Write that something broke, with the reference that finds it in the log."""
    return speak(kit, arrival, "error.turn_failed", {"reference": reference})


def labels_of(kit: DialogueKit, context: TurnContext, options: Iterable[Option]) -> tuple[str, ...]:
    """Return the options of a question as the user reads them."""
    book, style = _style(kit, context)
    return tuple(label(choice, book, style).text for choice in _choices(options, style))


class _Writer:
    """Writes the parts of one reply for one reader."""

    def __init__(self, kit: DialogueKit, context: TurnContext) -> None:
        self._kit = kit
        self._context = context
        self._book, self._style = _style(kit, context)
        self._more: list[Mapping[str, Any]] = []

    def parts(self, acted: Sequence[Acted], numbered: Acted | None) -> list[Text]:
        """Write what became of each step; a model's words stand for what it had looked up."""
        words = drafted(acted, self._book, self._style)
        told = [item for item in acted if words is None or not is_told(item)]
        written = [self.part(item, numbered=item is numbered) for item in told]
        return [part for part in ([Text(words)] if words else []) + written if part is not None]

    def part(self, item: Acted, *, numbered: bool) -> Text | None:
        """Write what became of one step; ``numbered`` lists can be pointed at by number."""
        step = item.step
        match item.outcome:
            case Done(answer, _) | NeedsApproval(_, answer):
                can_point = numbered and _can_be_picked(answer)
                return self.answer(answer if can_point else _without_numbers(answer))
            case NeedsInput(_, phrase, fields, options):
                figures = _with_figures(fields, self._style)
                return self.say(phrase, figures, _choices(options, self._style))
            case Refused(code, fields):
                return self.say(code, fields)
            case Failed(reference):
                return self.say("error.turn_failed", {"reference": reference})
        if isinstance(step, Say):
            return self.say(step.phrase, step.fields)
        if isinstance(step, Ask):
            figures = _with_figures(step.fields, self._style)
            return self.say(step.phrase, figures, self._answers(step))
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

    def heard(self) -> Text:
        """Write what a voice note was understood as, before anything that follows from it."""
        ears = self._kit.ears
        key = "voice.heard_demo" if ears and ears.transcriber.is_demo else "voice.heard"
        words = clean_name(self._context.text, _HEARD_CHARACTERS)
        return Text(self._book.render(key, {"words": words}, self._style.profile))

    def again(self, ask: Ask) -> Text:
        """Write an older question again, after what came in between."""
        question = self.say(ask.phrase, _with_figures(ask.fields, self._style)).text
        return self.say("clarify.back_to", {"question": question}, self._answers(ask))

    def answer(self, answer: Answer, first: int = 0) -> Text:
        """Write an answer from line ``first`` on; what has no room is kept for MORE."""
        text = compose(answer, self._book, self._style, first=first)
        if not text.next_line:
            return text
        if self._style.profile == Profile.SMS and answer.options:
            # Two segments hold the list or what is to be said about it: that comes after it.
            shortened = replace(answer, options=())
            text = compose(shortened, self._book, self._style, first=first)
        self._more.append({"answer": answer_to_json(answer), "first": text.next_line})
        return text

    def fitted(self, parts: Sequence[Text], *, approval: bool) -> Reply:
        """Join the parts and fit them to the channel."""
        return _fitted(parts, self._context.profile, self._book, more=self._more, whole=approval)

    def _answers(self, ask: Ask) -> tuple[AnswerChoice, ...]:
        if ask.slot == "confirm" and not ask.options:
            return _CONFIRM
        return _choices(ask.options, self._style)

    def _continued(self) -> Text:
        """Go on where the last message was cut: left-over text first, then the next lines."""
        waiting = list(self._context.state.more.get("next", ()))
        parts: list[Text] = []
        while waiting and not (parts and "answer" in waiting[0]):
            item = waiting.pop(0)
            parts.append(Text(item["rest"]) if "rest" in item else self._next_lines(item))
        self._more += waiting
        last_number = max((part.last_number for part in parts), default=0)
        return Text("\n".join(part.glued for part in parts), (), last_number)

    def _next_lines(self, item: Mapping[str, Any]) -> Text:
        answer = answer_from_json(item["answer"])
        text = self.answer(answer, item["first"])
        if text.next_line or self._style.profile != Profile.SMS:
            return text
        fields = {fact.name: fact for fact in answer.facts}
        tails = [say(key, fields, self._book, self._style).glued for key in answer.options]
        return Text("\n".join([text.glued, *tails]), text.labels, text.last_number)

    def _standing_fields(self) -> dict[str, FieldValue]:
        book, profile = self._book, self._style.profile
        fields: dict[str, FieldValue] = {
            f"example{number}": book.render(key, {}, profile)
            for number, key in enumerate(_EXAMPLES, start=1)
        }
        if self._kit.link_page:
            fields["link"] = self._kit.link_page
        return fields


def _style(kit: DialogueKit, context: TurnContext) -> tuple[Phrasebook, Style]:
    wishes = context.preferences
    locale = context.locale or wishes.locale
    style = Style(locale, wishes.zone, context.today, context.profile.value)
    return kit.phrasebook(wishes.language), style


def _reader(kit: DialogueKit, arrival: Arrival) -> tuple[Phrasebook, Style]:
    wishes = arrival.user.preferences if arrival.user else Preferences()
    today = wishes.today(arrival.now)
    style = Style(wishes.locale, wishes.zone, today, arrival.talk.profile.value)
    return kit.phrasebook(arrival.language), style


def _can_be_picked(answer: Answer) -> bool:
    """Tell whether a number typed after this list shows the line; others get no numbers."""
    return all(line.subject.startswith(PICKED) for line in answer.lines if line.subject)


def _without_numbers(answer: Answer) -> Answer:
    return replace(answer, lines=tuple(replace(line, subject="") for line in answer.lines))


def _choices(options: Iterable[Option], style: Style) -> tuple[AnswerChoice, ...]:
    return tuple(
        AnswerChoice(str(number), option.phrase, option.text, _label_fields(option, style))
        for number, option in enumerate(options, start=1)
    )


def _label_fields(option: Option, style: Style) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in _with_figures(option.fields, style).items())


def _with_figures(fields: Mapping[str, FieldValue], style: Style) -> dict[str, FieldValue]:
    """Write an amount as money when its currency stands beside it, and a day as a day."""
    written = dict(fields)
    if "amount" in written and "currency" in written:
        money = Money.of(str(written["amount"]), str(written.pop("currency")))
        written["amount"] = write_money(money, style)
    if "date" in written:
        written["date"] = write_date(date.fromisoformat(str(written["date"])), style)
    return written


def _fitted(
    parts: Sequence[Text],
    profile: Profile,
    book: Phrasebook,
    *,
    more: Iterable[Mapping[str, Any]],
    whole: bool = False,
) -> Reply:
    text = "\n\n".join(part.glued for part in parts if part.glued)
    # Two parts may offer the same: one UNDO is enough.
    labels: dict[str, Label] = {one.send: one for part in parts for one in part.labels}
    last = max((part.last_number for part in parts), default=0)
    shown = tuple(labels.values())
    fitted = fit(text, shown, profile.value, book, first_number=last + 1, whole=whole)
    choices = tuple(Choice(one.text, one.send) for one in fitted.buttons)
    numbered = {str(number): one.send for number, one in fitted.numbered}
    rest = [{"rest": fitted.rest}] if fitted.rest else []
    waiting = [*rest, *more]
    message_class = MessageClass.APPROVAL if whole else MessageClass.REPLY
    message = OutboundMessage(fitted.text, choices, (), message_class)
    return Reply(message, {"next": waiting} if waiting else {}, numbered)


def _asks_back(acted: Sequence[Acted]) -> bool:
    return any(isinstance(item.outcome, NeedsInput) for item in acted)
