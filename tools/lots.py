"""Lots: what each purchase still holds, and which one is meant when the user names it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import Field

from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, day, money, named
from core.investments.holding import Holding
from core.investments.lot import Lot, lots_of
from core.investments.portfolio import Valued
from core.investments.price import DEMO
from core.investments.quantity import shown, worth
from core.investments.security import Security
from tools.context import ToolWork
from tools.outcome import Unclear
from tools.portfolio import gain_facts, price_facts
from tools.security_names import one_security
from tools.spec import Arguments, tool


class LotUnknown(FinanceError):
    """No purchase that still has pieces is of that day or has that number."""

    code = "trade.lot_unknown"


class ShowLots(Arguments):
    """Of which security."""

    security: str | None = Field(None, description="Its name or symbol; the only one if left out")


@tool()
def show_lots(arguments: ShowLots, work: ToolWork) -> Answer:
    """Show the purchases that still have pieces: day, pieces, cost, gain, each with its number.

    A sale can name one of them: "from lot 2" or "from the lot of 3 March".
    """
    held = work.uow.portfolios.portfolio(work.user, work.today).held
    if not held:
        return Answer("show_portfolio.none")
    one = _held(arguments, held, work)
    if one is None:
        assert arguments.security is not None
        name = one_security(work, arguments.security).name
        return Answer("show_lots.not_held", (named("name", name),))
    holding = one.holding
    lots = holding.lots.open
    facts: tuple[Fact, ...] = (
        named("name", holding.security.name),
        count("found", len(lots)),
        named("held", shown(holding.quantity)),
    )
    if holding.price is not None:
        facts += price_facts(holding.price, work)
    lines = tuple(_line(number, lot, holding) for number, lot in enumerate(lots, start=1))
    invented = holding.price is not None and holding.price.source == DEMO
    options = ("show_lots.name_one", *(("show_portfolio.invented",) if invented else ()))
    return Answer("show_lots.list", facts, lines, options, subjects=(holding.security.handle,))


def _held(arguments: ShowLots, held: Sequence[Valued], work: ToolWork) -> Valued | None:
    if arguments.security is None:
        if len(held) > 1:
            options = tuple(
                Option(one.holding.security.symbol, text=one.holding.security.name) for one in held
            )
            raise Unclear("security", phrase="clarify.which_security", options=options[:9])
        return held[0]
    security = one_security(work, arguments.security)
    return next((one for one in held if one.holding.security.id == security.id), None)


def _line(number: int, lot: Lot, holding: Holding) -> Line:
    facts: tuple[Fact, ...] = (
        count("number", number),
        named("quantity", shown(lot.quantity)),
        day("opened", lot.opened_on),
        money("cost", lot.cost),
    )
    if holding.price is None:
        return Line(facts)
    value = worth(lot.quantity, holding.price.value, holding.security.currency)
    return Line((*facts, *gain_facts(value - lot.cost, lot.cost)))


def named_lot(said: str, security: Security, on: date, work: ToolWork) -> Lot:
    """Return the purchase that a sale on a day names, by its number or its day.

    Raise `LotUnknown`, or ask which one where several are of that day.
    """
    before = [one for one in work.uow.trades.of(work.user_id, security.id) if one.traded_on <= on]
    lots = lots_of(before).open
    if said.isdigit():
        place = int(said)
        if not 1 <= place <= len(lots):
            raise LotUnknown(name=security.name)
        return lots[place - 1]
    numbered = [
        (number, lot)
        for number, lot in enumerate(lots, start=1)
        if lot.opened_on.isoformat() == said
    ]
    if not numbered:
        raise LotUnknown(name=security.name)
    if len(numbered) > 1:
        options = tuple(
            Option(str(number), text=f"{shown(lot.quantity)} {security.name}, {lot.cost.plain}")
            for number, lot in numbered
        )
        raise Unclear("lot", phrase="clarify.which_lot", options=options)
    return numbered[0][1]
