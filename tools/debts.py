"""Debts: tell their rates and minimums, and see the shortest way out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from pydantic import Field
from rapidfuzz import fuzz

from core.debts.debt import Debt, DebtState
from core.debts.payoff import Method, Plan, payoff
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, FactKind, Line, count, day, money, named, percent
from core.ids import UserId
from core.ledger.account import DEBT_KINDS, Account
from core.money import Money, to_decimal, total
from core.period import months_later
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Unclear
from tools.spec import Arguments, Tier, tool

UNDO = (Choice("undo", "choice.undo"),)
_CLOSE = 80
_LONGEST_NAME = 60


class DebtNameUnknown(FinanceError):
    """No debt has this name."""

    code = "debt.name_unknown"


class SetDebt(Arguments):
    """What is owed, and on which terms."""

    name: str = Field(description="What it is: an own card or loan account, or a name of its own")
    apr: str = Field(description="Yearly rate in per cent, like '19.9'")
    least: str = Field(description="The least that is paid each month")
    amount: str | None = Field(None, description="What is owed; an own account tells it")
    currency: str | None = Field(None, description="ISO code; the user's own when left out")


@tool(tier=Tier.REVERSIBLE, inverse=("debt_state", "debt_terms"))
def set_debt(arguments: SetDebt, work: ToolWork) -> Changed:
    """Keep a debt's yearly rate and monthly minimum, for the pay-off plan; changes a known one."""
    account = _account(work, arguments.name)
    known = _same(work, account.name if account else arguments.name)
    currency = account.currency if account else arguments.currency or work.preferences.currency
    if arguments.amount is None and account is None and known is None:
        raise Unclear("amount", phrase="ask.owed", name=arguments.name[:40])
    owed = known.owed if known else Money.zero(currency)
    if arguments.amount is not None:
        owed = Money.of(to_decimal(arguments.amount), currency)
    wanted = Debt(
        id=known.id if known else 0,
        user_id=UserId(work.user_id),
        name=account.name if account else _called(arguments.name),
        owed=owed,
        rate_percent=to_decimal(arguments.apr),
        minimum=Money.of(to_decimal(arguments.least), currency),
        account_id=account.id if account else None,
    )
    if known is None:
        stored = work.uow.debts.add(wanted, now=work.now)
        undo = Inverse("debt_state", {"debt": stored.id, "state": DebtState.DELETED.value})
    else:
        stored = wanted
        work.uow.debts.save(wanted)
        undo = Inverse("debt_terms", {"debt": known.id, **_terms(known)})
    told = next(one for one in work.uow.debts.of(work.user_id) if one.id == stored.id)
    return Changed(Answer("set_debt.set", _facts(told), choices=UNDO), (undo,))


class DebtChoice(Arguments):
    """Which one."""

    name: str = Field(description="Its name or handle")


@tool(tier=Tier.REVERSIBLE, inverse=("debt_state",))
def delete_debt(arguments: DebtChoice, work: ToolWork) -> Changed:
    """Take a debt out of the pay-off plan; accounts and entries stay."""
    debt = _same(work, arguments.name)
    if debt is None:
        raise DebtNameUnknown(name=arguments.name[:40])
    work.uow.debts.set_state(work.user_id, debt.id, DebtState.DELETED)
    undo = Inverse("debt_state", {"debt": debt.id, "state": debt.state.value})
    return Changed(Answer("delete_debt.deleted", _facts(debt), choices=UNDO), (undo,))


class ShowDebtPlan(Arguments):
    """By which method, with how much a month."""

    method: Literal["avalanche", "snowball"] = Field(
        "avalanche", description="Dearest debt first, or smallest first"
    )
    amount: str | None = Field(
        None, description="For all debts together each month; the minimums when left out"
    )
    extra: str | None = Field(None, description="On top of the minimums each month")


@tool()
def show_debt_plan(arguments: ShowDebtPlan, work: ToolWork) -> Answer:
    """Show the way out of debt: until when, at which interest, in which order.

    It is compared with paying the minimums only, and with the other method.
    """
    currency = work.preferences.currency
    debts = [one for one in work.uow.debts.of(work.user_id) if one.owed.currency == currency]
    debts = [one for one in debts if one.owed.minor > 0]
    if not debts:
        return Answer("show_debt_plan.none")
    monthly = _monthly(arguments, debts, currency)
    method = Method(arguments.method)
    plan = payoff(debts, monthly=monthly, method=method)
    owed = money("owed", total((one.owed for one in debts), currency))
    if plan is None:
        return Answer("show_debt_plan.never", (owed, money("monthly", monthly)))
    facts = (
        owed,
        money("monthly", plan.monthly),
        money("interest", plan.interest),
        day("free_on", months_later(work.today, plan.months)),
        Fact("months", FactKind.COUNT, plan.months),
        named("method", f"method_{method.value}"),
        count("found", len(debts)),
    )
    lines = tuple(
        Line((*_facts(one.debt), day("free_on", months_later(work.today, one.month))))
        for one in plan.order
    )
    compared, options = _compared(debts, plan)
    return Answer("show_debt_plan.plan", facts + compared, lines, options)


def _monthly(arguments: ShowDebtPlan, debts: Sequence[Debt], currency: str) -> Money:
    minimums = total((one.minimum for one in debts), currency)
    if arguments.amount is not None:
        return Money.of(to_decimal(arguments.amount), currency)
    if arguments.extra is not None:
        return minimums + Money.of(to_decimal(arguments.extra), currency)
    return minimums


def _compared(debts: Sequence[Debt], plan: Plan) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Return what the plan saves against the minimums alone, and against the other method."""
    currency = plan.monthly.currency
    facts: tuple[Fact, ...] = ()
    options: tuple[str, ...] = ()
    least = payoff(debts, monthly=Money.zero(currency), method=plan.method)
    if least is not None and least.interest > plan.interest:
        facts += (money("saved", least.interest - plan.interest),)
        options += ("show_debt_plan.saved",)
    other = Method.SNOWBALL if plan.method is Method.AVALANCHE else Method.AVALANCHE
    against = payoff(debts, monthly=plan.monthly, method=other)
    if against is not None and against.interest != plan.interest:
        more = against.interest - plan.interest
        facts += (money("difference", more), named("other", f"method_{other.value}"))
        dearer = more.minor > 0
        options += ("show_debt_plan.other_dearer" if dearer else "show_debt_plan.other_cheaper",)
    return facts, options


def _facts(one: Debt) -> tuple[Fact, ...]:
    return (
        named("name", one.name),
        money("amount", one.owed, label=one.name),
        percent("rate", one.rate_percent),
        money("minimum", one.minimum),
    )


def _account(work: ToolWork, words: str) -> Account | None:
    """Return the own card or loan of that name or handle, if it is one."""
    debts = [one for one in work.uow.accounts.of(work.user_id) if one.kind in DEBT_KINDS]
    wanted = words.casefold().strip()
    return next(
        (one for one in debts if one.handle == words or one.name.casefold() == wanted),
        next((one for one in debts if _is_called(one.name, wanted)), None),
    )


def _same(work: ToolWork, words: str) -> Debt | None:
    debts = work.uow.debts.of(work.user_id)
    wanted = words.casefold().strip()
    exact = [one for one in debts if wanted in (one.name.casefold(), one.handle)]
    close = exact or [one for one in debts if _is_called(one.name, wanted)]
    return close[0] if len(close) == 1 else None


def _is_called(name: str, wanted: str) -> bool:
    have = name.casefold()
    return bool(wanted) and (f" {wanted} " in f" {have} " or fuzz.ratio(have, wanted) >= _CLOSE)


def _called(name: str) -> str:
    words = " ".join(name.split())[:_LONGEST_NAME]
    return words[:1].upper() + words[1:]


def _terms(debt: Debt) -> dict[str, object]:
    return {
        "minor": debt.owed.minor,
        "rate": f"{debt.rate_percent:f}",
        "minimum": debt.minimum.minor,
    }


def restore_state(work: ToolWork, *, debt: int, state: str) -> None:
    """Undo: give a debt its old state back."""
    work.uow.debts.set_state(work.user_id, debt, DebtState(state))


def restore_terms(work: ToolWork, *, debt: int, minor: int, rate: str, minimum: int) -> None:
    """Undo: give a debt its old terms back."""
    known = work.uow.debts.get(work.user_id, debt)
    currency = known.owed.currency
    work.uow.debts.save(
        replace(
            known,
            owed=Money(minor, currency),
            rate_percent=Decimal(rate),
            minimum=Money(minimum, currency),
        )
    )
