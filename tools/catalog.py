"""Every tool there is, in the order a reader would want to know them."""

from __future__ import annotations

from tools.accounts import add_account
from tools.affording import check_affordability
from tools.alerting import explain_alert, mute_alerts, show_alerts, snooze_alert, unmute_alerts
from tools.approvals import list_approvals, show_approval, withdraw_approval
from tools.assistants import connect_assistant, stop_assistants
from tools.balances import show_balances, show_net_worth
from tools.bank_texts import book_bank_text
from tools.banks import connect_bank, disconnect_bank, list_banks, sync_bank
from tools.bill_changes import add_bill, delete_bill, edit_bill, mark_bill_paid
from tools.bills import show_bills
from tools.budget_plans import (
    carry_budget,
    cover_budget,
    set_budget_alert,
    show_split,
    suggest_budgets,
)
from tools.budgets import delete_budget, pause_budget, resume_budget, set_budget, show_budgets
from tools.calendar_links import share_calendar, stop_calendar
from tools.cards import (
    close_card,
    create_card,
    freeze_card,
    list_cards,
    set_card_limit,
    unfreeze_card,
)
from tools.categorising import recategorise_entry, split_entry
from tools.changing import explain_change, show_changes
from tools.charting import draw_chart
from tools.debts import delete_debt, set_debt, show_debt_plan
from tools.dividends import show_dividends
from tools.doubles import list_doubles, settle_double
from tools.entries import find_entries, show_entry
from tools.erasing import erase_data, keep_data
from tools.explaining import explain_figure
from tools.export_books import export_books
from tools.goals import add_to_goal, delete_goal, set_goal, show_goals, take_from_goal
from tools.habits import delete_habit, set_habit, show_habits
from tools.handing_off import ask_human, resume_nudges, show_ticket
from tools.help import show_help
from tools.history import show_history
from tools.insights import dismiss_insight, show_insights
from tools.looking_ahead import forecast_balance, forecast_spending
from tools.lots import show_lots
from tools.mailing import add_email, confirm_email, remove_email
from tools.mixing import compare_mixes
from tools.noticing import show_unusual
from tools.paying import safe_to_spend
from tools.portfolio import check_exposure, show_holding, show_portfolio
from tools.portfolio_returns import show_diversification, show_returns
from tools.preferences import set_preference, show_preferences
from tools.projecting import project_investments
from tools.rates import set_rate, show_rate
from tools.reasons import explain_category
from tools.receipts import book_receipt
from tools.recording import add_entry, delete_entry, edit_entry
from tools.registry import Registry
from tools.reminders import set_reminders, show_reminders
from tools.reminding import add_reminder, delete_reminder
from tools.reporting import send_report, show_dashboard
from tools.reviewing import review_month
from tools.rules import add_rule, list_rules, remove_rule
from tools.savings import show_saved
from tools.scoring import show_score
from tools.sending import add_contact, list_contacts, remove_contact, send_money
from tools.sorting import file_entries, sort_entries
from tools.spending import show_spending
from tools.statements import import_statement
from tools.status import show_status
from tools.subscriptions import cancel_subscription, list_subscriptions
from tools.supposing import simulate_change
from tools.tax_losses import show_tax_losses
from tools.trading import add_trade, delete_trade
from tools.undo import OPERATIONS, undo
from tools.wallets import exchange_money, open_wallet, top_up_wallet
from tools.watching import show_watchlist, unwatch_price, watch_price

TOOLS = (
    show_balances,
    show_net_worth,
    show_status,
    show_spending,
    find_entries,
    show_entry,
    show_history,
    explain_category,
    sort_entries,
    explain_change,
    show_changes,
    forecast_balance,
    forecast_spending,
    draw_chart,
    check_affordability,
    simulate_change,
    show_unusual,
    show_score,
    show_insights,
    explain_figure,
    show_rate,
    show_budgets,
    show_habits,
    show_bills,
    show_reminders,
    show_alerts,
    explain_alert,
    safe_to_spend,
    show_goals,
    suggest_budgets,
    show_split,
    show_debt_plan,
    show_portfolio,
    show_holding,
    show_returns,
    show_dividends,
    show_diversification,
    check_exposure,
    compare_mixes,
    project_investments,
    show_tax_losses,
    show_lots,
    show_watchlist,
    list_subscriptions,
    show_saved,
    list_banks,
    list_cards,
    list_contacts,
    list_approvals,
    show_approval,
    list_rules,
    list_doubles,
    export_books,
    send_report,
    review_month,
    show_dashboard,
    show_preferences,
    show_ticket,
    show_help,
    add_entry,
    edit_entry,
    delete_entry,
    split_entry,
    recategorise_entry,
    file_entries,
    add_rule,
    remove_rule,
    set_budget,
    pause_budget,
    resume_budget,
    delete_budget,
    set_habit,
    delete_habit,
    add_bill,
    edit_bill,
    delete_bill,
    mark_bill_paid,
    set_reminders,
    add_reminder,
    delete_reminder,
    mute_alerts,
    unmute_alerts,
    dismiss_insight,
    snooze_alert,
    share_calendar,
    stop_calendar,
    connect_assistant,
    stop_assistants,
    set_goal,
    add_to_goal,
    take_from_goal,
    delete_goal,
    set_budget_alert,
    cover_budget,
    carry_budget,
    set_debt,
    delete_debt,
    add_trade,
    delete_trade,
    watch_price,
    unwatch_price,
    add_account,
    open_wallet,
    top_up_wallet,
    freeze_card,
    set_card_limit,
    remove_contact,
    import_statement,
    book_bank_text,
    book_receipt,
    settle_double,
    set_rate,
    set_preference,
    ask_human,
    connect_bank,
    sync_bank,
    resume_nudges,
    keep_data,
    withdraw_approval,
    cancel_subscription,
    exchange_money,
    create_card,
    unfreeze_card,
    close_card,
    disconnect_bank,
    send_money,
    add_contact,
    add_email,
    confirm_email,
    remove_email,
    erase_data,
    undo,
)


def open_registry() -> Registry:
    """Return the registry of all tools; a bad declaration stops the start."""
    return Registry(TOOLS, OPERATIONS)
