"""No phrase asks for a field that nobody gives: questions back, answers and lines of tools."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from core.conversation.context import Profile, TurnContext
from core.conversation.plan import Ask, PlannerName, ToolCall
from core.facts import Answer, money, named
from core.money import Money
from core.statements.receipt_record import FIELD
from core.users.preferences import Preferences
from intents.decide import Decider
from intents.reading import read_message
from intents.request import Request, ToolShape, asking_order
from intents.vocabulary import load
from prompts.compose import compose
from prompts.figures import Style
from prompts.phrasebook import Phrase, Phrasebook
from tools.catalog import open_registry
from tools.history import _change, _event

BOOK = Phrasebook.load("en")
CHECKOUT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STYLE = Style("en_US", "UTC", NOW.date())
ENTRY = (named("payee", "Coffee"), money("amount", Money.of("-4", "USD")))
# Never asked for: without them the request becomes a milder one ("how to send one", "what waits").
UNASKED = {"text", "file", "pair"}
SAMPLES = {"category": "FOOD_AND_DRINK", "name": "language", "amount": "12"}
# Written for every phrase: from the facts' own times, from the lines left out, or by the dialogue.
STANDING = {"as_of", "hidden", "example", "example1", "example2", "example3", "line", "link"}
MAKERS = {"Fact", "money", "count", "percent", "day", "span", "named"}


def required(phrase: Phrase) -> frozenset[str]:
    return frozenset().union(*(template.required for _, template in phrase.templates()))


def standing(key: str) -> set[str]:
    """Return what is there beside a tool's own facts: a proposal gets its code and its end."""
    proposed = key.endswith((".proposed", ".propose"))
    return STANDING | ({"code", "expires"} if proposed else set())


@dataclass(frozen=True)
class Said:
    """A phrase that a function names, and the names of what it gives; None is not known here."""

    where: str
    keys: tuple[str, ...]
    given: frozenset[str] | None

    @property
    def missing(self) -> list[str]:
        return sorted(
            f"{self.where}: {key} {name}"
            for key in self.keys
            for name in required(BOOK[key]) - (self.given or frozenset()) - standing(key)
        )


@cache
def functions() -> dict[str, list[ast.FunctionDef]]:
    found: dict[str, list[ast.FunctionDef]] = defaultdict(list)
    for room in ("tools", "core"):
        for path in sorted((CHECKOUT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    found[node.name].append(node)
    return found


def united(expressions: list[ast.expr], function: ast.FunctionDef) -> frozenset[str] | None:
    parts = [given(one, function) for one in expressions]
    return None if None in parts else frozenset().union(*(part for part in parts if part))


def given(node: ast.expr, function: ast.FunctionDef) -> frozenset[str] | None:
    """Return the names of the facts in an expression: all that it may hold, None if unknown."""
    match node:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return united(elements, function)
        case ast.Starred(value=inner):
            return given(inner, function)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            return united([one, other], function)
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(fact)), *_]):
            return frozenset({fact}) if name in MAKERS else returned(name)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return returned(name)
        case ast.Name(id=name):
            return assigned(name, function)
    return None


@cache
def returned(name: str) -> frozenset[str] | None:
    found = functions().get(name, [])
    if len(found) != 1:
        return None
    returns = [one.value for one in ast.walk(found[0]) if isinstance(one, ast.Return)]
    return united([one for one in returns if one is not None], found[0]) if returns else None


def assigned(name: str, function: ast.FunctionDef) -> frozenset[str] | None:
    """Return what a variable may hold; None where it is no plain variable of this function."""
    values = []
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if any(isinstance(one, ast.Name) and one.id == name for one in targets) and value:
            values.append(value)
    stores = [
        one
        for one in ast.walk(function)
        if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store)
    ]
    is_parameter = any(one.arg == name for one in ast.walk(function) if isinstance(one, ast.arg))
    is_plain = values and len(values) == len(stores) and not is_parameter
    return united(values, function) if is_plain else None


def keys_in(node: ast.expr | None) -> tuple[str, ...]:
    """Return the phrases that an expression names, where it names them whole."""
    if isinstance(node, ast.IfExp):
        return keys_in(node.body) + keys_in(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in BOOK:
        return (node.value,)
    return ()


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = [one.value for one in call.keywords if one.arg == name]
    return named[0] if named else call.args[place] if place < len(call.args) else None


def said() -> Iterator[Said]:
    """Give every phrase that a tool names: of its answers, its lines and its questions."""
    for function in (one for found in functions().values() for one in found):
        calls = (one for one in ast.walk(function) if isinstance(one, ast.Call))
        for call in calls:
            match call.func:
                case ast.Name(id="Answer"):
                    facts, shape = argument(call, 1, "facts"), argument(call, 0, "shape")
                case ast.Name(id="Line"):
                    facts, shape = argument(call, 0, "facts"), argument(call, 2, "shape")
                case ast.Name(id="Unclear"):
                    yield Said(function.name, keys_in(argument(call, 9, "phrase")), fields(call))
                    continue
                case _:
                    continue
            if facts is not None and (keys := keys_in(shape)):
                yield Said(function.name, keys, given(facts, function))


def fields(call: ast.Call) -> frozenset[str] | None:
    names = [one.arg for one in call.keywords]
    return None if None in names else frozenset(name for name in names if name)


def noted() -> set[str]:
    """Return every kind of note that a tool keeps of what it changed in an entry."""
    found = set()
    for function in (one for same in functions().values() for one in same):
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            match call:
                case ast.Call(func=ast.Attribute(attr="annotate"), args=[_, _, field, *_]):
                    pass
                case ast.Call(func=ast.Name(id="_note_change"), args=[_, field, *_]):
                    pass
                case _:
                    continue
            if isinstance(field, ast.Constant):
                found.add(str(field.value))
    return found | {FIELD}


class TestATool:
    def test_gives_every_field_that_its_phrases_ask_for(self) -> None:
        known = [one for one in said() if one.given is not None]
        keys = {key for one in known for key in one.keys}
        assert len(keys) > 120  # else this looks at nothing
        assert [missing for one in known for missing in one.missing] == []

    def test_tells_every_kind_of_change_that_is_kept_of_an_entry(self) -> None:
        kept = {
            "amount": "4.00\x1f5.00",
            "date": "2026-11-01\x1f2026-11-02",
            "payee": "Coffee\x1fTea",
            "account": "Cash\x1fAmex",
            "note": "for Ana",
            "split": "2",
            "deleted": "",
            FIELD: "read",
        }
        assert noted() - kept.keys() == set()
        for field in noted():
            old, _, new = kept[field].partition("\x1f")
            line = _event(field, NOW, _change(field, old, new, Money.of("4", "USD")))
            told = compose(Answer("show_history.list", ENTRY, (line,)), BOOK, STYLE)
            assert told.text.count("\n") == 1


class TestAQuestion:
    def test_for_a_required_argument_names_only_what_is_settled(self) -> None:
        vocabulary = load("en")
        specs = {spec.name: spec for spec in open_registry()}
        tools = {name: one for name, one in vocabulary.tools().items() if name in specs}
        shapes = {name: ToolShape.of(spec) for name, spec in specs.items()}
        decider = Decider(vocabulary, tools, shapes)
        context = TurnContext("user_1", Preferences(), NOW, NOW.date(), Profile.WEB, "please")
        reading = read_message(context, vocabulary)
        asked = {}
        for tool, intent in tools.items():
            slots = sorted(shapes[tool].required - UNASKED, key=asking_order)
            for at, slot in enumerate(slots):
                call = ToolCall(tool, {name: SAMPLES.get(name, "x") for name in slots[:at]})
                request = Request(intent.label, (call,), missing=slot)
                (step,) = decider.settled(request, reading, PlannerName.SENTENCE, 100).steps
                assert isinstance(step, Ask)
                asked[step.phrase, tool] = frozenset(step.fields)
        assert {"ask.value", "ask.budget_amount"} <= {phrase for phrase, _ in asked}
        # A question without words is raised here as a fault of the phrasebook.
        assert [one for one in asked if required(BOOK[one[0]]) - asked[one]] == []
