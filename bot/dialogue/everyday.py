"""Everyday talk that a sentence pattern reads by half: a dispute, a return, a shared bill.

"That's wrong, I spent way less" wants the rows and a question, not the rows alone. What came back
for a return belongs to the purchase: it is found by its amount and nets its category. Of a bill
that the user paid for several, only his own part is spending; the rest is money lent.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from core.conversation.context import TurnContext
from core.conversation.plan import Plan, PlannerName, Say, ToolCall
from core.ledger.entry import Flow, JournalEntry
from core.ledger.search import EntryQuery
from core.money import Money
from core.period import Period
from intents.text import fold

_PLACE = Path(__file__).with_suffix(".toml")
_AMOUNT = r"(?P<amount>\d+(?:[.,]\d{1,2})?)"
_LENT = "TRANSFER_OUT_OTHER_TRANSFER_OUT"
_BOUGHT_WITHIN = timedelta(days=180)
_MOST_WAYS = 20
_MOST_FOUND = 50
_NOTE = 120


@dataclass(frozen=True, slots=True)
class _Words:
    disputes: re.Pattern[str]
    returns: tuple[re.Pattern[str], ...]
    shares: tuple[re.Pattern[str], ...]
    others_paid: re.Pattern[str]
    numbers: Mapping[str, int]
    small: frozenset[str]


def sharpened(kit: DialogueKit, arrival: Arrival, context: TurnContext, plan: Plan) -> Plan:
    """Return the plan, or what such a message asks for beyond it."""
    said = fold(context.text.casefold()).replace("\u2019", "'").rstrip(" .!")
    if [one.tool for one in plan.steps if isinstance(one, ToolCall)] == ["explain_figure"]:
        return _asked_which(plan, said)
    if "?" in said or not _may_be_other(plan):
        return plan
    return _shared(context, said) or _returned(kit, arrival, context, said) or plan


def _may_be_other(plan: Plan) -> bool:
    """Tell whether the plan is an entry, an excuse or none: what these are taken for."""
    if plan.planner is PlannerName.ASK:
        return True
    return all(
        (isinstance(one, ToolCall) and one.tool in {"add_entry", "split_entry"})
        or (isinstance(one, Say) and one.phrase == "unsupported.shared")
        for one in plan.steps
    )


def _asked_which(plan: Plan, said: str) -> Plan:
    """Ask for the row that is wrong; nothing is given in, and nothing changed."""
    if not any(one.disputes.search(said) for one in _words()):
        return plan
    return replace(plan, steps=(*plan.steps, Say("clarify.which_is_wrong")))


def _returned(kit: DialogueKit, arrival: Arrival, context: TurnContext, said: str) -> Plan | None:
    found = next(_matches("returns", said), None)
    if found is None or arrival.user is None:
        return None
    amount = _money(found["amount"], context)
    bought = _bought(kit, arrival, context, amount, found["thing"])
    if bought is None:
        return None
    back = {
        "amount": amount.plain,
        "payee": bought.payee,
        "category": bought.category,
        "direction": "in",
        "note": context.text[:_NOTE],
    }
    steps = (ToolCall("show_entry", {"entry": bought.handle}), ToolCall("add_entry", back))
    return Plan(PlannerName.SENTENCE, steps, f"returned {bought.handle}")


def _bought(
    kit: DialogueKit, arrival: Arrival, context: TurnContext, amount: Money, thing: str
) -> JournalEntry | None:
    """Return the one purchase that is meant: of the same amount, or called so and no smaller."""
    assert arrival.user is not None
    days = Period(context.today - _BOUGHT_WITHIN, context.today + timedelta(days=1))
    query = EntryQuery(
        days, Flow.SPEND, currency=amount.currency, minimum=amount.minor, limit=_MOST_FOUND
    )
    with kit.database.reading() as uow:
        found = [one for one in uow.entries.find(arrival.user.id, query) if one.amount.minor < 0]
    book = kit.phrasebook(context.preferences.language)
    named = [one for one in found if _is_called(one, thing, book.category(one.category) or "")]
    equal = [one for one in named or found if -one.amount.minor == amount.minor]
    likely = equal or named
    return likely[0] if len(likely) == 1 else None


def _is_called(entry: JournalEntry, thing: str, category: str) -> bool:
    texts = f"{entry.payee} {entry.description} {category}"
    known = {one.rstrip("s") for one in re.findall(r"\w+", fold(texts.casefold()))}
    return any(word.rstrip("s") in known for word in thing.split() if len(word) > 2)


def _shared(context: TurnContext, said: str) -> Plan | None:
    found = next(_matches("shares", said), None)
    if found is None or any(one.others_paid.search(said) for one in _words()):
        return None
    who = _people(found["who"])
    ways = _ways(found.groupdict().get("ways")) or len(who) + 1
    if not 2 <= ways <= _MOST_WAYS:
        return None
    whole = _money(found["amount"], context)
    own = whole.split([1] * ways)[0]
    note = context.text[:_NOTE]
    what = found["what"].strip()
    part = {"amount": own.plain, "payee": what, "note": note}
    lent = {
        "amount": (whole - own).plain,
        "payee": ", ".join(one.title() for one in who) or what,
        "category": _LENT,
        "note": note,
    }
    steps = (ToolCall("add_entry", part), ToolCall("add_entry", lent))
    return Plan(PlannerName.SENTENCE, steps, f"shared by {ways}")


def _people(words: str) -> list[str]:
    small = frozenset[str]().union(*(one.small for one in _words()))
    return [word for word in re.findall(r"[^\W\d_]+", words) if word not in small]


def _ways(said: str | None) -> int:
    if said is None:
        return 0
    numbers = {word: count for one in _words() for word, count in one.numbers.items()}
    return int(said) if said.isdigit() else numbers.get(said, 0)


def _money(figure: str, context: TurnContext) -> Money:
    return Money.of(Decimal(figure.replace(",", ".")), context.preferences.currency)


def _matches(kind: str, said: str) -> Iterator[re.Match[str]]:
    for words in _words():
        for pattern in getattr(words, kind):
            found = pattern.search(said)
            if found is not None:
                yield found


@lru_cache(maxsize=1)
def _words() -> tuple[_Words, ...]:
    tables = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    return tuple(_read(table) for table in tables.values())


def _read(table: Mapping[str, Any]) -> _Words:
    def made(name: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(one.replace("{amount}", _AMOUNT)) for one in table[name])

    return _Words(
        disputes=re.compile(rf"\b(?:{'|'.join(table['disputes'])})\b"),
        returns=made("returns"),
        shares=made("shares"),
        others_paid=re.compile(table["others_paid"]),
        numbers=table["numbers"],
        small=frozenset(table["small"]),
    )
