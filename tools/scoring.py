"""How somebody stands: the financial score, its factors and tips."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from core.facts import Answer, Fact, Line, count, money, named, percent
from core.insights.score import Factor, Tip, Told, score, tips
from core.money import Money
from core.period import month_number
from tools.context import ToolWork
from tools.spec import Arguments, tool

_TIPS = 2
_TENTH = Decimal("0.1")


class ShowScore(Arguments):
    """No arguments: the score is over everything."""


@tool()
def show_score(_arguments: ShowScore, work: ToolWork) -> Answer:
    """Show the financial score of 0 to 100: its eight factors, what is not known, and tips.

    Our own measure, no lender's. Each tip says how many points the score would really rise.
    """
    currency = work.preferences.currency
    inputs = work.uow.insights.score_inputs(
        work.user_id, currency=currency, today=work.today, calendar=work.preferences.calendar
    )
    told = score(inputs)
    facts: tuple[Fact, ...] = (
        percent("coverage", _whole(told.coverage * 100)),
        count("known", len(told.factors)),
        count("factors", len(Factor)),
    )
    if told.value is None:
        return Answer("show_score.too_little", facts)
    facts += (count("score", told.value),)
    shape = "score"
    before = work.uow.foretold.score_before(work.user_id, month_number(work.today))
    if before is not None:
        facts += (count("before", before.value),)
        shape = "score_since"
    lines = tuple(_factor_line(one) for one in sorted(told.factors, key=lambda one: one.value))
    tail = tuple(_tip_line(one, currency) for one in tips(inputs)[:_TIPS])
    return Answer(f"show_score.{shape}", facts, tail + lines, ("show_score.own",))


def _factor_line(one: Told) -> Line:
    facts: tuple[Fact, ...] = (
        named("factor", f"factor_{one.factor}"),
        percent("value", _whole(one.value * 100)),
    )
    if one.factor is Factor.RESERVE:
        months = Decimal(one.ratio.numerator * 10 // one.ratio.denominator) / 10
        return Line((*facts, named("ratio", f"{months:f}")), shape="show_score.reserve_line")
    facts += (percent("ratio", _tenth(one.ratio * 100)),)
    return Line(facts, shape=f"show_score.{one.factor}_line")


def _tip_line(one: Tip, currency: str) -> Line:
    facts: tuple[Fact, ...] = (count("gain", one.gain),)
    if one.minor:
        facts += (money("amount", Money(one.minor, currency)),)
    if one.number:
        facts += (count("number", one.number),)
    return Line(facts, shape=f"show_score.tip_{one.change}_line")


def _whole(value: Fraction) -> Decimal:
    return Decimal(round(value))


def _tenth(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(_TENTH, ROUND_HALF_EVEN)
