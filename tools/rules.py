"""Rules for next time: which payments always belong where."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, money, named
from core.ids import AccountId
from core.ledger.entry import JournalEntry
from core.money import Money, to_decimal
from core.payees.cases import Case, CaseState
from core.payees.rules import Conditions, Match, MerchantRule, in_order
from core.payees.words import fold_words
from core.period import Grain, period_of
from core.store.decision_store import is_same_rule
from tools import names
from tools.budgets import UNDO
from tools.categorising import place
from tools.context import ToolWork
from tools.deciding import shown
from tools.outcome import Changed, Inverse, Unclear
from tools.recording import allocations_of
from tools.spec import Arguments, Tier, tool

_CASES_SHOWN = 3
_LONGEST_KEY = 80


class RuleBoundsCrossed(FinanceError):
    """The least amount of a rule is more than its most."""

    code = "rule.bounds_crossed"


class NoRuleFor(FinanceError):
    """There is no rule for this merchant."""

    code = "rule.none_for"


class AddRule(Arguments):
    """Which payments always belong where, and whether past entries move too."""

    merchant: str = Field(description="Merchant's name or key")
    category: str = Field(description="Category slug")
    match: Literal["begins", "is", "contains"] = Field(
        "begins", description="Whether the payee begins with, is exactly, or contains these words"
    )
    minimum: str | None = Field(None, description="Only payments of at least this, without sign")
    maximum: str | None = Field(None, description="Only payments of at most this, without sign")
    account: str | None = Field(None, description="Only payments of this account: name or handle")
    direction: Literal["out", "in"] | None = Field(
        None, description="Only money out, or only money in"
    )
    cases: Literal["keep", "replace", "stop"] | None = Field(
        None,
        description="Earlier corrections that say otherwise: 'keep' them as exceptions, 'replace'"
        " them by the rule, or 'stop'; asked when left out",
    )
    scope: Literal["future", "all", "this"] | None = Field(
        None, description="'future' only, 'all' past ones too, 'this' for no rule at all"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("rule_active", "allocations", "cases"))
def add_rule(arguments: AddRule, work: ToolWork) -> Changed:
    """File payments under a category every time, by merchant and, if said, by amount, account or
    direction; shows what past entries fit and which corrections it goes against, and asks.
    """
    rule = _rule(arguments, work)
    if arguments.scope == "this" or arguments.cases == "stop":
        return Changed(Answer("clarify.stopped"), ())
    against = work.uow.decisions.decisions(work.user_id).against(rule)
    if against and arguments.cases is None:
        raise _which_holds(rule, against)
    past = work.uow.entries.some(work.user_id, work.uow.decisions.movable(work.user_id, rule))
    if arguments.scope is None:
        raise _which_scope(rule, past, work)
    facts = rule_facts(rule, work)
    old = next(
        (one for one in work.uow.decisions.rules(work.user_id) if is_same_rule(one, rule)), None
    )
    is_there = old is not None and old.category == rule.category
    if is_there and arguments.scope == "future" and arguments.cases != "replace":
        return Changed(Answer("add_rule.nothing", facts), ())
    moved = _move_past(past, rule.category, work) if arguments.scope == "all" else ()
    if arguments.cases == "replace":
        moved += _retire(against, work)
    return _added(rule, old, moved, (*facts, *_rows(past, arguments.scope)), work)


def _rows(past: tuple[JournalEntry, ...], scope: str | None) -> tuple[Fact, ...]:
    return (count("rows", len(past)),) if scope == "all" and past else ()


def _added(
    rule: MerchantRule,
    old: MerchantRule | None,
    moved: tuple[Inverse, ...],
    facts: tuple[Fact, ...],
    work: ToolWork,
) -> Changed:
    made = work.uow.decisions.add_rule(work.user_id, rule, now=work.now)
    inverse = (*moved, Inverse("rule_active", {"rule": made, "active": False}))
    if old is not None:
        inverse += (Inverse("rule_active", {"rule": old.id, "active": True}),)
        facts += (named("old_category", old.category),)
    shape = "replaced" if old is not None and old.category != rule.category else "added"
    return Changed(Answer(f"add_rule.{shape}", facts, choices=UNDO), inverse)


def _rule(arguments: AddRule, work: ToolWork) -> MerchantRule:
    """Read the rule as it was said."""
    match = Match(arguments.match)
    if match is Match.CONTAINS:
        key, merchant = " ".join(fold_words(arguments.merchant))[:_LONGEST_KEY], arguments.merchant
        if not key:
            raise names.MerchantUnknown(merchant=arguments.merchant[:40])
    else:
        key, merchant = names.merchant_key(work, arguments.merchant)
    category = names.one_category(arguments.category)
    return MerchantRule(
        0, key, category, match, _conditions(arguments, work), merchant[:_LONGEST_KEY]
    )


def _conditions(arguments: AddRule, work: ToolWork) -> Conditions:
    account = names.account(work, arguments.account) if arguments.account is not None else None
    currency = account.currency if account is not None else work.preferences.currency
    least, most = (
        None if bound is None else abs(Money.of(to_decimal(bound), currency)).minor
        for bound in (arguments.minimum, arguments.maximum)
    )
    if least is not None and most is not None and least > most:
        raise RuleBoundsCrossed
    return Conditions(
        at_least=least,
        at_most=most,
        currency="" if least is None and most is None else currency,
        account_id=None if account is None else int(account.id),
        inflow=None if arguments.direction is None else arguments.direction == "in",
    )


def rule_facts(rule: MerchantRule, work: ToolWork) -> tuple[Fact, ...]:
    """Return a rule as it is told: its payee, its conditions, its category."""
    return (named("category", rule.category), *conditions_told(rule, work))


def conditions_told(rule: MerchantRule, work: ToolWork) -> tuple[Fact, ...]:
    """Return which payments a rule is about."""
    conditions = rule.conditions
    facts: tuple[Fact, ...] = (named("merchant", shown(rule)),)
    if rule.match is not Match.BEGINS:
        facts += (named("match", rule.match.value),)
    for name, bound in (("minimum", conditions.at_least), ("maximum", conditions.at_most)):
        if bound is not None:
            facts += (money(name, Money(bound, conditions.currency)),)
    if conditions.account_id is not None:
        account = work.uow.accounts.get(work.user_id, AccountId(conditions.account_id))
        facts += (named("account", account.name),)
    if conditions.inflow is not None:
        facts += (named("direction", "in" if conditions.inflow else "out"),)
    return facts


def _which_scope(rule: MerchantRule, past: tuple[JournalEntry, ...], work: ToolWork) -> Unclear:
    """Ask how far the rule reaches, with what of the past it would move."""
    month = period_of(Grain.MONTH, work.today, work.preferences.calendar)
    recent = sum(month.start <= entry.booked_date < month.end for entry in past)
    options = [Option("future", "choice.rule_future")]
    if past:
        fields = {"past": str(len(past))} | _sum(past)
        options.append(Option("all", "choice.rule_all", fields=fields))
    options.append(Option("this", "choice.rule_this"))
    fits = {"past": len(past)} if past else {}
    if recent:
        fits["recent"] = recent
    return Unclear(
        "scope",
        phrase="ask.rule_preview" if past else "ask.rule_scope",
        options=tuple(options),
        merchant=shown(rule),
        category=rule.category,
        **fits,
    )


def _sum(past: tuple[JournalEntry, ...]) -> dict[str, str]:
    """Return what past entries come to, if they are in one currency."""
    currencies = {entry.amount.currency for entry in past}
    if len(currencies) > 1:
        return {}
    currency = currencies.pop()
    total = Money(abs(sum(entry.amount.minor for entry in past)), currency)
    return {"amount": total.plain, "currency": currency}


def _which_holds(rule: MerchantRule, against: tuple[Case, ...]) -> Unclear:
    """Ask once which is true: the corrections that say otherwise, or the new rule."""
    told = " · ".join(dict.fromkeys(case.text for case in against[:_CASES_SHOWN]))
    return Unclear(
        "cases",
        phrase="ask.rule_cases",
        options=(
            Option("keep", "choice.cases_keep"),
            Option("replace", "choice.cases_replace"),
            Option("stop", "choice.cases_stop"),
        ),
        merchant=shown(rule),
        category=rule.category,
        old_category=against[0].category,
        found=len(against),
        quote=told,
    )


def _retire(against: tuple[Case, ...], work: ToolWork) -> tuple[Inverse, ...]:
    ids = [case.id for case in against]
    work.uow.decisions.set_case_states(work.user_id, ids, CaseState.RETIRED, now=work.now)
    return (Inverse("cases", {"retire": [], "back": ids}),) if ids else ()


def _move_past(
    past: tuple[JournalEntry, ...], category: str, work: ToolWork
) -> tuple[Inverse, ...]:
    inverse = []
    for entry in past:
        inverse.append(Inverse("allocations", allocations_of(entry)))
        place(entry, category, "rule", work, locked=False)
    return tuple(inverse)


class RemoveRule(Arguments):
    """Whose rule."""

    merchant: str = Field(description="Merchant's name or key")
    rule: str | None = Field(
        None, description="Handle like 'rule:7', when the merchant has several"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("rule_active",))
def remove_rule(arguments: RemoveRule, work: ToolWork) -> Changed:
    """Stop filing a merchant by rule; entries already filed stay where they are."""
    rule = _one_of(_rules_for(arguments.merchant, work), arguments, work)
    work.uow.decisions.set_rule_active(work.user_id, rule.id, active=False)
    undo = Inverse("rule_active", {"rule": rule.id, "active": True})
    return Changed(Answer("remove_rule.removed", rule_facts(rule, work), choices=UNDO), (undo,))


def _rules_for(words: str, work: ToolWork) -> list[MerchantRule]:
    """Return the rules about a payee: by its words, else by the shop of the books they name."""
    every = in_order(work.uow.decisions.rules(work.user_id))
    said = " ".join(fold_words(words))
    found = [
        rule for rule in every if said in (rule.merchant_key, " ".join(fold_words(shown(rule))))
    ]
    if found:
        return found
    key, _ = names.merchant_key(work, words)
    return [rule for rule in every if rule.merchant_key == key]


def _one_of(found: list[MerchantRule], arguments: RemoveRule, work: ToolWork) -> MerchantRule:
    chosen = [rule for rule in found if f"rule:{rule.id}" == arguments.rule] or found
    if not chosen:
        raise NoRuleFor(merchant=arguments.merchant[:40])
    if len(chosen) == 1:
        return chosen[0]
    options = tuple(_option(rule, work) for rule in chosen)
    raise Unclear("rule", phrase="ask.rule", options=options, merchant=shown(chosen[0]))


def _option(rule: MerchantRule, work: ToolWork) -> Option:
    """Return a rule as a choice; of two bounds the label shows the lower."""
    conditions = rule.conditions
    fields = {
        fact.name: str(fact.value)
        for fact in rule_facts(rule, work)
        if not isinstance(fact.value, Money)
    }
    phrase = "choice.rule"
    bound = conditions.at_least if conditions.at_least is not None else conditions.at_most
    if bound is not None:
        phrase = "choice.rule_over" if conditions.at_least is not None else "choice.rule_under"
        fields |= {
            "amount": Money(bound, conditions.currency).plain,
            "currency": conditions.currency,
        }
    return Option(f"rule:{rule.id}", phrase, fields=fields)


class ListRules(Arguments):
    """No arguments."""


@tool()
def list_rules(_arguments: ListRules, work: ToolWork) -> Answer:
    """List the user's rules in the order in which they are asked; the first that fits decides."""
    rules = in_order(work.uow.decisions.rules(work.user_id))
    if not rules:
        return Answer("list_rules.none")
    lines = tuple(Line(rule_facts(rule, work)) for rule in rules)
    tails = ("list_rules.order",) if len(rules) > 1 else ()
    return Answer("list_rules.list", (count("found", len(rules)),), lines, tails)
