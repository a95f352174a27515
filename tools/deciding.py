"""Keeping the user's word on a payment as a case, and asking once when two words differ."""

from __future__ import annotations

from collections.abc import Sequence

from core.conversation.plan import Option
from core.facts import Fact, named
from core.ledger.entry import JournalEntry
from core.payees.cases import Case, CaseState, Payment
from core.payees.rules import MerchantRule
from tools.context import ToolWork
from tools.outcome import Inverse, Unclear

_LONGEST_TEXT = 200
# Equal corrections after which a rule is proposed.
_AGAIN = 2
# What holds next time: the word that is new, or the one that is old.
OLD, NEW = "old", "new"


def payment_of(entry: JournalEntry) -> Payment:
    """Return what rules and cases look at in an entry."""
    amount = entry.amount
    return Payment(amount.minor > 0, abs(amount.minor), amount.currency, int(entry.account_id))


def keep(
    entries: Sequence[JournalEntry], category: str, work: ToolWork, *, once: bool = False
) -> tuple[Inverse, ...]:
    """Keep the user's word on entries of one payee; ``once``: it is true of these alone.

    Of entries of the very same kind one case is enough.
    """
    state = CaseState.EXCEPTION if once else CaseState.ACTIVE
    kept: list[int] = []
    replaced: list[int] = []
    kinds: set[object] = set()
    for entry in entries:
        payment = payment_of(entry)
        kind = (payment.inflow, payment.band, payment.currency, payment.account_id)
        if kind in kinds or not entry.merchant_key:
            continue
        kinds.add(kind)
        made, old = work.uow.decisions.record(
            work.user_id, _case(entry, category, work), state=state
        )
        kept.append(made)
        replaced += [one for one in old if one not in kept]
    return (Inverse("cases", {"retire": kept, "back": replaced}),) if kept else ()


def _case(entry: JournalEntry, category: str, work: ToolWork) -> Case:
    text = (entry.description or entry.payee)[:_LONGEST_TEXT]
    return Case(0, entry.merchant_key, text, payment_of(entry), category, work.now, int(entry.id))


def ask_if_it_differs(entry: JournalEntry, category: str, work: ToolWork) -> None:
    """Ask once when the user said something else of another payment of this very kind."""
    old = work.uow.decisions.decisions(work.user_id).like(entry.merchant_key, payment_of(entry))
    if old is None or old.category == category or old.entry_id in (None, int(entry.id)):
        return
    options = (
        Option(NEW, "choice.next_time", fields={"category": category}),
        Option(OLD, "choice.this_once", fields={"category": old.category}),
    )
    raise Unclear(
        "next_time",
        phrase="ask.next_time",
        options=options,
        payee=entry.payee,
        category=category,
        old_category=old.category,
    )


def overruled(entry: JournalEntry, category: str, work: ToolWork) -> tuple[Fact, ...]:
    """Return the rule that files such payments elsewhere, to which this one is an exception."""
    decisions = work.uow.decisions.decisions(work.user_id)
    text = f"{entry.payee} {entry.description}"
    rules = decisions.about((entry.merchant_key,), text).rules
    rule = next((one for one in rules if one.conditions.hold(payment_of(entry))), None)
    if rule is None or rule.category == category:
        return ()
    return (named("merchant", shown(rule)), named("rule_category", rule.category))


def proposes_rule(entry: JournalEntry, category: str, work: ToolWork) -> bool:
    """Tell, once for a payee and a category, that the same correction came a second time.

    It is only proposed: without an answer nothing comes of it, and it is not asked again.
    """
    if not entry.merchant_key or has_rule(entry, work):
        return False
    decisions = work.uow.decisions
    if decisions.filed_by_hand(work.user_id, entry.merchant_key, category) < _AGAIN:
        return False
    return decisions.propose_once(work.user_id, entry.merchant_key, category, now=work.now)


def has_rule(entry: JournalEntry, work: ToolWork) -> bool:
    """Tell whether the user has a rule for such a payment already."""
    decisions = work.uow.decisions.decisions(work.user_id)
    text = f"{entry.payee} {entry.description}"
    rules = decisions.about((entry.merchant_key,), text).rules
    return any(one.conditions.hold(payment_of(entry)) for one in rules)


def shown(rule: MerchantRule) -> str:
    """Return a rule's payee as people read it."""
    return rule.merchant or rule.merchant_key
