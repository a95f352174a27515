"""The twenty tools a model sees: one for each question, made from the tools there are.

A model does badly with a hundred tools and well with twenty. Each one here stands for one or a
few tools of the registry, told apart by ``view`` (or ``action``, where it would write); its
arguments are theirs, so that nothing is declared twice. The order never changes: providers cache
what begins the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.llm.moments import WHEN, settled_by_when
from prompts.told import ToolWords
from tools.registry import Registry
from tools.spec import Effect, ToolSpec

VIEW = "view"
ACTION = "action"
CALCULATE = "calculate"
OPERATIONS = ("sum", "difference", "share", "average")

# What a model has no use for, or what its code decides.
_LEFT_OUT = frozenset(
    {
        *("offset", "other_date", "next_time", "cases", "reason", "match", "country", "code"),
        *("propose_plan.minimum", "propose_plan.maximum", "propose_plan.currency"),
        *("propose_plan.starts", "propose_plan.ends", "propose_plan.scope"),
        *("propose_plan.direction", "propose_plan.rule", "send_file.security"),
        *("send_file.merchant", "send_file.account"),
        "under",  # a condition is read by code, beside the word of an approval
        *("bills.status", "bills.until", "budgets.merchant", "what_if.payee"),
        *("investments.divided_by", "changes.by", "changes.flow"),
        *("spending.against", "spending.measure"),  # a model asks twice and says it by facts
    }
)
_READS: Mapping[str, Mapping[str, str] | str] = {
    "balances": {
        "accounts": "show_balances",
        "net_worth": "show_net_worth",
        "status": "show_status",
        "rate": "show_rate",
    },
    "spending": "show_spending",
    "transactions": "find_entries",
    "changes": {"spending": "explain_change", "balance": "show_changes"},
    "forecast": {"balance": "forecast_balance", "spending": "forecast_spending"},
    "what_if": {"afford": "check_affordability", "change": "simulate_change"},
    "budgets": {
        "standing": "show_budgets",
        "suggested": "suggest_budgets",
        "needs_wants": "show_split",
        "habits": "show_habits",
    },
    "bills": {
        "due": "show_bills",
        "safe_to_spend": "safe_to_spend",
        "subscriptions": "list_subscriptions",
        "saved": "show_saved",
        "reminders": "show_reminders",
    },
    "goals": {"goals": "show_goals", "debt_plan": "show_debt_plan"},
    "investments": {
        "portfolio": "show_portfolio",
        "holding": "show_holding",
        "returns": "show_returns",
        "dividends": "show_dividends",
        "spread": "show_diversification",
        "exposure": "check_exposure",
        "watched": "show_watchlist",
        "lots": "show_lots",
        "tax_losses": "show_tax_losses",
    },
    "insights": {
        "worth_knowing": "show_insights",
        "unusual": "show_unusual",
        "score": "show_score",
        "doubles": "list_doubles",
        "month": "review_month",
        "alerts": "show_alerts",
        "why_alert": "explain_alert",
    },
    "entry": {
        "show": "show_entry",
        "history": "show_history",
        "why_category": "explain_category",
        "figure": "explain_figure",
    },
    "records": {
        "approvals": "list_approvals",
        "approval": "show_approval",
        "rules": "list_rules",
        "payees": "list_contacts",
        "cards": "list_cards",
        "banks": "list_banks",
        "settings": "show_preferences",
        "ticket": "show_ticket",
        "help": "show_help",
    },
    "send_file": {
        "chart": "draw_chart",
        "dashboard": "show_dashboard",
        "report": "send_report",
        "export": "export_books",
    },
}
_WRITES: Mapping[str, tuple[str, ...]] = {
    "propose_entry": ("add_entry", "edit_entry", "delete_entry", "recategorise_entry"),
    "propose_plan": (
        *("set_budget", "pause_budget", "resume_budget", "delete_budget"),
        *("set_budget_alert", "cover_budget", "carry_budget"),
        *("add_bill", "edit_bill", "delete_bill", "mark_bill_paid"),
        *("set_goal", "add_to_goal", "take_from_goal", "delete_goal"),
        *("set_debt", "delete_debt", "add_rule", "remove_rule"),
        *("watch_price", "unwatch_price", "set_preference", "undo", "ask_human"),
    ),
    "propose_alerts": (
        *("add_reminder", "delete_reminder", "set_reminders"),
        *("mute_alerts", "unmute_alerts", "snooze_alert"),
    ),
    "propose_outside": (
        *("cancel_subscription", "send_money", "exchange_money"),
        *("create_card", "freeze_card", "unfreeze_card", "close_card"),
    ),
}


@dataclass(frozen=True, slots=True)
class ModelTool:
    """One tool as a model sees it; ``targets`` are the registry's tools by view or action."""

    name: str
    targets: Mapping[str, ToolSpec]
    chooser: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Tell whether it only proposes."""
        return any(spec.effect is Effect.WRITE for spec in self.targets.values())

    def target(self, arguments: Mapping[str, Any]) -> ToolSpec | None:
        """Return the tool that is meant; nothing when the choice is none of them."""
        if not self.chooser:
            return next(iter(self.targets.values()))
        return self.targets.get(str(arguments.get(self.chooser, "")))


class ModelTools:
    """All tools of a model, in their order."""

    def __init__(
        self,
        registry: Registry,
        words: ToolWords,
        *,
        reading_only: bool = False,
        without: Collection[str] = (),
    ) -> None:
        """Take from ``registry`` what there is; what an installation lacks is left out.

        ``without`` are tools of the registry that are not shown.
        """
        writes = {} if reading_only else _WRITES
        self._tools = {tool.name: tool for tool in _made(registry, words, writes, without)}
        self._words = words

    def __iter__(self) -> Iterator[ModelTool]:
        """Give every tool in its order, calculation left out."""
        return iter(self._tools.values())

    def get(self, name: str) -> ModelTool | None:
        """Return the tool called ``name``."""
        return self._tools.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, calculation included."""
        return (*self._tools, CALCULATE)

    @cached_property
    def schemas(self) -> tuple[Mapping[str, Any], ...]:
        """Every tool as the wire format wants it."""
        listed = [_function(one.name, self._words, one.schema) for one in self._tools.values()]
        reads = len(_READS.keys() & self._tools.keys())
        return (*listed[:reads], _function(CALCULATE, self._words, _CALCULATION), *listed[reads:])


_CALCULATION: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "operation": {"type": "string", "enum": list(OPERATIONS)},
        "facts": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["operation", "facts"],
}


def _function(name: str, words: ToolWords, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "function",
        "function": {"name": name, "description": words.says[name], "parameters": dict(schema)},
    }


def _made(
    registry: Registry,
    words: ToolWords,
    writes: Mapping[str, tuple[str, ...]],
    without: Collection[str],
) -> Iterable[ModelTool]:
    for name, chosen in _READS.items():
        views = {"": chosen} if isinstance(chosen, str) else chosen
        targets = {
            view: registry.get(tool)
            for view, tool in views.items()
            if tool in registry and tool not in without
        }
        if targets:
            chooser = "" if isinstance(chosen, str) else VIEW
            yield ModelTool(name, targets, chooser, _schema(name, targets, chooser, words))
    for name, actions in writes.items():
        targets = {tool: registry.get(tool) for tool in actions if tool in registry}
        if targets:
            yield ModelTool(name, targets, ACTION, _schema(name, targets, ACTION, words))


def _schema(
    tool: str, targets: Mapping[str, ToolSpec], chooser: str, words: ToolWords
) -> Mapping[str, Any]:
    """Put the arguments of all targets together; required is what none of them can do without.

    What else a model sends is refused by the desk with a word on what there is, so the schema
    need not pay for saying so.
    """
    properties: dict[str, Any] = {}
    if chooser:
        properties[chooser] = {"type": "string", "enum": list(targets)}
    needed: set[str] | None = None
    for spec in targets.values():
        own = spec.schema()
        for name, plain in _shown(tool, spec, own):
            properties[name] = _merged(properties.get(name), plain)
        musts = set(own.get("required", ()))
        needed = musts if needed is None else needed & musts
    for name, form in properties.items():
        told = words.fields.get(f"{tool}.{name}") or words.fields.get(name)
        if told and name != chooser:
            form["description"] = told
    required = [*([chooser] if chooser else []), *sorted(needed or ())]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
    }


def _shown(
    tool: str, spec: ToolSpec, schema: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the arguments of a tool that a model is told of.

    Days, times and lengths ahead are one argument, and a currency stands in its amount.
    """
    takes, settled = schema.get("properties", {}), settled_by_when(spec)
    if settled:
        yield WHEN, {"type": "string"}
    for name, form in takes.items():
        said = name in settled or (name == "currency" and "amount" in takes)
        plain = None if said else _plain(form, schema.get("$defs", {}))
        if plain is not None and not _LEFT_OUT & {name, f"{tool}.{name}"}:
            yield name, plain


def _plain(form: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return type and choices of an argument, nothing for one that is made of parts.

    Its description is for people: names and choices tell a model enough, and each word is paid
    for in every turn.
    """
    ways = [one for one in form.get("anyOf", ()) if one.get("type") != "null"]
    if len(ways) > 1:
        return _either([_plain(one, defs) for one in ways])
    form = next(iter(ways), form)
    if "$ref" in form:
        form = defs[form["$ref"].rpartition("/")[2]]
    kind = form.get("type")
    if kind not in {"string", "integer", "boolean"}:
        return None
    plain: dict[str, Any] = {"type": kind}
    choices = form.get("enum") or [one for one in (form.get("const"),) if one is not None]
    if choices:
        plain["enum"] = list(choices)
    return plain


def _either(ways: Iterable[dict[str, Any] | None]) -> dict[str, Any] | None:
    """Return what takes each of several ways; nothing where one is made of parts."""
    either: dict[str, Any] | None = None
    for way in ways:
        if way is None:
            return None
        either = _merged(either, way)
    return either


def _merged(known: Mapping[str, Any] | None, more: dict[str, Any]) -> dict[str, Any]:
    """Join two arguments of one name: choices add up, free words win over choices."""
    if known is None:
        return more
    if "enum" in known and "enum" in more:
        choices = [*known["enum"], *(one for one in more["enum"] if one not in known["enum"])]
        return {**known, "enum": choices}
    return {name: value for name, value in known.items() if name != "enum"}
