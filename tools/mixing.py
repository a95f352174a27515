"""Mixes of what is held beside each other: what each swung and returned; never what to do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, day, named, percent
from core.investments.history import NEEDED_RETURNS, Histories
from core.investments.portfolio import Portfolio
from core.investments.price import DEMO
from core.money import to_decimal
from tools.context import ToolWork
from tools.spec import Arguments, tool

if TYPE_CHECKING:
    from core.investments.mix import Mix, Mixes

_FEWEST = 2
_TENTH = Decimal("0.1")
_MOST_SHORT = 10


class CapUnreadable(FinanceError):
    """The most in one security is more than nothing and at most all of it."""

    code = "mix.cap_unreadable"


class CompareMixes(Arguments):
    """Which view, under which cap."""

    view: Literal["mixes", "frontier"] = Field(
        "mixes", description="The mixes side by side, or the efficient frontier in steps"
    )
    cap: str | None = Field(
        None, description="The most in one security in per cent, like '40'; 30 or so if left out"
    )


@tool()
def compare_mixes(arguments: CompareMixes, work: ToolWork) -> Answer:
    """Compare mixes of what is held: as it is, all equal, least swing, best past return for it.

    Figures of the past, with what each mix did on days it was not made from. It says nothing
    about what to buy or sell. Too little price history is said, with what is needed.
    """
    whole = work.uow.portfolios.portfolio(work.user, work.today)
    if not whole.held:
        return Answer("show_portfolio.none")
    cap = _cap(arguments.cap)
    found = histories_of(whole, work)
    if len(found.history.securities) < _FEWEST:
        return _too_little(whole, found)
    # Over arrays: numpy is loaded by the first who asks, and not with the program.
    from core.investments.mix import mixes  # noqa: PLC0415 - numpy

    made = mixes(found.history, values_of(whole, found), cap)
    lines = _frontier(made) if arguments.view == "frontier" else _mixes(made)
    return Answer(
        f"compare_mixes.{arguments.view}",
        _facts(made, whole, found),
        (*lines, *too_short_lines(found)),
        options=_tail(arguments.view, made, whole, found),
    )


def histories_of(whole: Portfolio, work: ToolWork) -> Histories:
    """Return the shared price history of what is held and has a value, the largest first."""
    held = [one.holding.security for one in whole.covered]
    return work.uow.portfolios.histories(work.user, held, work.today)


def values_of(whole: Portfolio, found: Histories) -> tuple[float, ...]:
    """Return what is held of each security of a history, in its order, in minor units."""
    values = {one.holding.security.id: one.value for one in whole.covered}
    worth = (values[security.id] for security in found.history.securities)
    return tuple(float(one.minor) for one in worth if one is not None)


def too_short_lines(found: Histories) -> tuple[Line, ...]:
    """Return a line for each security whose prices do not reach far enough back."""
    return tuple(
        Line(
            (named("name", one.security.name), count("days", one.returns)),
            one.security.handle,
            "compare_mixes.short_line",
        )
        for one in found.too_short[:_MOST_SHORT]
    )


def history_facts(found: Histories) -> tuple[Fact, ...]:
    """Return over which days and how many of them something was measured."""
    history = found.history
    return (
        count("days", history.returns),
        day("first", history.days[0]),
        day("last", history.days[-1]),
    )


def _cap(text: str | None) -> Decimal | None:
    if text is None:
        return None
    cap = to_decimal(text)
    if not 0 < cap <= 100:
        raise CapUnreadable
    return cap / 100


def _too_little(whole: Portfolio, found: Histories) -> Answer:
    facts = (
        count("needed", NEEDED_RETURNS),
        count("fewest", _FEWEST),
        count("found", len(found.history.securities)),
    )
    uncovered = tuple(
        Line((named("name", one.holding.security.name),), shape="compare_mixes.unpriced_line")
        for one in whole.held
        if one.value is None
    )
    lines = (*too_short_lines(found), *uncovered)
    return Answer("compare_mixes.too_little", facts, lines)


def _facts(made: Mixes, whole: Portfolio, found: Histories) -> tuple[Fact, ...]:
    facts = (
        count("found", len(made.history.securities)),
        *history_facts(found),
        percent("cap", made.cap.quantize(_TENTH)),
        percent("shrunk", made.shrunk.quantize(_TENTH)),
    )
    for kind, tried in made.forward.items():
        facts += (
            percent(f"swing_{kind}", tried.swing.quantize(_TENTH)),
            percent(f"mean_{kind}", tried.mean.quantize(_TENTH)),
        )
    missing = len(whole.held) - len(made.history.securities)
    return (*facts, count("missing", missing)) if missing else facts


def _tail(view: str, made: Mixes, whole: Portfolio, found: Histories) -> tuple[str, ...]:
    options: tuple[str, ...] = ()
    if view == "mixes" and "max_sharpe" not in made.mixes:
        options += ("compare_mixes.no_sharpe",)
    if made.forward:
        options += ("compare_mixes.forward",)
    if len(whole.held) > len(found.history.securities):
        options += ("compare_mixes.missing",)
    if DEMO in whole.sources:
        options += ("show_portfolio.invented",)
    return (*options, "compare_mixes.no_advice")


def _mixes(made: Mixes) -> tuple[Line, ...]:
    """Return a line for each mix, then one for each security with its share in each of them."""
    figures = tuple(
        Line((named("mix", f"mix_{kind}"), *_figures(mix)), shape="compare_mixes.mix_line")
        for kind, mix in made.mixes.items()
    )
    return (*figures, *_shares(made, {kind.value: mix for kind, mix in made.mixes.items()}))


def _shares(made: Mixes, mixes: dict[str, Mix]) -> tuple[Line, ...]:
    return tuple(
        Line(
            (
                named("name", security.name),
                *(percent(kind, mix.percents[at]) for kind, mix in mixes.items()),
            ),
            security.handle,
            "compare_mixes.share_line",
        )
        for at, security in enumerate(made.history.securities)
    )


def _frontier(made: Mixes) -> tuple[Line, ...]:
    """Return the steps of the frontier, and where the mix of now and the equal one are."""
    steps = tuple(
        Line((*_figures(mix), *_largest(made, mix.percents)), shape="compare_mixes.step_line")
        for mix in made.frontier
    )
    beside = tuple(
        Line(
            (named("mix", f"mix_{kind}"), *_figures(mix)),
            shape="compare_mixes.mix_line",
        )
        for kind, mix in made.mixes.items()
        if kind in ("current", "equal")
    )
    return (*steps, *beside)


def _largest(made: Mixes, percents: Sequence[Decimal]) -> tuple[Fact, ...]:
    at = max(range(len(percents)), key=lambda place: (percents[place], -place))
    return (
        named("largest", made.history.securities[at].name),
        percent("largest_share", percents[at]),
    )


def _figures(mix: Mix) -> tuple[Fact, ...]:
    return (
        percent("swing", mix.swing.quantize(_TENTH)),
        percent("mean", mix.mean.quantize(_TENTH)),
    )
