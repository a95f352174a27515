"""What can be asked: an overview and one page for each kind of thing."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from core.facts import Answer, Line, named
from tools.context import ToolWork
from tools.spec import Arguments, tool

# The tools each line of the overview speaks of; a contract test fails for a tool without one.
LINES: Mapping[str, frozenset[str]] = {
    "balances": frozenset({"show_balances", "show_net_worth", "show_status", "add_account"}),
    "spending": frozenset({"show_spending"}),
    "find": frozenset({"find_entries", "show_entry", "show_history"}),
    "add": frozenset({"add_entry"}),
    "correct": frozenset(
        {
            "edit_entry",
            "delete_entry",
            "split_entry",
            "recategorise_entry",
            "add_rule",
            "remove_rule",
            "list_rules",
            "undo",
        }
    ),
    "sorting": frozenset({"sort_entries", "file_entries"}),
    "budgets": frozenset(
        {
            "show_budgets",
            "set_budget",
            "pause_budget",
            "resume_budget",
            "delete_budget",
            "set_budget_alert",
            "cover_budget",
            "carry_budget",
            "suggest_budgets",
            "show_split",
        }
    ),
    "bills": frozenset(
        {"show_bills", "safe_to_spend", "add_bill", "edit_bill", "delete_bill", "mark_bill_paid"}
    ),
    "goals": frozenset({"show_goals", "set_goal", "add_to_goal", "take_from_goal", "delete_goal"}),
    "investments": frozenset(
        {
            "show_portfolio",
            "show_holding",
            "show_returns",
            "show_dividends",
            "show_diversification",
            "check_exposure",
            "compare_mixes",
            "project_investments",
            "show_tax_losses",
            "show_lots",
            "add_trade",
            "delete_trade",
            "watch_price",
            "unwatch_price",
            "show_watchlist",
        }
    ),
    "debts": frozenset({"show_debt_plan", "set_debt", "delete_debt"}),
    "subscriptions": frozenset({"list_subscriptions", "cancel_subscription", "show_saved"}),
    "statements": frozenset(
        {
            "import_statement",
            "book_bank_text",
            "book_receipt",
            "list_doubles",
            "settle_double",
            "export_books",
        }
    ),
    "currencies": frozenset({"show_rate", "set_rate"}),
    "banks": frozenset({"connect_bank", "list_banks", "sync_bank", "disconnect_bank"}),
    "cards": frozenset(
        {
            "list_cards",
            "create_card",
            "freeze_card",
            "unfreeze_card",
            "close_card",
            "set_card_limit",
        }
    ),
    "wallets": frozenset({"open_wallet", "top_up_wallet", "exchange_money"}),
    "approvals": frozenset({"list_approvals", "show_approval", "withdraw_approval"}),
    "sending": frozenset({"send_money", "add_contact", "list_contacts", "remove_contact"}),
    "email": frozenset({"add_email", "confirm_email", "remove_email"}),
    "privacy": frozenset({"erase_data", "keep_data"}),
    "reminders": frozenset({"set_reminders", "show_reminders", "add_reminder", "delete_reminder"}),
    "alerts": frozenset(
        {"show_alerts", "explain_alert", "mute_alerts", "unmute_alerts", "snooze_alert"}
    ),
    "human": frozenset({"ask_human", "show_ticket", "resume_nudges"}),
    "settings": frozenset({"show_preferences", "set_preference", "show_help"}),
    "why": frozenset({"explain_category", "explain_figure"}),
}
TOPICS = frozenset(
    {
        "balances",
        "spending",
        "entries",
        "adding",
        "budgets",
        "bills",
        "goals",
        "investments",
        "debts",
        "subscriptions",
        "approvals",
        "statements",
        "settings",
        "undo",
        "privacy",
    }
)


class ShowHelp(Arguments):
    """Which topic."""

    topic: str | None = Field(None, description="A topic of the help; an overview when left out")


@tool()
def show_help(arguments: ShowHelp, _work: ToolWork) -> Answer:
    """Show what can be asked and told, with one sentence to try for each kind of thing."""
    topic = (arguments.topic or "").casefold().strip()
    if topic in TOPICS:
        return Answer(f"show_help.{topic}")
    lines = tuple(Line((), shape=f"show_help.{name}_line") for name in LINES)
    if topic:
        return Answer("show_help.unknown_topic", (named("topic", topic),), lines)
    return Answer("show_help.topics", lines=lines)
