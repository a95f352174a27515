"""Taking changes back, newest first; one step further back each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from core.facts import Answer, Fact
from core.facts_json import answer_from_json
from core.ids import AccountId, EntryId
from core.ledger.entry import Allocation, EntryState, Flow
from core.money import Money
from core.payees.cases import CaseState
from core.store.look_alike_store import Double, Verdict
from core.users.preferences_json import preferences_from_json
from tools import bill_changes, budget_plans, debts, goals, habits, reminders, trade_files
from tools.alerting import restore_wishes
from tools.assistants import restore_keys
from tools.banks import withdraw_offer
from tools.budgets import restore_days, restore_limit, restore_state
from tools.calendar_links import restore_link
from tools.cards import restore_limits
from tools.cards import restore_state as restore_card
from tools.context import ToolWork
from tools.handing_off import restore_quiet, withdraw_ticket
from tools.insights import restore_insight
from tools.mailing import restore_email
from tools.rates import restore_rate
from tools.reminding import restore_reminder
from tools.sending import restore_contact
from tools.spec import Arguments, Tier, tool
from tools.trading import restore_trade
from tools.wallets import close_empty, take_back
from tools.watching import restore_watch

UndoStep = Callable[..., None]

# What each tool's undone change is called; its facts are those of the change.
_SHAPES: Mapping[str, str] = {
    "add_entry": "entry_added",
    "edit_entry": "entry_edited",
    "delete_entry": "entry_deleted",
    "split_entry": "entry_split",
    "recategorise_entry": "entry_moved",
    "file_entries": "entries_filed",
    "add_rule": "rule_added",
    "remove_rule": "rule_removed",
    "set_budget": "budget_set",
    "pause_budget": "budget_paused",
    "resume_budget": "budget_resumed",
    "delete_budget": "budget_deleted",
    "add_bill": "bill_added",
    "edit_bill": "bill_edited",
    "delete_bill": "bill_deleted",
    "mark_bill_paid": "bill_marked",
    "set_budget_alert": "alert_set",
    "cover_budget": "budget_covered",
    "carry_budget": "budget_carried",
    "set_debt": "debt_set",
    "delete_debt": "debt_deleted",
    "set_goal": "goal_set",
    "add_to_goal": "goal_added",
    "take_from_goal": "goal_taken",
    "delete_goal": "goal_deleted",
    "add_trade": "trade_added",
    "delete_trade": "trade_deleted",
    "watch_price": "watch_set",
    "dismiss_insight": "insight_back",
    "unwatch_price": "watch_ended",
    "add_account": "account_added",
    "import_statement": "statement_imported",
    "book_bank_text": "entry_added",
    "book_receipt": "entry_added",
    "settle_double": "double_settled",
    "set_preference": "preference_set",
    "set_rate": "rate_set",
    "open_wallet": "account_added",
    "top_up_wallet": "top_up_taken_back",
    "freeze_card": "card_frozen",
    "set_card_limit": "card_limited",
    "remove_contact": "contact_back",
    "confirm_email": "email_unbound",
    "remove_email": "email_bound",
    "ask_human": "ticket_withdrawn",
    "connect_bank": "bank_not_offered",
    "resume_nudges": "quiet_again",
    "add_reminder": "reminder_added",
    "delete_reminder": "reminder_deleted",
    "mute_alerts": "alerts_muted",
    "unmute_alerts": "alerts_unmuted",
    "snooze_alert": "alert_snoozed",
    "set_habit": "habit_set",
    "delete_habit": "habit_deleted",
    "set_reminders": "reminders_set",
    "share_calendar": "calendar_ended",
    "stop_calendar": "calendar_back",
    "stop_assistants": "assistants_back",
}


# An edit changes one thing about an entry, and the undo names that thing.
_EDITS: Mapping[str, str] = {
    "edit_entry.payee": "entry_renamed",
    "edit_entry.note": "entry_noted",
    "edit_entry.account": "entry_moved_back",
    "book_receipt.attached": "receipt_detached",
    "import_statement.trades": "trades_imported",
    "share_calendar.renewed": "calendar_old",
    "unmute_alerts.on": "alerts_unmuted",
    "import_statement.prices": "prices_imported",
}


class Undo(Arguments):
    """No arguments: the newest change not yet undone is taken back."""


@tool(tier=Tier.REVERSIBLE, irreversible=True)
def undo(_arguments: Undo, work: ToolWork) -> Answer:
    """Take back the user's newest change; again goes one further back, never forward."""
    change = work.uow.changes.latest(work.user_id)
    while change is not None and not change.inverse:
        work.uow.changes.mark_undone(work.user_id, change.id, now=work.now)
        change = work.uow.changes.latest(work.user_id)
    if change is None:
        return Answer("undo.nothing")
    for step in change.inverse:
        OPERATIONS[step["operation"]](work, **step["arguments"])
    work.uow.changes.mark_undone(work.user_id, change.id, now=work.now)
    was = answer_from_json(change.answer)
    facts = _undone_facts(was, change.tool)
    return Answer(f"undo.{_shape(change.tool, was)}", facts, subjects=was.subjects)


def _shape(tool_name: str, was: Answer) -> str:
    """Return how the undone change is worded; some tools make changes of several kinds."""
    if tool_name == "set_budget" and not any(fact.name == "before" for fact in was.facts):
        return "budget_created"
    if was.shape == "edit_bill.changed":
        return "bill_edited"
    if was.shape == "carry_budget.off":
        return "budget_stopped"
    if tool_name == "set_goal" and not any(fact.name == "before" for fact in was.facts):
        return "goal_created"
    return _EDITS.get(was.shape, _SHAPES[tool_name])


def _undone_facts(was: Answer, tool_name: str) -> tuple[Fact, ...]:
    """Return the facts of the change, turned to what holds again."""
    facts = {fact.name: fact for fact in was.facts if fact.name not in _STALE}
    if tool_name == "recategorise_entry" and "old_category" in facts:
        facts["category"] = _renamed(facts["old_category"], "category")
    if tool_name == "set_budget" and "before" in facts:
        facts["limit"] = _renamed(facts["before"], "limit")
    if tool_name == "set_goal" and "before" in facts:
        facts["target"] = _renamed(facts["before"], "target")
    if was.shape == "edit_bill.changed" and "before" in facts:
        facts["amount"] = _renamed(facts["before"], "amount")
    if tool_name == "set_preference" and "before" in facts:
        facts["value"] = _renamed(facts["before"], "value")
    return tuple(facts.values())


# Figures that were true right after the change and are not any more.
_STALE = frozenset(
    {"left", "over", "carried", "short", "days", "limit_left", "next", "pay_by", "held", "link"}
)


def _renamed(fact: Fact, name: str) -> Fact:
    return replace(fact, name=name)


def _void_entry(work: ToolWork, *, entry: int) -> None:
    work.uow.ledger.void(work.user_id, EntryId(entry), now=work.now)


def _restore_entry(work: ToolWork, *, entry: int, state: str) -> None:
    work.uow.ledger.restore(work.user_id, EntryId(entry), EntryState(state), now=work.now)


def _amount(work: ToolWork, *, entry: int, minor: int) -> None:
    booked = work.uow.ledger.booked(work.user_id, EntryId(entry))
    old = Money(minor, booked.amount.currency)
    work.uow.ledger.change_amount(work.user_id, EntryId(entry), old, now=work.now)


def _date(work: ToolWork, *, entry: int, day: str) -> None:
    work.uow.ledger.change_date(work.user_id, EntryId(entry), date.fromisoformat(day))


def _payee(work: ToolWork, *, entry: int, payee: str, key: str) -> None:
    work.uow.ledger.change_payee(work.user_id, EntryId(entry), payee, key)


def _entry_account(work: ToolWork, *, entry: int, account: int) -> None:
    work.uow.ledger.change_account(work.user_id, EntryId(entry), AccountId(account), now=work.now)


def _note(work: ToolWork, *, entry: int, note: str) -> None:
    work.uow.categories.annotate(
        work.user_id, EntryId(entry), "note", note, source="undo", now=work.now
    )


def _receipt(work: ToolWork, *, entry: int, before: str) -> None:
    work.uow.categories.annotate(
        work.user_id, EntryId(entry), "receipt", before, source="undo", now=work.now
    )


def _allocations(
    work: ToolWork, *, entry: int, flow: str, currency: str, parts: list[list[object]]
) -> None:
    entry_id = EntryId(entry)
    work.uow.ledger.change_flow(work.user_id, entry_id, Flow(flow), now=work.now)
    allocations = tuple(
        Allocation(
            str(category), Money(int(str(minor)), currency), str(source), int(str(sure)), bool(lock)
        )
        for category, minor, source, sure, lock in parts
    )
    work.uow.categories.allocate(work.user_id, entry_id, allocations, now=work.now)


def _cases(work: ToolWork, *, retire: list[int], back: list[int]) -> None:
    decisions, now = work.uow.decisions, work.now
    decisions.set_case_states(work.user_id, retire, CaseState.RETIRED, now=now)
    decisions.set_case_states(work.user_id, back, CaseState.ACTIVE, now=now)


def _rule_active(work: ToolWork, *, rule: int, active: bool) -> None:
    work.uow.decisions.set_rule_active(work.user_id, rule, active=active)


def _account_active(work: ToolWork, *, account: int, active: bool) -> None:
    work.uow.accounts.set_active(work.user_id, AccountId(account), active=active)


def _import(work: ToolWork, *, imported: str) -> None:
    work.uow.imports.take_back(work.user_id, imported, now=work.now)


def _double(work: ToolWork, *, entry: int, other: int) -> None:
    double = Double(EntryId(entry), EntryId(other))
    work.uow.look_alikes.settle(work.user_id, double, Verdict.OPEN)


def _preferences(work: ToolWork, *, preferences: dict[str, object]) -> None:
    wanted = preferences_from_json(preferences)
    work.uow.users.set_preferences(work.user_id, wanted)
    work.uow.schedules.arrange(work.user_id, wanted, now=work.now)
    work.uow.reminders.follow_zone(work.user_id, wanted.zone)


OPERATIONS: Mapping[str, UndoStep] = {
    "void_entry": _void_entry,
    "restore_entry": _restore_entry,
    "amount": _amount,
    "date": _date,
    "payee": _payee,
    "entry_account": _entry_account,
    "note": _note,
    "receipt": _receipt,
    "allocations": _allocations,
    "cases": _cases,
    "rule_active": _rule_active,
    "account_active": _account_active,
    "import": _import,
    "double": _double,
    "preferences": _preferences,
    "bill_state": bill_changes.restore_state,
    "bill_terms": bill_changes.restore_terms,
    "bill_mark": bill_changes.restore_mark,
    "habit_state": habits.restore_state,
    "habit_terms": habits.restore_terms,
    "reminder_days": reminders.restore_days,
    "reminder_state": restore_reminder,
    "alert_wishes": restore_wishes,
    "budget_warning": budget_plans.restore_warning,
    "budget_cover": budget_plans.restore_cover,
    "budget_carry": budget_plans.restore_carry,
    "debt_state": debts.restore_state,
    "debt_terms": debts.restore_terms,
    "goal_state": goals.restore_state,
    "goal_terms": goals.restore_terms,
    "goal_move": goals.restore_move,
    "trade_state": restore_trade,
    "trades_import": trade_files.restore_import,
    "own_prices": trade_files.restore_prices,
    "watch_state": restore_watch,
    "insight_back": restore_insight,
    "budget_limit": restore_limit,
    "budget_state": restore_state,
    "budget_days": restore_days,
    "rate": restore_rate,
    "wallet_active": close_empty,
    "wallet_entry": take_back,
    "card_state": restore_card,
    "card_limits": restore_limits,
    "bank_offer": withdraw_offer,
    "contact_active": restore_contact,
    "email_bound": restore_email,
    "ticket_withdrawn": withdraw_ticket,
    "quiet_until": restore_quiet,
    "calendar_link": restore_link,
    "assistant_keys": restore_keys,
}
