"""Asks the planners in order and takes the first plan that is sure."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.choices import with_choices
from bot.dialogue.conditions import conditioned
from bot.dialogue.everyday import sharpened
from bot.dialogue.kit import DialogueKit
from bot.dialogue.looking import plan_of_paper
from bot.dialogue.lost import offered_person, owned_up
from bot.dialogue.pending import answer_pending, as_numbered, folded_text
from bot.dialogue.reply import labels_of
from bot.dialogue.troubles import helped
from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Decide, Plan, PlannerName, Say, ToolCall
from core.errors import FinanceError
from core.messaging.inbound import InboundKind
from core.statements.bank_text import read_bank_text
from core.users.preferences import Preferences
from intents.answers import takes_words
from intents.other_business import follows_on
from intents.reading import is_word
from intents.vocabulary import installed, load
from intents.words import CommandWords
from prompts.told import SESSION_FIELDS
from tools.spec import Tier

_SURE = 90  # per cent
_DECLINED = "unsupported."
_REQUESTS = frozenset({PlannerName.SENTENCE, PlannerName.CLASSIFIER})
_ASKED_BY_NAME = frozenset({"show_spending", "show_budgets", "show_balances"})
_NAMES = frozenset({"category", "merchant", "account"})
_WORDS_OF_A_NAME = 4
_GUESSES = frozenset({"confirm", "call"})
# Said at every turn of a talk: an answer to a proposal only right after it.
_TALK = frozenset({"ok", "okay", "sure", "right", "correct", "none", "ya"})


def choose(kit: DialogueKit, arrival: Arrival, context: TurnContext) -> Plan:
    """Return a plan; what was said aloud decides on no approval, whatever it was heard as."""
    plan = _chosen(kit, arrival, context)
    if context.spoken and any(isinstance(step, Decide) for step in plan.steps):
        return _said("voice.no_approval", "approval by voice")
    return plan


def _chosen(kit: DialogueKit, arrival: Arrival, context: TurnContext) -> Plan:
    """Plan a file first, then the open question or approval, then let each planner try."""
    plan = _not_for_planners(kit, arrival, context)
    if plan is not None:
        return plan
    words = kit.words
    context = as_numbered(context)
    plain = _in_plain_words(context, words)
    pending = context.state.pending
    labels = labels_of(kit, context, pending.ask.options) if pending is not None else ()
    plan = (
        _typed_code(kit, arrival, context, words)
        or _slipped(kit, arrival, context, words)
        or _mistyped_code(context, words)
        or _about_model(kit, context, words)
        or conditioned(kit, arrival, context)
        or answer_pending(context, words, confident=_confident(kit, plain), labels=labels)
        or _yes_or_no(kit, arrival, context, words)
    )
    if plan is not None:
        return plan
    for planner in kit.planners:
        plan = planner.plan(plain)
        if plan is not None:
            plan = helped(context, owned_up(context, plan))
            plan = with_choices(context, sharpened(kit, arrival, context, plan))
            return offered_person(kit, arrival, context, plan)
    lost = Plan(PlannerName.ASK, (Say("unclear.first"),), "unclear")
    return offered_person(kit, arrival, context, lost)


def _not_for_planners(kit: DialogueKit, arrival: Arrival, context: TurnContext) -> Plan | None:
    """Plan what is no talk: a file, a photo, nothing at all, too much, a message of a bank."""
    if arrival.message.kind is InboundKind.FILE:
        return _read_file(kit, arrival)
    if arrival.paper:
        return plan_of_paper(arrival)
    if not context.text:
        return _said("guard.empty", "empty")
    if len(arrival.message.text) > kit.limits.text_characters:
        fields = {"limit": str(kit.limits.text_characters)}
        return Plan(PlannerName.PENDING, (Say("guard.too_long", fields),), "too_long")
    if is_bank_text(context):
        call = ToolCall("book_bank_text", {"text": context.text})
        return Plan(PlannerName.PENDING, (call,), "bank_text")
    return None


def _in_plain_words(context: TurnContext, words: CommandWords) -> TurnContext:
    """Put the English word for a whole message that stands for one; it is planned in English."""
    text = words.plain(context.text)
    if text == context.text:
        return context
    english = replace(context.preferences, language=Preferences().language)
    return replace(context, text=text, preferences=english)


def is_bank_text(context: TurnContext) -> bool:
    """Tell whether the user passed on a bank's message about a payment.

    It is looked for before anything else reads the text: somebody else wrote it, so it can be an
    entry in the books and nothing more.
    """
    currency = context.preferences.currency
    return read_bank_text(context.text, currency=currency, today=context.today) is not None


def _typed_code(
    kit: DialogueKit, arrival: Arrival, context: TurnContext, words: CommandWords
) -> Plan | None:
    """Read "approve kqxm": small letters are a code when this user has a request of that code."""
    said, _, code = folded_text(context).rpartition(" ")
    verdict, code = words.verdict(said.strip()), code.upper()
    if not code.isalpha() or not verdict or not _is_code(kit, arrival, code):
        return None
    return Plan(PlannerName.PENDING, (Decide(verdict, code),), f"{verdict} {code}")


def _is_code(kit: DialogueKit, arrival: Arrival, code: str) -> bool:
    """Tell whether this user has a request of a code."""
    if arrival.user is None:
        return False
    with kit.database.reading() as uow:
        return uow.approvals.by_code(arrival.user.id, code) is not None


def _slipped(
    kit: DialogueKit, arrival: Arrival, context: TurnContext, words: CommandWords
) -> Plan | None:
    """Read "aprove KQXM" where that code is this user's: nothing is done, he is told how to."""
    found = words.nearly(folded_text(context))
    if found is None or words.approval(context.text):
        return None
    verdict, code = found
    if not _is_code(kit, arrival, code.upper()):
        return None
    return Plan(PlannerName.PENDING, (Decide(verdict),), f"{verdict}? {code}")


def _mistyped_code(context: TurnContext, words: CommandWords) -> Plan | None:
    """Read "approve k7": no code, nor a word that something is called by; told which there are."""
    found = None if words.approval(context.text) else words.mistyped(context.text)
    if found is None:
        return None
    if any(is_word(found[1], context.names, load(language)) for language in installed()):
        return None
    return Plan(PlannerName.PENDING, (Decide(found[0]),), f"{found[0]} {found[1]}?")


def _about_model(kit: DialogueKit, context: TurnContext, words: CommandWords) -> Plan | None:
    """Take the user's word on a language model, before anything could be sent to one."""
    folded = folded_text(context)
    if folded in words.ai_sent:
        book = kit.phrasebook(context.preferences.language)
        told = book.table("consent_field", context.profile.value)
        fields = {name: told[name] for name in SESSION_FIELDS}
        return Plan(PlannerName.PENDING, (Say("consent.sent", fields),), "ai?")
    if folded not in words.ai_on | words.ai_off:
        return None
    value = "on" if folded in words.ai_on else "off"
    call = ToolCall("set_preference", {"name": "ai", "value": value})
    return Plan(PlannerName.PENDING, (call,), f"ai {value}")


def _yes_or_no(
    kit: DialogueKit, arrival: Arrival, context: TurnContext, words: CommandWords
) -> Plan | None:
    """Read a bare yes or no that no question asked for.

    An open proposal in this chat may be meant, and that takes its code. Otherwise a no after a
    change is about that change, and after anything else it is only talk.
    """
    folded = folded_text(context)
    if context.state.pending is not None or folded not in words.yes | words.no:
        return None
    tool = context.state.focus.call.tool if context.state.focus is not None else ""
    spec = kit.runner.registry.get(tool) if tool in kit.runner.registry else None
    proposed = spec is not None and spec.tier >= Tier.EXTERNAL
    if (proposed or folded not in _TALK) and _has_proposal(kit, arrival):
        word = "approve" if folded in words.yes else "decline"
        return Plan(PlannerName.PENDING, (Decide(word),), word)
    if folded in words.yes:
        return None
    changed = spec is not None and spec.tier is Tier.REVERSIBLE
    return _said("clarify.no_after_change" if changed else "clarify.nothing_open", "no")


def _has_proposal(kit: DialogueKit, arrival: Arrival) -> bool:
    if arrival.user is None:
        return False
    with kit.database.reading() as uow:
        waiting = uow.approvals.open_for(arrival.user.id, now=arrival.now)
    return any(one.conversation_id == arrival.talk.id for one in waiting)


def _read_file(kit: DialogueKit, arrival: Arrival) -> Plan:
    """Fetch a file the user sent and plan to read it; a file that cannot be had is said."""
    try:
        key = kit.fetch_file(arrival.message)
    except FinanceError as error:
        fields = {name: str(value) for name, value in error.fields.items()}
        return Plan(PlannerName.PENDING, (Say(error.code, fields),), "file")
    return Plan(PlannerName.PENDING, (ToolCall("import_statement", {"file": key}),), "file")


def _confident(kit: DialogueKit, context: TurnContext) -> bool:
    """Tell whether the message is a full request of its own, which suspends an open question."""
    if context.state.pending is None:
        return False
    for planner in kit.planners:
        plan = planner.plan(_as_answer(context))
        if plan is not None:
            sure = plan.confidence >= _SURE and plan.planner in _REQUESTS
            if any(isinstance(step, Ask) and step.slot in _GUESSES for step in plan.steps):
                return False  # what has to be confirmed first is not sure
            ask = context.state.pending.ask
            answers = takes_words(ask.slot)
            if answers and (
                _is_only_declined(plan) or _turns_the_open_call(plan, ask, context.text)
            ):
                return False
            names = _NAMES | {"period"} if answers else _NAMES  # a goal may be called "Christmas"
            return sure and not _only_names(plan, context.text, names)
    return False


def _is_only_declined(plan: Plan) -> bool:
    """Tell whether a guess is only that we do not do this: "with bo" can be a note all the same."""
    return all(isinstance(one, Say) and one.phrase.startswith(_DECLINED) for one in plan.steps)


def _as_answer(context: TurnContext) -> TurnContext:
    """Leave out what the talk was about where a few words are asked for and these are few.

    "Christmas" after "what should I call it?" is no turn of an older question.
    """
    state = context.state
    asked = state.pending is not None and takes_words(state.pending.ask.slot)
    few = "?" not in context.text and len(context.text.split()) < _WORDS_OF_A_NAME
    if not (asked and few) or follows_on(context):
        return context
    return replace(context, state=replace(state, focus=None))


def _turns_the_open_call(plan: Plan, ask: Ask, text: str) -> bool:
    """Tell whether a few words were read as a turn of the very call that asks for them."""
    steps = [step for step in plan.steps if isinstance(step, ToolCall)]
    short = len(text.split()) <= _WORDS_OF_A_NAME and not any(map(str.isdigit, text))
    return short and len(steps) == 1 and steps[0].tool == ask.call.tool


def _only_names(plan: Plan, text: str, names: frozenset[str]) -> bool:
    """Tell whether a message does no more than name something: "food", "savings".

    Alone it would be a question; with a question open it is more likely the answer.
    """
    if "?" in text or len(plan.steps) != 1 or len(text.split()) > _WORDS_OF_A_NAME:
        return False
    step = plan.steps[0]
    if not isinstance(step, ToolCall) or step.tool not in _ASKED_BY_NAME:
        return False
    return len(step.arguments) == 1 and step.arguments.keys() <= names


def _said(phrase: str, understood: str) -> Plan:
    return Plan(PlannerName.PENDING, (Say(phrase),), understood)
