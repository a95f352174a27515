"""Messages that turn the last question or put the last entry right, without repeating it.

"and last month?", "only swiggy", "which ones?", "no, that was groceries", "not 45, 54".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.conversation.plan import ToolCall
from core.conversation.state import Frame
from core.period import Grain, period_of
from intents.fill import fill
from intents.filling import Filling, affirmed
from intents.pointing import ENTRY, entry_pointers, names_an_entry
from intents.reading import Piece, Reading, find_runs, is_day, plain_amount, read_message
from intents.request import ToolShape
from intents.sorting import numbered_filings
from intents.text import fold
from intents.vocabulary import Intent, runs

# After these, a correction is about the entry they wrote or showed.
_ABOUT_AN_ENTRY = frozenset(
    {"add_entry", "edit_entry", "recategorise_entry", "split_entry", "show_entry", "show_history"}
)
# An argument that is replaced takes these with it: two answers to one question.
_RIVALS: Mapping[str, tuple[str, ...]] = {
    "category": ("merchant", "text", "against"),
    "merchant": ("category", "text", "against"),
    "text": ("category", "merchant"),
    "amount": ("minimum", "maximum"),
    "minimum": ("amount",),
    "maximum": ("amount",),
}
# What "it" is taken for an entry in, though what was just changed may be meant.
_OF_IT = frozenset({"edit_entry", "delete_entry"})
# What undoing takes away whole, and what is about a budget.
_MADE = frozenset(
    {"add_reminder", "add_bill", "set_goal", "set_debt", "add_rule", "add_trade", "watch_price"}
)
_OF_A_BUDGET = frozenset(
    {"set_budget", "pause_budget", "resume_budget", "carry_budget", "set_budget_alert"}
)
_SORTING = frozenset({"sort_entries", "file_entries"})
_SHARED = ("period", "category", "merchant", "account", "flow")


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Reads messages against the focus of the conversation; knows the tools' arguments."""

    tools: Mapping[str, Intent]
    shapes: Mapping[str, ToolShape]

    def correction(self, reading: Reading) -> ToolCall | None:
        """Read "no, ..", "actually ..", ".. instead": put right what was just said or done."""
        words = reading.vocabulary.dialogue["correction"]
        rest = _without_ends(reading, words["start"], words["end"])
        if rest is None and _leads(reading, words["not"]):
            rest = reading
        if rest is None or reading.asks or not rest.texts:
            return None
        focus = reading.context.state.focus
        elsewhere = focus is not None and self._changed_else(focus)
        if _about_entry(reading, focus) and (reading.context.reply_to or not elsewhere):
            call = self._entry_put_right(rest)
            if call is not None:
                return call
        if focus is None or focus.call.tool in _ABOUT_AN_ENTRY:
            return None
        return self._turned(rest, focus, small=_small(rest))

    def sorted_out(self, reading: Reading) -> ToolCall | None:
        """Read "1 groceries 3 fun", "2 ok" after a list of entries without a category."""
        focus = reading.context.state.focus
        if focus is None or focus.call.tool not in _SORTING or reading.asks:
            return None
        filings = numbered_filings(reading, focus.subjects)
        return ToolCall("file_entries", {"filings": filings}) if filings else None

    def ellipsis(self, reading: Reading, *, bare: bool = False) -> ToolCall | None:
        """Read "and last month?", "only swiggy": the last question with a part of it changed.

        ``bare`` reads the same without the leading word: "last month".
        """
        focus = reading.context.state.focus
        if focus is None or focus.call.tool in _ABOUT_AN_ENTRY:
            return None
        words = reading.vocabulary.dialogue["follow"]
        asked = self._which(reading, focus)
        if asked is not None:
            return asked
        rest = _without_ends(reading, words["start"], words["end"])
        compares = _leads(reading, reading.vocabulary.dialogue["compare"]["before"])
        compares = compares and not any(one.value for one in entry_pointers(reading))
        if rest is None and (compares or (bare and self._is_bare(reading, focus))):
            rest = reading
        if rest is None or not rest.texts:
            return None
        small = list(words["small"])
        if compares:
            small += " ".join(reading.vocabulary.dialogue["compare"]["before"]).split()
        return self._turned(rest, focus, small=frozenset(small))

    def explained(self, reading: Reading) -> ToolCall | None:
        """Read "u sure?", "why?" after an answer with figures, or after what nobody asked for."""
        focus = reading.context.state.focus
        asked = runs(reading.vocabulary.dialogue["follow"]["explain"])
        if reading.texts in asked and reading.context.told_unasked:
            return ToolCall("explain_alert")
        if focus is None or reading.texts not in asked:
            return None
        return ToolCall("explain_figure") if self._reads(focus) else None

    def reply(self, reading: Reading) -> ToolCall | None:
        """Read a message that replies to an entry: a bare amount, category or day puts it right."""
        if not reading.context.reply_to.startswith(ENTRY) or reading.asks:
            return None
        return self._entry_put_right(reading)

    def bare_amount(self, reading: Reading) -> ToolCall | None:
        """Read "4.20" after an entry was written: perhaps its right amount."""
        state, amounts = reading.context.state, reading.of("amount")
        focus = state.focus
        if focus is None or focus.call.tool not in ("add_entry", "edit_entry"):
            return None
        entered = runs(reading.vocabulary.dialogue["entry_words"]["certain"])
        if (
            reading.asks
            or len(amounts) != 1
            or not state.last_entry
            or not _only(reading, "amount")
            or find_runs(reading.texts, entered)  # "paid 60" is another entry
        ):
            return None
        amount = plain_amount(amounts[0].value)
        return ToolCall("edit_entry", {"entry": state.last_entry, "amount": amount})

    def points_elsewhere(self, reading: Reading, call: ToolCall) -> bool:
        """Tell whether "it" more likely means what was just changed than the last entry."""
        focus = reading.context.state.focus
        if focus is None or call.tool not in _OF_IT or reading.context.reply_to:
            return False
        if call.tool == "delete_entry" and names_an_entry(reading):
            return False
        entry = reading.context.state.last_entry
        return self._changed_else(focus) and call.arguments.get("entry") == entry

    def removed_instead(self, reading: Reading, call: ToolCall) -> ToolCall | None:
        """Turn "delete it" into the removal of what was just made, where that is no entry."""
        focus = reading.context.state.focus
        meant = call.arguments.get("entry") or reading.context.state.last_entry
        elsewhere = replace(call, arguments={"entry": meant}) if meant else call
        if call.tool != "delete_entry" or focus is None or not self._changed_else(focus):
            return None
        if meant and not self.points_elsewhere(reading, elsewhere):
            return None
        if names_an_entry(reading) or reading.of("merchant", "amount"):
            return None
        if focus.call.tool in _MADE:
            return ToolCall("undo")
        category = focus.call.arguments.get("category")
        if focus.call.tool in _OF_A_BUDGET and category:
            return ToolCall("delete_budget", {"category": category})
        return None

    def raised(self, reading: Reading) -> ToolCall | None:
        """Read "raise it to 350" after a limit was set."""
        focus = reading.context.state.focus
        words = reading.vocabulary.dialogue["correction"]["raise"]
        if focus is None or not self._changed_else(focus) or reading.asks:
            return None
        if not reading.of("amount") or reading.texts[0] not in words:
            return None
        return self._turned(reading, focus, small=_small(reading))

    def raises(self, reading: Reading, call: ToolCall) -> bool:
        """Tell whether an entry would be raised or lowered: a limit is, an entry hardly ever."""
        changes = call.tool == "edit_entry" and "amount" in call.arguments
        words = reading.vocabulary.dialogue["correction"]["raise"]
        return changes and any(text in words for text in reading.texts)

    def _changed_else(self, focus: Frame) -> bool:
        """Tell whether the talk is about something of the user's that is no entry."""
        shape = self.shapes.get(focus.call.tool)
        return shape is not None and shape.writes and focus.call.tool not in _ABOUT_AN_ENTRY

    def rebased(self, reading: Reading, call: ToolCall) -> ToolCall | None:
        """Turn "make it 500" into the focus's own verb when the focus is no entry."""
        focus = reading.context.state.focus
        if call.tool not in ("edit_entry", "recategorise_entry") or focus is None:
            return None
        if focus.call.tool in _ABOUT_AN_ENTRY or reading.context.reply_to:
            return None
        shape = self.shapes.get(focus.call.tool)
        if shape is None or not shape.writes:
            return None
        return self._turned(reading, focus, small=_small(reading))

    def _is_bare(self, reading: Reading, focus: Frame) -> bool:
        """Tell whether a message is little more than a name, days or "by category"."""
        intent = self.tools.get(focus.call.tool)
        cues = {cue for _, _, cue in intent.cue_words()} if intent else set()
        return reading.texts in cues or _mostly_named(reading)

    def _reads(self, focus: Frame) -> bool:
        shape = self.shapes.get(focus.call.tool)
        return shape is not None and not shape.writes

    def _which(self, reading: Reading, focus: Frame) -> ToolCall | None:
        """Read "which ones?": the entries behind the last sum."""
        words = reading.vocabulary.dialogue["follow"]
        if reading.texts in runs(words["largest"]) and focus.call.tool in _LISTS:
            return self._entries_of(reading, focus, sort="largest")
        if reading.texts not in runs(words["which"]) or focus.call.tool not in _LISTS:
            return None
        return self._entries_of(reading, focus)

    def _entries_of(self, reading: Reading, focus: Frame, **more: str) -> ToolCall:
        old = focus.call.arguments
        arguments: dict[str, Any] = {name: old[name] for name in _SHARED if name in old}
        if focus.call.tool == "find_entries":
            arguments = dict(old)
            arguments.pop("offset", None)
        elif "period" not in arguments:
            arguments["period"] = _this_month(reading)
        return ToolCall("find_entries", {**arguments, **more})

    def _turned(
        self, rest: Reading, focus: Frame, *, small: frozenset[str] = frozenset()
    ) -> ToolCall | None:
        """Return the focus's call with what the message names put in place.

        ``small`` words may be left over: those of a correction.
        """
        tool = focus.call.tool
        if tool == "show_budgets" and rest.of("period"):
            # A budget has its own period; asked about another one, it is spending that is meant.
            # The other period is held against the one the budget is in.
            asked = {**focus.call.arguments, "compare_to": _this_month(rest)}
            call = ToolCall("show_spending", asked)
            return self._turned(rest, replace(focus, call=call), small=small)
        if tool not in self.tools or tool not in self.shapes:
            return None
        takes = self.shapes[tool].takes - {"entry", "code"}
        filling = fill(rest, self.tools[tool], takes, named_only=True)
        new = filling.arguments
        if not new or not _covered(filling, small):
            return None
        if "name" in new and "value" in self.shapes[tool].required - new.keys():
            return None  # another setting is not set to what the last one was
        if tool == "show_spending" and "category" in new and "merchant" in new:
            del new["merchant"]
        kind = new.get("kind")
        if tool == "add_trade" and kind and kind != focus.call.arguments.get("kind"):
            return None  # a sale after a purchase has figures of its own
        old = {
            name: value
            for name, value in focus.call.arguments.items()
            if not any(name in _RIVALS.get(fresh, ()) for fresh in new) and name != "offset"
        }
        return ToolCall(tool, {**old, **new})

    def _entry_put_right(self, rest: Reading) -> ToolCall | None:
        """Return the change to the entry that was replied to, or was last spoken of."""
        state = rest.context.state
        entry = rest.context.reply_to or state.last_entry
        if not entry:
            return None
        category = _new_category(rest)
        if category:
            return ToolCall("recategorise_entry", {"entry": entry, "category": category})
        changes = _changes(rest)
        if len(changes) > 1 and state.focus is not None and _names_it(changes, state.focus.call):
            del changes["payee"]  # "the gas was 18" says which entry, not what its shop is called
        return ToolCall("edit_entry", {"entry": entry, **changes}) if changes else None


_LISTS = frozenset({"show_spending", "find_entries", "show_budgets"})


def _about_entry(reading: Reading, focus: Frame | None) -> bool:
    if reading.context.reply_to.startswith(ENTRY):
        return True
    if not reading.context.state.last_entry:
        return False
    if focus is None or focus.call.tool in _ABOUT_AN_ENTRY:
        return True
    return any(pointer.value == 0 for pointer in entry_pointers(reading))


def _new_category(rest: Reading) -> str:
    piece = _affirmed(rest, "category")
    return piece.value[0] if piece and _only(rest, "category", "merchant") else ""


def _changes(rest: Reading) -> dict[str, str]:
    """Return the amount, day and payee that a message gives, if it holds nothing else."""
    if not _only(rest, "amount", "period", "merchant"):
        return {}
    amount, day = _affirmed(rest, "amount"), _affirmed(rest, "period")
    shop = _affirmed(rest, "merchant")
    changes: dict[str, str] = {}
    if amount is not None:
        changes["amount"] = plain_amount(amount.value)
    if day is not None and is_day(day.value):
        changes["booked_date"] = day.value.start.isoformat()
    if shop is not None:
        changes["payee"] = rest.said(shop.first, shop.last)
    return changes


def _names_it(changes: Mapping[str, str], last: ToolCall) -> bool:
    """Tell whether the shop among changes is what the last entry was written down under."""
    written = str(last.arguments.get("payee") or "")
    said = changes.get("payee", "")
    return bool(written) and fold(written.casefold()) == fold(said.casefold())


def _affirmed(rest: Reading, kind: str) -> Piece | None:
    pieces = rest.of(kind)
    return affirmed(rest, pieces)


def _only(rest: Reading, *kinds: str) -> bool:
    """Tell whether the message holds pieces of these kinds and small words, nothing else."""
    named = {place for piece in rest.of(*kinds) for place in range(piece.first, piece.last)}
    return all(
        place in named or text in rest.vocabulary.manners.stop or text in _small(rest)
        for place, text in enumerate(rest.texts)
    )


def _small(rest: Reading) -> frozenset[str]:
    return frozenset(rest.vocabulary.dialogue["correction"]["small"])


def _covered(filling: Filling, small: frozenset[str]) -> bool:
    """Tell whether nothing of the message is left over that the change does not explain."""
    rest = filling.reading
    small = small | rest.vocabulary.manners.stop
    # Of "not groceries, eating out" both are spoken for.
    kinds = [kind for kind in ("category", "merchant", "amount") if kind in filling.arguments]
    denied = {place for piece in rest.of(*kinds) for place in range(piece.first, piece.last)}
    return all(
        place in filling.used or place in denied or text in small
        for place, text in enumerate(rest.texts)
    )


def _mostly_named(reading: Reading) -> bool:
    """Tell whether one name or day is most of a message: "last month", "groceries then"."""
    kinds = {piece.kind for piece in reading.pieces} - {"subscription", "goal"}
    if len(kinds) > 1:
        return False
    named = {place for piece in reading.pieces for place in range(piece.first, piece.last)}
    return len(named) * 10 >= len(reading.texts) * 6


def _leads(reading: Reading, words: Iterable[str]) -> bool:
    return reading.starts(runs(words)) > 0


def _without_ends(reading: Reading, starts: Iterable[str], ends: Iterable[str]) -> Reading | None:
    """Read the message without its leading or closing turn of phrase, nothing if it has none.

    It is read anew, for "no" before a figure is a number's sign and not a turn of phrase.
    """
    first, last = 0, len(reading.texts)
    while size := reading.starts(runs(starts), first):
        first += size
    for run in runs(ends):
        if last - len(run) >= first and reading.texts[last - len(run) : last] == run:
            last -= len(run)
            break
    if first == 0 and last == len(reading.texts):
        return None
    context = replace(reading.context, text=reading.said(first, last))
    return read_message(context, reading.vocabulary)


def _this_month(reading: Reading) -> str:
    calendar = reading.context.preferences.calendar
    return period_of(Grain.MONTH, reading.context.today, calendar).canonical()
