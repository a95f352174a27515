"""Watched prices: tell when one crosses a mark, stop telling, show what is watched."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, money, named
from core.ids import UserId
from core.investments.price import Price
from core.investments.quantity import price_of
from core.investments.security import Security
from core.investments.watch import Direction, Watch, WatchState, seen
from core.money import Money
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Unclear
from tools.portfolio import last_price, price_facts
from tools.security_names import one_security
from tools.spec import Arguments, Tier, tool
from tools.trading import TradeOtherCurrency


class NotWatched(FinanceError):
    """No price of this security is watched."""

    code = "watch.not_watched"


class WatchPrice(Arguments):
    """Of what, on which side of which price."""

    security: str = Field(description="Its name or symbol, like 'tesla' or 'TSLA'")
    price: str = Field(description="The price at which to tell")
    direction: Literal["above", "below"] | None = Field(
        None, description="Above or below it; by where the price is now when left out"
    )
    currency: str | None = Field(None, description="ISO code, when one was said")


@tool(tier=Tier.REVERSIBLE, inverse=("watch_state",))
def watch_price(arguments: WatchPrice, work: ToolWork) -> Changed:
    """Watch a price: one message when it crosses the mark, again only after it has gone back."""
    security = one_security(work, arguments.security)
    if arguments.currency not in (None, security.currency):
        raise TradeOtherCurrency(name=security.name, currency=security.currency)
    target = price_of(arguments.price)
    now_at = last_price(work, security)
    wanted = Watch(
        id=0,
        user_id=UserId(work.user_id),
        symbol=security.symbol,
        name=security.name,
        currency=security.currency,
        direction=_direction(arguments, now_at),
        target=target,
    )
    if now_at is not None:
        wanted = seen(wanted, now_at, work.now)
    undo = _replaced(wanted, work)
    kept = work.uow.watches.add(wanted, now=work.now)
    gone = Inverse("watch_state", {"watch": kept.id, "state": WatchState.DELETED.value})
    shape = "already" if kept.state is WatchState.PASSED else "watching"
    answer = Answer(
        f"watch_price.{shape}",
        _facts(kept, now_at, work),
        options=() if now_at is not None else ("watch_price.no_price",),
        choices=UNDO,
        subjects=(kept.handle,),
    )
    return Changed(answer, (gone, *undo))


def _direction(arguments: WatchPrice, now_at: Price | None) -> Direction:
    if arguments.direction is not None:
        return Direction(arguments.direction)
    if now_at is None:
        raise Unclear("direction", phrase="ask.watch_direction")
    return Direction.ABOVE if now_at.value < price_of(arguments.price) else Direction.BELOW


def _replaced(wanted: Watch, work: ToolWork) -> tuple[Inverse, ...]:
    """Stop watching what the new mark takes the place of: the same side of the same security."""
    undo = []
    for one in work.uow.watches.of(work.user_id):
        if (one.symbol, one.direction) == (wanted.symbol, wanted.direction):
            work.uow.watches.set_state(work.user_id, one.id, WatchState.DELETED)
            undo.append(Inverse("watch_state", {"watch": one.id, "state": WatchState.NEW.value}))
    return tuple(undo)


def _facts(one: Watch, now_at: Price | None, work: ToolWork) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        named("name", one.name),
        named("direction", f"direction_{one.direction}"),
        money("target", Money.rounded(one.target, one.currency)),
    )
    return facts if now_at is None else (*facts, *price_facts(now_at, work))


class UnwatchPrice(Arguments):
    """Of what; all of them when left out."""

    security: str | None = Field(None, description="Its name or symbol; all when left out")


@tool(tier=Tier.REVERSIBLE, inverse=("watch_state",))
def unwatch_price(arguments: UnwatchPrice, work: ToolWork) -> Changed:
    """Stop watching the price of a security, or all prices."""
    watched = work.uow.watches.of(work.user_id)
    if arguments.security is not None:
        security = one_security(work, arguments.security)
        watched = tuple(one for one in watched if one.symbol == security.symbol)
        if not watched:
            raise NotWatched(name=security.name)
    if not watched:
        raise NotWatched
    undo = []
    for one in watched:
        work.uow.watches.set_state(work.user_id, one.id, WatchState.DELETED)
        undo.append(Inverse("watch_state", {"watch": one.id, "state": WatchState.NEW.value}))
    facts = (count("found", len(watched)), named("name", watched[0].name))
    names = {one.symbol for one in watched}
    shape = "one" if len(names) == 1 else "all"
    return Changed(Answer(f"unwatch_price.{shape}", facts, choices=UNDO), tuple(undo))


class ShowWatchlist(Arguments):
    """No arguments: it is all that is watched."""


@tool()
def show_watchlist(_arguments: ShowWatchlist, work: ToolWork) -> Answer:
    """Show every watched price: where it is now and at which mark the user is told."""
    watched = work.uow.watches.of(work.user_id)
    if not watched:
        return Answer("show_watchlist.none")
    lines = []
    for one in watched:
        now_at = last_price(work, _security_of(one, work))
        shape = "" if now_at is not None else "show_watchlist.unpriced_line"
        lines.append(Line(_facts(one, now_at, work), one.handle, shape))
    return Answer("show_watchlist.list", (count("found", len(watched)),), tuple(lines))


def _security_of(one: Watch, work: ToolWork) -> Security:
    return one_security(work, one.symbol)


def restore_watch(work: ToolWork, *, watch: int, state: str) -> None:
    """Undo: watch a price again, or stop."""
    work.uow.watches.set_state(work.user_id, watch, WatchState(state))
