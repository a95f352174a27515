"""Fills a tool's arguments from what a message names: the slots of a guessed or exact request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from core.conversation.plan import JsonValue
from core.period import Grain, Period
from intents.ahead import bare_ordinals, month_day, pieces_ahead
from intents.bills import take_bill
from intents.currency_words import take_currencies, take_wallet_currency
from intents.filling import Filling, Slots, affirmed, ends_with
from intents.hushing import take_about
from intents.investing import take_cap, take_lot, take_months, take_rates
from intents.leads import take_lead_days
from intents.letters import take_digits, take_email
from intents.limits import take_budget_days, take_newest, take_times
from intents.name_takers import (
    take_account,
    take_card,
    take_category,
    take_merchant,
    take_number,
    take_payee,
    take_person,
    take_subscription,
    take_text,
)
from intents.plans import take_by, take_debt, take_extra, take_goal, take_percent, take_source
from intents.pointing import entry_meant, take_insight
from intents.reading import Piece, Reading, find_runs, is_day, plain_amount
from intents.slots.amounts import Amount, Comparison
from intents.stocks import take_fee, take_price, take_quantity, take_ratio, take_security
from intents.vocabulary import Intent, runs

# What lies ahead even where the words leave it open: "kal" is tomorrow there.
_LOOK_AHEAD = frozenset({"forecast_balance"})


def fill(
    reading: Reading,
    intent: Intent,
    takes: Iterable[str],
    *,
    slots: Slots | None = None,
    settled: Mapping[str, JsonValue] | None = None,
    named_only: bool = False,
) -> Filling:
    """Fill the arguments that a tool ``takes``, exact slots first, then by what is named."""
    filling = Filling(reading, intent, slots or {}, frozenset(takes), named_only)
    filling.arguments.update(settled or {})
    for argument, take in TAKERS.items():
        if argument in filling.takes and argument not in filling.arguments:
            take(filling)
    _cues(filling)
    return filling


def _cues(filling: Filling) -> None:
    """Settle arguments by the words that stand for their values, the longest words first."""
    for argument in filling.intent.cues:
        if argument not in filling.arguments:
            _cue(filling, argument)


def _cue(filling: Filling, argument: str) -> None:
    found = [
        (last - first, first, last, value)
        for value, cues in filling.intent.cues.get(argument, {}).items()
        for first, last in find_runs(filling.reading.texts, cues)
    ]
    free = [one for one in found if not filling.used.intersection(range(one[1], one[2]))]
    if free:
        _, first, last, value = max(free, key=lambda one: (one[0], -one[1]))
        filling.use(Piece("cue", first, last, value), argument, value)


def _change(filling: Filling) -> None:
    """Settle ``change`` before any name: "pay cut" is no pay.

    An amount may stand inside its words: "earn 300 more" is "earn more".
    """
    _cue(filling, "change")
    amounts = filling.free("amount")
    if "change" in filling.arguments or not amounts:
        return
    places = [
        place
        for place in range(len(filling.reading.texts))
        if not any(piece.first <= place < piece.last for piece in amounts)
    ]
    texts = tuple(filling.reading.texts[place] for place in places)
    for value, cues in filling.intent.cues.get("change", {}).items():
        for first, last in find_runs(texts, cues):
            filling.arguments["change"] = value
            filling.said["change"] = " ".join(texts[first:last])
            filling.used.update(places[first:last])
            return


def _alerts(filling: Filling) -> None:
    """Settle which kind of alerts before any name: in "bill alerts" the bills are no category."""
    _cue(filling, "alerts")


def _period(filling: Filling) -> None:
    if filling.intent.ahead or filling.intent.tool in _LOOK_AHEAD:
        _period_ahead(filling)
        return
    periods = filling.free("period")
    compared = _compared(filling, periods) if "compare_to" in filling.takes else None
    for piece in periods:
        if piece is not compared:
            filling.use(piece, "period", _canonical(_since(filling, piece)))
            return


def _since(filling: Filling, piece: Piece) -> Period:
    """Return the days from a day on where a change is asked about: "lower than on monday"."""
    today = filling.reading.context.today
    period: Period = piece.value
    before = filling.reading.texts[max(0, piece.first - 2) : piece.first]
    since = filling.reading.vocabulary.dialogue["compare"]["since"]
    if filling.intent.tool != "show_changes" or not set(before) & set(since):
        return period
    return Period(period.start, max(period.end, today + timedelta(days=1)))


def _period_ahead(filling: Filling) -> None:
    for piece in pieces_ahead(filling.reading):
        if not piece.overlaps(filling.used):
            filling.use(piece, "period", _canonical(piece.value))
            return


def _due(filling: Filling) -> None:
    """Settle a day that lies ahead, and the day of the month that is meant by it."""
    days = [piece for piece in pieces_ahead(filling.reading) if is_day(piece.value)]
    for piece in (*days, *bare_ordinals(filling.reading)):
        if not piece.overlaps(filling.used):
            filling.use(piece, "due", piece.value.start.isoformat())
            day = month_day(filling.reading, piece)
            if day is not None and "day" in filling.takes:
                filling.arguments["day"] = day
            return


def _compare_to(filling: Filling) -> None:
    compared = _compared(filling, filling.reading.of("period"))
    if compared is not None:
        filling.use(compared, "compare_to", _canonical(compared.value))


def _compared(filling: Filling, periods: list[Piece]) -> Piece | None:
    """Return the period that another is compared with: after "than", or the second of two."""
    words = filling.reading.vocabulary.dialogue["compare"]
    texts = filling.reading.texts
    for piece in periods:
        if any(ends_with(texts, piece.first, run) for run in runs(words["not_before"])):
            continue
        before = runs(words["before"])
        if any(ends_with(texts, piece.first, run) for run in before):
            return piece
        if any(texts[piece.first : piece.first + len(run)] == run for run in before):
            return piece
    is_comparison = bool(find_runs(texts, runs(words["verb"])))
    return periods[1] if len(periods) > 1 and is_comparison else None


def _booked_date(filling: Filling) -> None:
    for piece in filling.free("period"):
        if is_day(piece.value):
            filling.use(piece, "booked_date", piece.value.start.isoformat())
            return


def _amount(filling: Filling) -> None:
    counted = {first for first, _ in filling.slots.get("number", ())}  # "the last 3"
    amounts = [one for one in filling.free("amount") if one.first not in counted]
    if "minimum" in filling.takes:
        amounts = [one for one in amounts if one.value.comparison in (None, Comparison.ABOUT)]
    if not amounts:
        _year_behind(filling)
        return
    piece = filling.in_slot("amount", "amount") or affirmed(filling.reading, amounts)
    if piece is None:
        return
    filling.use(piece, "amount", plain_amount(piece.value))
    _currency_of(filling, piece.value)


# What takes an amount and no day that is over: "un presupuesto en 2000 al año".
_NEVER_PAST = frozenset({"set_budget"})


def _year_behind(filling: Filling) -> None:
    """Take a bare year that is over for an amount where only times ahead make sense."""
    today = filling.reading.context.today
    is_ahead = filling.intent.ahead or filling.intent.tool in _NEVER_PAST
    for piece in filling.free("period") if is_ahead else ():
        said = filling.reading.texts[piece.last - 1]
        if piece.value.grain is Grain.YEAR and piece.value.last_day < today and said.isdigit():
            filling.use(piece, "amount", said)
            return


def _currency_of(filling: Filling, amount: Amount) -> None:
    own = filling.reading.context.preferences.currency
    if "currency" in filling.takes and amount.currency and amount.currency != own:
        filling.arguments["currency"] = amount.currency


def _bounds(filling: Filling) -> None:
    limited = [one for one in filling.free("amount") if one.value.comparison is not None]
    between = [one for one in limited if one.value.comparison is Comparison.BETWEEN]
    if len(between) > 1:
        filling.use(between[0], "minimum", plain_amount(between[0].value))
        filling.use(between[1], "maximum", plain_amount(between[1].value))
        return
    for piece in limited:
        if piece.value.comparison is Comparison.OVER:
            filling.use(piece, "minimum", plain_amount(piece.value))
        if piece.value.comparison is Comparison.UNDER:
            filling.use(piece, "maximum", plain_amount(piece.value))


def _entry(filling: Filling) -> None:
    amounts = filling.reading.of("amount")
    needs_amount = "amount" in filling.takes and len(amounts) == 1
    meant = entry_meant(filling.reading, unmarked=not needs_amount)
    if meant is not None:
        filling.use(meant, "entry", meant.value)


def _pair(filling: Filling) -> None:
    """Settle ``pair``: the one that was just shown; "the same" answers no other question."""
    focus = filling.reading.context.state.focus
    if focus is not None and focus.call.tool == "list_doubles" and focus.subjects:
        filling.arguments["pair"] = focus.subjects[0]


def _code(filling: Filling) -> None:
    for piece in filling.free("code"):
        filling.use(piece, "code", piece.value)
        return


def _figure(filling: Filling) -> None:
    for piece in filling.free("amount"):
        filling.use(piece, "figure", plain_amount(piece.value))
        return


def _balance(filling: Filling) -> None:
    for piece in filling.free("amount"):
        filling.use(piece, "balance", plain_amount(piece.value))
        _currency_of(filling, piece.value)
        return


def _free_words(argument: str) -> Callable[[Filling], None]:
    """Return what takes the words of an exact sentence's slot as they are."""

    def take(filling: Filling) -> None:
        words = filling.words_in(argument)
        if words is not None:
            filling.use(words, argument, words.value)

    return take


def _canonical(period: Period) -> str:
    return period.canonical()


# In this order: what is named for certain comes before what is only near.
TAKERS: Mapping[str, Callable[[Filling], None]] = {
    "code": _code,
    "address": take_email,
    "digits": take_digits,
    "days": take_lead_days,
    "starts": take_budget_days,
    "base": take_currencies,
    "entry": _entry,
    "compare_to": _compare_to,
    "period": _period,
    "due": _due,
    "lot": take_lot,
    "newest": take_newest,
    "insight": take_insight,
    "months": take_months,
    "growth": take_rates,
    "cap": take_cap,
    "booked_date": _booked_date,
    "minimum": _bounds,
    "apr": take_debt,
    "percent": take_percent,
    "most": take_times,
    "extra": take_extra,
    "pair": _pair,
    "change": _change,
    "alerts": _alerts,
    "about": take_about,
    "ratio": take_ratio,
    "quantity": take_quantity,
    "price": take_price,
    "fee": take_fee,
    "security": take_security,
    "amount": _amount,
    "balance": _balance,
    "figure": _figure,
    "subscription": take_subscription,
    "goal": take_goal,
    "source": take_source,
    "by": take_by,
    "bill": take_bill,
    "account": take_account,
    "category": take_category,
    "merchant": take_merchant,
    "payee": take_payee,
    "person": take_person,
    "number": take_number,
    "card": take_card,
    "note": _free_words("note"),
    "currency": take_wallet_currency,
    "name": _free_words("name"),
    "text": take_text,
}
