"""Savings goals: set them, see how they stand, put money aside for them and take it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pydantic import Field
from rapidfuzz import fuzz

from core.alerts.goals import goal_alerts
from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, Line, count, day, money, named, percent
from core.goals.claims import check_room, check_saved, free
from core.goals.goal import Goal, GoalDayPast, GoalState
from core.goals.pace import GoalProgress, GoalStatus
from core.ids import AccountId, UserId
from core.money import Money, to_decimal
from tools import names
from tools.bill_changes import DayUnreadable
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Unclear
from tools.spec import Arguments, Tier, tool

UNDO = (Choice("undo", "choice.undo"),)
_CLOSE = 80
_LONGEST_NAME = 60


class GoalNameUnknown(FinanceError):
    """No goal has this name."""

    code = "goal.name_unknown"


class FollowsAccount(FinanceError):
    """The goal counts a whole account: money is moved there, not put aside by name."""

    code = "goal.follows_account"


class ShowGoals(Arguments):
    """Which one, or all."""

    goal: str | None = Field(None, description="Its name or handle; all goals when left out")


@tool()
def show_goals(arguments: ShowGoals, work: ToolWork) -> Answer:
    """Show savings goals: saved, left, needed a month against what is usually saved."""
    standing = work.uow.goals.standing(work.user_id, today=work.today)
    if not standing:
        return Answer("show_goals.none")
    if arguments.goal is not None:
        chosen = one_goal(work, arguments.goal)
        standing = tuple(one for one in standing if one.goal.id == chosen.id)
    if len(standing) == 1:
        return _one(standing[0])
    lines = tuple(Line(_facts(one), one.goal.handle, _line_shape(one)) for one in standing)
    return Answer("show_goals.list", (count("found", len(standing)),), lines)


def _one(one: GoalProgress) -> Answer:
    return Answer(f"show_goals.{one.status.value}", _facts(one), subjects=(one.goal.handle,))


def _line_shape(one: GoalProgress) -> str:
    return "show_goals.reached_line" if one.status is GoalStatus.REACHED else ""


def _facts(one: GoalProgress) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        named("name", one.goal.name),
        money("saved", one.saved, label=one.goal.name),
        money("target", one.goal.target),
        money("left", one.left),
        percent("reached", one.percent),
    )
    if one.goal.by is not None:
        facts += (day("by", one.goal.by),)
    if one.needed is not None:
        facts += (money("needed", one.needed),)
    if one.usual is not None and one.usual.minor > 0:
        facts += (money("usual", one.usual),)
    if one.ready_by is not None:
        facts += (day("ready_by", one.ready_by),)
    return facts


class SetGoal(Arguments):
    """What for, how much, by when."""

    name: str = Field(description="What it is for, like 'Japan'")
    amount: str = Field(description="How much to save in all")
    by: str | None = Field(None, description="The day by which it shall be saved, ISO")
    account: str | None = Field(None, description="An account to count whole; else an envelope")
    currency: str | None = Field(None, description="ISO code; the user's own when left out")


@tool(tier=Tier.REVERSIBLE, inverse=("goal_state", "goal_terms"))
def set_goal(arguments: SetGoal, work: ToolWork) -> Changed:
    """Set a savings goal, or change the one of that name; a linked account is counted whole."""
    by = _day(arguments.by, work.today)
    account = names.account(work, arguments.account) if arguments.account else None
    currency = arguments.currency or (account.currency if account else work.preferences.currency)
    wanted = Goal(
        id=0,
        user_id=UserId(work.user_id),
        name=_called(arguments.name),
        target=Money.of(to_decimal(arguments.amount), currency),
        started_on=work.today,
        by=by,
        account_id=account.id if account else None,
    )
    known = _same_name(work, wanted.name)
    if known is None:
        goal = work.uow.goals.add(wanted, now=work.now)
        undo = Inverse("goal_state", {"goal": goal.id, "state": GoalState.DELETED.value})
        facts: tuple[Fact, ...] = ()
    else:
        goal = replace(
            known,
            target=wanted.target,
            by=by or known.by,
            account_id=wanted.account_id or known.account_id,
        )
        work.uow.goals.save(goal)
        undo = Inverse("goal_terms", {"goal": known.id, **_terms(known)})
        facts = (money("before", known.target),)
    told = (*_facts(_standing(work, goal)), *facts)
    if account is not None:
        told += (named("account", account.name),)
    return Changed(Answer("set_goal.set", told, choices=UNDO), (undo,))


def _terms(goal: Goal) -> dict[str, object]:
    return {
        "minor": goal.target.minor,
        "currency": goal.target.currency,
        "by": goal.by.isoformat() if goal.by else None,
        "account": goal.account_id,
    }


class MoveGoalMoney(Arguments):
    """Which goal, how much."""

    goal: str = Field(description="Its name or handle")
    amount: str = Field(description="How much, like '200'")


@tool(tier=Tier.REVERSIBLE, inverse=("goal_move",))
def add_to_goal(arguments: MoveGoalMoney, work: ToolWork) -> Changed:
    """Put money the user has aside for a goal, in name only; never more than is there."""
    goal, amount = _envelope(arguments, work)
    goals = work.uow.goals.of(work.user_id)
    balances = work.uow.accounts.balances(work.user_id)
    saved = work.uow.goals.saved(work.user_id, goals, balances)
    check_room(amount, free(goals, saved, balances, amount.currency))
    return _moved(goal, amount, "add_to_goal.added", work)


@tool(tier=Tier.REVERSIBLE, inverse=("goal_move",))
def take_from_goal(arguments: MoveGoalMoney, work: ToolWork) -> Changed:
    """Take money out of a goal that was put aside for it; it may be spent again."""
    goal, amount = _envelope(arguments, work)
    check_saved(amount, _standing(work, goal).saved)
    return _moved(goal, -amount, "take_from_goal.taken", work)


def _envelope(arguments: MoveGoalMoney, work: ToolWork) -> tuple[Goal, Money]:
    goal = one_goal(work, arguments.goal)
    if goal.account_id is not None:
        account = work.uow.accounts.get(work.user_id, goal.account_id)
        raise FollowsAccount(name=goal.name, account=account.name)
    amount = Money.of(to_decimal(arguments.amount), goal.target.currency)
    if amount.minor <= 0:
        raise Unclear("amount", phrase="ask.set_goal.amount")
    return goal, amount


def _moved(goal: Goal, amount: Money, shape: str, work: ToolWork) -> Changed:
    number = work.uow.goals.put(work.user_id, goal.id, amount, work.today, now=work.now)
    progress = _standing(work, goal)
    # What is said here is not told a second time by an alert.
    told = goal_alerts([progress], already=work.uow.alerts.keys(work.user_id))
    for alert in told:
        work.uow.alerts.keep_once(alert, now=work.now, ids=work.ids)
    options = ("goal.milestone",) if told and amount.minor > 0 else ()
    facts = (money("amount", amount), *_facts(progress))
    answer = Answer(shape, facts, options=options, choices=UNDO, subjects=(goal.handle,))
    return Changed(answer, (Inverse("goal_move", {"move": number}),))


class GoalChoice(Arguments):
    """Which one."""

    goal: str = Field(description="Its name or handle")


@tool(tier=Tier.REVERSIBLE, inverse=("goal_state",))
def delete_goal(arguments: GoalChoice, work: ToolWork) -> Changed:
    """Give a goal up: what was put aside for it is free again; no money moves."""
    goal = one_goal(work, arguments.goal)
    facts = _facts(_standing(work, goal))
    work.uow.goals.set_state(work.user_id, goal.id, GoalState.DELETED)
    undo = Inverse("goal_state", {"goal": goal.id, "state": goal.state.value})
    return Changed(Answer("delete_goal.deleted", facts, choices=UNDO), (undo,))


def one_goal(work: ToolWork, words: str) -> Goal:
    """Return the goal meant; several are asked back, the only one needs no name."""
    goals = work.uow.goals.of(work.user_id)
    if words.startswith("goal:"):
        number = words.partition(":")[2]
        return work.uow.goals.get(work.user_id, int(number) if number.isdigit() else 0)
    wanted = words.casefold().strip()
    exact = [one for one in goals if one.name.casefold() == wanted]
    close = exact or [one for one in goals if _is_called(one.name.casefold(), wanted)]
    if not close and wanted in ("", "it"):
        close = list(goals)
    if len(close) == 1:
        return close[0]
    if not close:
        raise GoalNameUnknown(name=words[:40])
    options = tuple(Option(one.handle, text=one.name) for one in close)
    raise Unclear("goal", phrase="clarify.which_goal", options=options)


def _is_called(name: str, wanted: str) -> bool:
    within = f" {wanted} " in f" {name} " or f" {name} " in f" {wanted} "
    return bool(wanted) and (within or fuzz.ratio(name, wanted) >= _CLOSE)


def _standing(work: ToolWork, goal: Goal) -> GoalProgress:
    standing = work.uow.goals.standing(work.user_id, today=work.today)
    return next(one for one in standing if one.goal.id == goal.id)


def _same_name(work: ToolWork, name: str) -> Goal | None:
    goals = work.uow.goals.of(work.user_id)
    return next((one for one in goals if one.name.casefold() == name.casefold()), None)


def _called(name: str) -> str:
    words = " ".join(name.split())[:_LONGEST_NAME]
    return words[:1].upper() + words[1:]


def _day(text: str | None, today: date) -> date | None:
    if text is None:
        return None
    try:
        by = date.fromisoformat(text)
    except ValueError:
        raise DayUnreadable(text=text[:20]) from None
    if by <= today:
        raise GoalDayPast
    return by


def restore_state(work: ToolWork, *, goal: int, state: str) -> None:
    """Undo: give a goal its old state back."""
    work.uow.goals.set_state(work.user_id, goal, GoalState(state))


def restore_terms(
    work: ToolWork, *, goal: int, minor: int, currency: str, by: str | None, account: int | None
) -> None:
    """Undo: give a goal its old target, day and account back."""
    known = work.uow.goals.get(work.user_id, goal)
    work.uow.goals.save(
        replace(
            known,
            target=Money(minor, currency),
            by=date.fromisoformat(by) if by else None,
            account_id=AccountId(account) if account else None,
        )
    )


def restore_move(work: ToolWork, *, move: int) -> None:
    """Undo: what was put aside or taken out was not."""
    work.uow.goals.take_back(work.user_id, move)
