"""What alerts are about in the user's words: the kinds that he mutes or slows down together."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.alerts.alert import AlertKind


class Topic(StrEnum):
    """Kinds of alerts under one name; the value is the key of its word."""

    BUDGETS = "budgets"
    BILLS = "bills"
    SUBSCRIPTIONS = "subscriptions"
    INCOME = "income"
    BALANCE = "balance"
    CHARGES = "charges"
    HABITS = "habits"
    GOALS = "goals"
    PRICES = "prices"
    REFUNDS = "refunds"
    INVESTMENTS = "investments"
    BANKS = "banks"


TOPICS: Mapping[AlertKind, Topic] = {
    AlertKind.BUDGET_WARNING: Topic.BUDGETS,
    AlertKind.BUDGET_SPENT: Topic.BUDGETS,
    AlertKind.PRICE_RISE: Topic.SUBSCRIPTIONS,
    AlertKind.TRIAL_ENDS: Topic.SUBSCRIPTIONS,
    AlertKind.LOW_BALANCE: Topic.BALANCE,
    AlertKind.CHARGED_TWICE: Topic.CHARGES,
    AlertKind.HIGH_CHARGE: Topic.CHARGES,
    AlertKind.LARGE_FIRST_CHARGE: Topic.CHARGES,
    AlertKind.BILL_DUE: Topic.BILLS,
    AlertKind.BILL_LATE: Topic.BILLS,
    AlertKind.PAY_MISSING: Topic.INCOME,
    AlertKind.HABIT_FULL: Topic.HABITS,
    AlertKind.HABIT_OVER: Topic.HABITS,
    AlertKind.GOAL_MILESTONE: Topic.GOALS,
    AlertKind.GOAL_REACHED: Topic.GOALS,
    AlertKind.PRICE_MARK: Topic.PRICES,
    AlertKind.LARGE_CHARGE: Topic.CHARGES,
    AlertKind.REFUND: Topic.REFUNDS,
    AlertKind.PORTFOLIO_UP: Topic.INVESTMENTS,
    AlertKind.PORTFOLIO_DOWN: Topic.INVESTMENTS,
    AlertKind.BANK_SIGN_IN: Topic.BANKS,
    AlertKind.BANK_SILENT: Topic.BANKS,
    AlertKind.BANK_REVOKED: Topic.BANKS,
    AlertKind.BANK_ENDS: Topic.BANKS,
    AlertKind.BANK_ACCOUNTS: Topic.BANKS,
}
# Nobody may mute these and no budget holds them back.
SECURITY: frozenset[AlertKind] = frozenset(
    {AlertKind.PIN_SET, AlertKind.KEY_ISSUED, AlertKind.CHAT_UNLINKED}
)
# What told them has gone by: when they come late they are told as they were.
EVENTS: frozenset[AlertKind] = frozenset(
    {
        AlertKind.PRICE_MARK,
        AlertKind.PORTFOLIO_UP,
        AlertKind.PORTFOLIO_DOWN,
        AlertKind.BANK_SIGN_IN,
        AlertKind.BANK_SILENT,
        AlertKind.BANK_REVOKED,
        AlertKind.BANK_ENDS,
        AlertKind.BANK_ACCOUNTS,
    }
)
# What can still be prevented today, or may be somebody else's doing.
URGENT: frozenset[AlertKind] = frozenset(
    {
        AlertKind.LOW_BALANCE,
        AlertKind.TRIAL_ENDS,
        AlertKind.BILL_LATE,
        AlertKind.PAY_MISSING,
        AlertKind.CHARGED_TWICE,
        AlertKind.LARGE_FIRST_CHARGE,
        AlertKind.LARGE_CHARGE,
        AlertKind.BANK_SIGN_IN,
        AlertKind.BANK_REVOKED,
    }
)
