"""From a request to tool calls: slots filled, what is missing, what was left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.conversation.plan import ToolCall
from intents.bills import name_bill
from intents.fill import fill
from intents.filling import Filling, unexplained
from intents.investing import chart_of, leave_now
from intents.leads import name_reminded
from intents.match import Match
from intents.name_takers import name_shop
from intents.narrowed import days_dropped, narrowed
from intents.plans import leave_income_alone, name_plan
from intents.pointing import entry_pointers
from intents.quick_entry import quick_entries
from intents.reading import Reading, find_runs, plain_amount
from intents.reminding import take_reminder, take_span, take_which
from intents.settings_words import preference
from intents.split_words import split_parts
from intents.vocabulary import Intent, runs
from prompts.figures import Style, write_date
from tools.spec import Effect, ToolSpec

# Names that people say along with a request that needs none of them.
_MENTIONS: Mapping[str, tuple[str, ...]] = {
    "remove_rule": ("category",),
    "list_rules": ("merchant", "category"),
    "list_subscriptions": ("subscription", "merchant", "category"),
    "show_approval": ("subscription", "merchant", "category"),
    "withdraw_approval": ("subscription", "merchant", "category"),
    "show_help": ("category", "account"),
    "show_preferences": ("category",),
    "show_rate": ("category", "merchant", "account"),
    "set_rate": ("category", "merchant", "account"),
    "open_wallet": ("category", "merchant", "account"),
    "top_up_wallet": ("category", "merchant"),
    **dict.fromkeys(
        ("connect_bank", "list_banks", "sync_bank", "disconnect_bank"),
        ("category", "merchant", "account"),
    ),
    "list_cards": ("category", "merchant", "account"),
    "create_card": ("category", "merchant"),
    "freeze_card": ("category", "merchant", "account"),
    "unfreeze_card": ("category", "merchant", "account"),
    "close_card": ("category", "merchant", "account"),
    "set_card_limit": ("category", "merchant", "account"),
    "exchange_money": ("category", "merchant", "account"),
    "show_net_worth": ("category", "account"),
    "send_report": ("category", "merchant", "account"),
    "show_dashboard": ("category", "merchant", "account"),
    "show_balances": ("category",),
    "cancel_subscription": ("merchant", "category"),
    "add_account": ("account", "category", "merchant"),
    "explain_figure": ("category",),
    "show_bills": ("merchant", "category", "subscription", "account"),
    "safe_to_spend": ("category", "account"),
    "add_bill": ("merchant", "category", "subscription", "account", "bill"),
    "edit_bill": ("merchant", "category", "subscription", "account"),
    "delete_bill": ("merchant", "category", "subscription", "account"),
    "mark_bill_paid": ("merchant", "category", "subscription", "account"),
    **dict.fromkeys(("set_habit", "show_habits", "delete_habit"), ("merchant", "category")),
    "set_reminders": ("merchant", "category", "subscription", "account"),
    "show_reminders": ("merchant", "category", "subscription", "account"),
    **dict.fromkeys(
        (
            *("add_reminder", "delete_reminder", "show_alerts", "explain_alert"),
            *("mute_alerts", "unmute_alerts", "snooze_alert"),
        ),
        ("merchant", "category", "subscription", "account", "bill", "goal"),
    ),
    "show_goals": ("merchant", "category", "account", "bill"),
    **dict.fromkeys(
        (
            *(
                "show_portfolio",
                "show_holding",
                "show_returns",
                "show_dividends",
                "show_diversification",
            ),
            *("check_exposure", "add_trade", "delete_trade"),
            *("watch_price", "unwatch_price", "show_watchlist"),
            *("compare_mixes", "project_investments", "show_tax_losses", "show_lots"),
        ),
        ("merchant", "category", "subscription"),
    ),
    "set_goal": ("merchant", "category", "bill"),
    "add_to_goal": ("merchant", "category", "account", "bill"),
    "take_from_goal": ("merchant", "category", "account", "bill"),
    "delete_goal": ("merchant", "category", "account", "bill"),
    "show_debt_plan": ("category", "account", "merchant"),
    "set_debt": ("category", "account", "merchant", "bill"),
    "delete_debt": ("category", "account", "merchant", "bill"),
    "show_split": ("category",),
    "cover_budget": ("merchant",),
}
# An entry says something only with one of these beside its amount.
_ABOUT = frozenset({"payee", "category", "note", "direction"})
# What takes a shop for its entry: the newest, or the only one.
_OF_A_SHOP = frozenset({"delete_entry", "explain_category"})
_LONGEST_NAME = 5  # words; a longer account name is a sentence that was not understood
_MOST_LETTERS = 60
_SECTION = re.compile(r"\[([^\]]*)\]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class ToolShape:
    """What planning needs to know of a tool."""

    name: str
    takes: frozenset[str]
    required: frozenset[str]
    writes: bool

    @classmethod
    def of(cls, spec: ToolSpec) -> ToolShape:
        """Read the shape from a tool's declaration."""
        fields = spec.arguments.model_fields
        required = frozenset(name for name, one in fields.items() if one.is_required())
        return cls(spec.name, frozenset(fields), required, spec.effect is Effect.WRITE)


@dataclass(frozen=True, slots=True)
class Request:
    """A request understood: its calls, the argument still missing, and words not explained.

    ``restated`` says it again in few words, with the user's own names and days.
    """

    label: str
    calls: tuple[ToolCall, ...]
    missing: str = ""
    ignored: tuple[str, ...] = ()
    restated: str = ""
    writes: bool = False


def build(reading: Reading, intent: Intent, shape: ToolShape, match: Match | None) -> Request:
    """Fill the slots of a request, from the exact sentence when there is one."""
    if intent.tool == "add_entry":
        entries = _entries(reading, intent, shape)
        if entries is not None:
            return entries
    filling = fill(
        reading,
        intent,
        shape.takes,
        slots=match.slots if match else None,
        settled=match.arguments if match else None,
    )
    found = _to_be_found(filling, shape)
    if found is not None:
        return found
    tool = narrowed(filling) or _adapt(filling)
    if tool != intent.tool:
        return Request(intent.label, (ToolCall(tool, filling.arguments),))
    missing = sorted(shape.required - filling.arguments.keys(), key=asking_order)
    if tool == "add_entry" and not _ABOUT.intersection(filling.arguments):
        missing.append("payee")
    if not missing and tool == "edit_entry" and len(filling.arguments) == 1:
        # What shall be put right was not said; of "add a note" it is the note.
        nouns = set(reading.vocabulary.dialogue["entry"]["notes"])
        missing = ["note" if nouns & set(reading.texts) else "amount"]
    ignored = () if match else tuple(_left_out(filling, shape))
    return Request(
        label=intent.label,
        calls=one_change_each(ToolCall(intent.tool, filling.arguments)),
        missing=missing[0] if missing else "",
        ignored=ignored,
        restated=restate(intent, _said(filling), filling.arguments),
        writes=shape.writes,
    )


def _said(filling: Filling) -> dict[str, str]:
    """Return the user's words for the arguments; a day not said as one is written."""
    wishes = filling.reading.context.preferences
    style = Style(wishes.locale, wishes.zone, filling.reading.context.today)
    days = {
        name: write_date(date.fromisoformat(value), style)
        for name, value in filling.arguments.items()
        if isinstance(value, str) and _DAY.fullmatch(value) and name not in filling.said
    }
    return {**days, **filling.said}


def one_change_each(call: ToolCall) -> tuple[ToolCall, ...]:
    """Split a correction of several things: an edit changes one, and each can be undone."""
    changes = {name: value for name, value in call.arguments.items() if name != "entry"}
    if call.tool != "edit_entry" or len(changes) < 2:
        return (call,)
    entry = call.arguments.get("entry")
    return tuple(
        ToolCall(call.tool, {"entry": entry, name: value}) for name, value in changes.items()
    )


def restate(intent: Intent, said: Mapping[str, str], arguments: Mapping[str, Any]) -> str:
    """Say a request again by its short form: sections whose slot is empty are dropped."""
    values = {name: said.get(name, value) for name, value in arguments.items()}

    def section(found: re.Match[str]) -> str:
        names = _FIELD.findall(found[1])
        return found[1] if all(values.get(name) for name in names) else ""

    text = _SECTION.sub(section, intent.restate)
    return _FIELD.sub(lambda found: str(values.get(found[1], "")), text).strip()


def _to_be_found(filling: Filling, shape: ToolShape) -> Request | None:
    """Look an entry up that is named by its shop: "delete the uber one" lists uber's first.

    Acting on the last entry instead would hit the wrong one.
    """
    if "entry" not in shape.required or "payee" in filling.arguments or shape.takes & {"merchant"}:
        return None
    pointed = any(piece.value for piece in entry_pointers(filling.reading))
    if pointed or filling.reading.context.reply_to:
        return None
    arguments: dict[str, Any] = {}
    named = [range(one.first, one.last) for one in filling.reading.of("category")]
    shops = [shop for shop in filling.free("merchant") if not any(map(shop.overlaps, named))]
    for shop in shops[:1]:
        said = filling.reading.said(shop.first, shop.last)
        arguments["merchant"] = shop.value[0] if len(shop.value) == 1 else said
    if not shape.takes & {"amount", "parts"}:
        for amount in filling.free("amount")[:1]:
            arguments["amount"] = plain_amount(amount.value)
    if not arguments:
        return None
    if filling.intent.tool in _OF_A_SHOP and arguments.keys() == {"merchant"}:
        call = ToolCall(filling.intent.tool, {"entry": f"merchant:{arguments['merchant']}"})
        return Request(filling.intent.label, (call,), writes=shape.writes)
    return Request(filling.intent.label, (ToolCall("find_entries", arguments),))


def _entries(reading: Reading, intent: Intent, shape: ToolShape) -> Request | None:
    written = quick_entries(reading, told=True)
    if written is None:
        return None
    first = written.calls[0].arguments
    named = _ABOUT & first.keys()
    return Request(
        label=intent.label,
        calls=written.calls,
        missing=written.doubt if named else "payee",
        restated=restate(intent, {}, first),
        writes=shape.writes,
    )


# What has to come with these, beside the words that ask for it.
_BRINGS = {"import_statement": "file", "book_bank_text": "text", "book_receipt": "text"}


# What only one tool reads: mostly the name that the user gives to something.
_NAMED_BY: Mapping[str, Callable[[Filling], None]] = {
    "add_bill": name_bill,
    "explain_category": name_shop,
    **dict.fromkeys(("set_reminders", "show_reminders"), name_reminded),
    "simulate_change": leave_income_alone,
    "draw_chart": chart_of,
    "show_portfolio": leave_now,
    **dict.fromkeys(("set_goal", "set_debt", "delete_debt"), name_plan),
    "add_reminder": take_reminder,
    "delete_reminder": take_which,
    **dict.fromkeys(("mute_alerts", "snooze_alert"), take_span),
}


def _adapt(filling: Filling) -> str:
    """Do what only one tool needs; return the tool to call, which may be a milder one."""
    tool = filling.intent.tool
    if tool == "set_preference":
        return "set_preference" if preference(filling) else "show_preferences"
    if tool == "split_entry":
        split_parts(filling)
    for piece in filling.reading.of(*_MENTIONS.get(tool, ())):
        filling.used.update(range(piece.first, piece.last))
    if tool in _BRINGS and _BRINGS[tool] not in filling.arguments:
        # Typed words bring no file and no bank's message: say how to send one.
        filling.arguments.clear()
        filling.arguments["topic"] = "statements"
        return "show_help"
    if tool == "settle_double" and "pair" not in filling.arguments:
        # Which pair is meant is told by the last answer; without one, show what waits.
        filling.arguments.clear()
        return "list_doubles"
    if tool == "add_account":
        _new_account(filling)
    if tool in _NAMED_BY:
        _NAMED_BY[tool](filling)
    return tool


def _new_account(filling: Filling) -> None:
    """Read the kind out of a new account's name ("petty cash"), and the name out of the rest."""
    reading = filling.reading
    if "kind" not in filling.arguments:
        kinds = [
            (len(cue), value)
            for argument, value, cue in filling.intent.cue_words()
            if argument == "kind" and find_runs(reading.texts, (cue,))
        ]
        if kinds:
            filling.arguments["kind"] = max(kinds)[1]
    first, last = _name_of_account(reading)
    for piece in reading.of("currency"):
        if first < piece.first and piece.last == last and "currency" not in filling.arguments:
            # "Revolut in EUR": what the name ends with is no part of it.
            filling.use(piece, "currency", piece.value)
            last = _without_after(reading, first, piece.first)
    if first < last <= first + _LONGEST_NAME and len(reading.said(first, last)) <= _MOST_LETTERS:
        filling.arguments["name"] = reading.said(first, last)
        filling.used.update(range(first, last))
    else:
        filling.arguments.pop("name", None)
        if "kind" in filling.said:
            filling.arguments["name"] = filling.said["kind"]


def _name_of_account(reading: Reading) -> tuple[int, int]:
    """Return where the name stands: after "called", else between the small words around it."""
    words = reading.vocabulary.dialogue["account_words"]
    amounts = [piece.first for piece in reading.of("amount")]
    last = min(amounts, default=len(reading.texts))
    first = 0
    for place in range(last):
        if reading.texts[place] in words["called"]:
            first = place + 1
    ends = [place for place in range(first, last) if reading.texts[place] in words["ends"]]
    commas = [
        place + 1
        for place in range(first, last - 1)
        if "," in reading.utterance.text[reading.words[place].end : reading.words[place + 1].start]
    ]
    last = min([last, *ends, *commas])
    while size := reading.starts(runs(words["before"]), first):
        if first + size > last:
            break
        first += size
    return first, _without_after(reading, first, last)


def _without_after(reading: Reading, first: int, last: int) -> int:
    """Return where a name ends before the small words that may follow: "in", "with"."""
    after = reading.vocabulary.dialogue["account_words"]["after"]
    while last > first and reading.texts[last - 1] in after:
        last -= 1
    return last


def _left_out(filling: Filling, shape: ToolShape) -> Iterable[str]:
    """Give the words that matter and that nothing explains: names, and what narrows."""
    reading = filling.reading
    taken = filling.used | {
        place for piece in entry_pointers(reading) for place in range(piece.first, piece.last)
    }
    odd = set(unexplained(filling))
    dated = set() if shape.writes else days_dropped(filling)
    for place, text in enumerate(reading.texts):
        if place in taken:
            continue
        narrows = text in reading.vocabulary.narrowing and text not in filling.intent.words
        if narrows or place in dated or (place in odd and _names_something(reading, place)):
            yield text


def _names_something(reading: Reading, place: int) -> bool:
    """Tell whether a word names something: one the books know, or an unknown one after "from"."""
    kinds = ("category", "merchant", "account", "subscription")
    if any(piece.overlaps((place,)) for piece in reading.of(*kinds)):
        return True
    if reading.texts[place] in reading.vocabulary.requested:
        return False
    words = reading.vocabulary.dialogue["prepositions"]
    before = [text for text in reading.texts[:place] if text not in words["articles"]]
    return bool(before) and before[-1] in words["any"]


def asking_order(argument: str) -> int:
    """Ask for what says most first."""
    first = (
        *("entry", "subscription", "bill", "security", "merchant", "category"),
        *("base", "name", "amount"),
    )
    return first.index(argument) if argument in first else len(first)
