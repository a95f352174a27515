"""What a message means to what is open: an approval, a question, an offer, a numbered list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.conversation.context import TurnContext
from core.conversation.plan import (
    Ask,
    Continue,
    Decide,
    JsonValue,
    Option,
    Plan,
    PlannerName,
    Say,
    Step,
    ToolCall,
)
from core.conversation.state import call_from_json
from intents.answers import chosen_number, chosen_option, slot_value, whole_value
from intents.other_business import is_other_business, without_lead
from intents.words import CommandWords

# How often a question is asked again before it is let go.
_DAYS = frozenset({"due", "months"})
_SHORT = 5  # words
_MAX_TRIES = 1
# "Did you mean ..?": what is chosen is a whole request.
_GUESSED = "call"
_MOST_NUMBERS = 99
# A proposal that changes nothing before a yes, and what of it may be put right in a few words.
_AGREED = "agreed"
_CHANGEABLE = ("category", "booked_date", "amount", "account")


def answer_pending(
    context: TurnContext, words: CommandWords, *, confident: bool, labels: Sequence[str] = ()
) -> Plan | None:
    """Read a message against what is open; nothing when it is about something else.

    ``confident`` says that a planner is sure it is a full request of its own, which then wins
    over an open question (but never over a number or a plain yes). ``labels`` are the options
    of the question as the user reads them.
    """
    approval = words.approval(context.text)
    if approval is not None:
        word, code = approval
        return _plan(Decide(word, code), f"{word} {code}".strip())
    folded = folded_text(context)
    if context.state.pending is not None:
        plan = _answer_question(context, words, labels, confident=confident)
        if plan is not None:
            return plan
    offered = words.plain(folded)
    if offered in context.state.offers:
        return _plan(context.state.offers[offered], offered)
    if folded in words.more and context.state.more:
        return _plan(Continue(), "more")
    return _by_number(context)


def folded_text(context: TurnContext) -> str:
    """Return the message as short answers are compared: lower case, no closing signs."""
    return context.text.strip().strip(".!").casefold()


def as_numbered(context: TurnContext) -> TurnContext:
    """Read a bare number as the word it stood for in the last message, if it stood for one.

    The options of a question are numbered too, but those are values and read as such.
    """
    pending = context.state.pending
    if pending is not None and pending.ask.options:
        return context
    number = chosen_number(context.text, _MOST_NUMBERS, bare=True)
    word = context.state.numbered.get(str(number)) if number is not None else None
    return replace(context, text=word) if word is not None else context


def _answer_question(
    context: TurnContext, words: CommandWords, labels: Sequence[str], *, confident: bool
) -> Plan | None:
    pending, folded = context.state.pending, folded_text(context)
    assert pending is not None
    ask = pending.ask
    option = _pointed_at(ask, labels, context)
    if option is not None:
        return _chosen(ask, option)
    if folded in words.no:
        return _plan(Say("clarify.stopped"), "no")
    if ask.slot == "confirm" and folded in words.yes:
        return Plan(PlannerName.PENDING, (ask.call, *ask.more), "yes")
    if ask.slot == _AGREED and (agreed := _agreed(ask, folded, context, words)):
        return agreed
    if confident and not _is_figure(folded) and not _answers_only(ask, folded, context):
        return None
    return _value_given(ask, context, tries=pending.tries)


def _answers_only(ask: Ask, folded: str, context: TurnContext) -> bool:
    """Tell whether what is a request elsewhere can here be nothing but the answer."""
    if ask.slot in _DAYS and len(folded.split()) <= _SHORT:
        return bool(slot_value(ask.slot, context))  # a day alone, where one was asked for
    if ask.slot == "parts":  # "60 groceries, 30 household" are two entries where none is split
        return slot_value(ask.slot, context) is not None
    # "it was for petrol" says what was asked, of nothing else
    return ask.slot == "payee" and without_lead(context) != context.text


def _is_figure(folded: str) -> bool:
    """Tell whether a message is a bare figure, which answers a question before anything else."""
    return any(map(str.isdigit, folded)) and not any(map(str.isalpha, folded))


def _pointed_at(ask: Ask, labels: Sequence[str], context: TurnContext) -> Option | None:
    """Return the option whose number was typed, or whose label as the user reads it."""
    number = chosen_number(context.text, len(ask.options)) if ask.options else None
    if number is not None:
        return ask.options[number - 1]
    folded = folded_text(context)
    shown = zip(ask.options, labels, strict=False)
    named = next((option for option, label in shown if label.casefold() == folded), None)
    # "vti": a symbol that an option stands for is that option, whatever it asks elsewhere
    same = (option for option in ask.options if str(option.value).casefold() == folded)
    return named or next(same, None)


def _value_given(ask: Ask, context: TurnContext, *, tries: int) -> Plan | None:
    """Take a name from the options or a value of the right kind; else ask once more."""
    named = chosen_option(context.text, ask.options, context) if ask.options else None
    if named is not None:
        return _chosen(ask, named)
    value = slot_value(ask.slot, context)
    if value is not None:
        return _plan(_filled(ask, value), f"{ask.slot}={value}")
    insists = ask.options and ask.slot != _GUESSED  # what was only guessed is let go
    if tries < _MAX_TRIES and insists and not is_other_business(context):
        return _plan(replace(ask, phrase="clarify.not_in_list"), "asked again")
    return None


def _agreed(ask: Ask, folded: str, context: TurnContext, words: CommandWords) -> Plan | None:
    """Take a yes, or what the user says instead: "45.20", "it was yesterday", "groceries".

    What was put right is asked again, so that nothing is added that was not read in full.
    """
    if folded in words.yes:
        return _plan(_filled(ask, "yes"), "yes")
    said = words.value_said(folded)
    for slot in _CHANGEABLE:
        value = whole_value(slot, said, context)
        if value is not None:
            call = ToolCall(ask.call.tool, {**ask.call.arguments, slot: value})
            return _plan(call, f"{slot}={value}")
    return None


def _chosen(ask: Ask, option: Option) -> Plan:
    return _plan(_filled(ask, option.value), f"{ask.slot}={option.value}")


def _filled(ask: Ask, value: JsonValue) -> Step:
    """Return the call with the missing slot filled, or the whole call that was chosen."""
    if ask.slot == _GUESSED:
        return call_from_json(value)
    return ToolCall(ask.call.tool, {**ask.call.arguments, ask.slot: value})


def _by_number(context: TurnContext) -> Plan | None:
    """Read a bare number against the last list."""
    focus = context.state.focus
    shown = len(focus.subjects) if focus is not None else 0
    number = chosen_number(context.text, shown, bare=True)
    if focus is None or number is None or shown < 2:
        return None
    subject = focus.subjects[number - 1]
    if subject.startswith("entry:"):
        return _plan(ToolCall("show_entry", {"entry": subject}), f"entry {number}")
    if subject.startswith("account:"):
        return _plan(ToolCall("show_balances", {"account": subject}), f"account {number}")
    return None


def _plan(step: Step, understood: str) -> Plan:
    return Plan(PlannerName.PENDING, (step,), understood)
