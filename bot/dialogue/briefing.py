"""What a model is told of one turn: the policy, then the session, then what was said before."""

from __future__ import annotations

from collections.abc import Iterable

from bot.dialogue.arrival import Arrival
from bot.dialogue.past_words import MOST, past_words
from bot.llm.chat import Message
from bot.llm.loop import Brief
from bot.llm.observation import marked
from core.conversation.context import Profile, TurnContext
from core.store.unit_of_work import UnitOfWork
from intents.decide import understood
from prompts.phrasebook import Phrasebook
from prompts.told import NARRATE, SESSION_FIELDS, told

_MOST_NAMES = 25
_LIMITS = {Profile.SMS: 300, Profile.WHATSAPP: 900, Profile.TELEGRAM: 1200, Profile.WEB: 1200}
_NONE = "-"


def brief_of(uow: UnitOfWork, arrival: Arrival, context: TurnContext, book: Phrasebook) -> Brief:
    """Gather what a model needs to know for this turn."""
    language = context.preferences.language
    policy = told("policy", language).filled({"language": book.render(f"word.language_{language}")})
    session = told("session", language).filled(_session(uow, arrival, context, book))
    return Brief(
        system=f"{policy}\n\n{session}",
        history=_history(uow, arrival, context),
        said=context.text,
        repair=told("repair", language).text,
        names=tuple(_names(context)),
    )


def narration_of(
    found: str, context: TurnContext, book: Phrasebook, prompt: str = NARRATE
) -> Brief:
    """Tell a model to put what was found into words, and nothing else: no tools, no history."""
    language = context.preferences.language
    fields = {
        "language": book.render(f"word.language_{language}"),
        "limit": str(_LIMITS[context.profile]),
        "found": found,
    }
    return Brief(
        system=told(prompt, language).filled(fields),
        history=(),
        said=context.text,
        repair=told("repair", language).text,
        names=tuple(_names(context)),
        with_tools=False,
    )


def _session(
    uow: UnitOfWork, arrival: Arrival, context: TurnContext, book: Phrasebook
) -> dict[str, str]:
    names, wishes = context.names, context.preferences
    focus = context.state.focus
    waiting = uow.approvals.open_for(arrival.user.id, now=arrival.now) if arrival.user else ()
    known = {
        "today": context.today.isoformat(),
        "weekday": context.today.strftime("%A"),
        "zone": wishes.zone,
        "currency": wishes.currency,
        "channel": context.profile.value,
        "limit": str(_LIMITS[context.profile]),
        "accounts": _listed(f"{one.handle} {marked(one.text)}" for one in names.accounts),
        "budgets": _listed(book.category(slug) or slug for slug in names.budgets),
        "categories": _listed(
            marked(one.text) for one in names.categories if one.handle.startswith("user:")
        ),
        "focus": marked(understood(focus.call)[:200]) if focus is not None else _NONE,
        "waiting": str(len(waiting)) if waiting else _NONE,
    }
    # What users are not told of does not go.
    return {name: known[name] for name in SESSION_FIELDS}


def _listed(texts: Iterable[str]) -> str:
    listed = list(texts)
    return ", ".join(listed[:_MOST_NAMES]) or _NONE


def _history(uow: UnitOfWork, arrival: Arrival, context: TurnContext) -> tuple[Message, ...]:
    """Return the last messages of the chat."""
    shown = list(uow.conversations.transcript(arrival.talk.id, limit=MOST + 1))
    if shown and shown[-1].sender == "user":
        shown.pop()  # this very message, where a page has shown it already
    return past_words(
        shown, _names(context), currency=context.preferences.currency, today=context.today
    )


def _names(context: TurnContext) -> Iterable[str]:
    names = context.names
    for group in (names.merchants, names.subscriptions, names.bills):
        yield from (one.text for one in group)
