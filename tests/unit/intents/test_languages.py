"""Each turn in its own language, with what people mix in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.conversation.plan import Plan, PlannerName, ToolCall
from intents.guess import Guess, Prediction
from intents.held_out import Household
from intents.languages import OfflinePlanners
from tools.catalog import TOOLS

_EVAL = Path(__file__).resolve().parents[2] / "eval"
Said = Callable[..., Plan]


class _Recogniser:
    """Names the language that it was asked for by its guess."""

    def __init__(self, label: str) -> None:
        self._label = label

    def predict(self, text: str, nudges: Mapping[str, float]) -> Prediction:
        return Prediction((Guess(self._label, 0.5),), 0.95)


@pytest.fixture(scope="module")
def planners() -> OfflinePlanners:
    guesses = {"en": _Recogniser("show_net_worth"), "es": _Recogniser("show_status")}
    return OfflinePlanners(TOOLS, guesses.get)


@pytest.fixture(scope="module")
def spanish(planners: OfflinePlanners) -> Said:
    household = Household(_EVAL / "es" / "household.toml")
    return lambda text, before="": planners.plan(household.context(text, before))


@pytest.fixture(scope="module")
def english(planners: OfflinePlanners) -> Said:
    household = Household(_EVAL / "household.toml")
    return lambda text, before="": planners.plan(household.context(text, before))


def _call(plan: Plan) -> ToolCall:
    step = plan.steps[0]
    assert isinstance(step, ToolCall), plan
    return step


OCTOBER = "2026-10-01..2026-10-31#month"
GROCERIES = "FOOD_AND_DRINK_GROCERIES"


class TestSpanish:
    @pytest.mark.parametrize(
        ("text", "tool", "arguments"),
        [
            (
                "¿Cuánto gasté en súper el mes pasado?",
                "show_spending",
                {"category": GROCERIES, "period": OCTOBER},
            ),
            (
                "cuanto llevo gastado en mercadona en octubre",
                "show_spending",
                {"merchant": "mercadona", "period": OCTOBER},
            ),
            ("saldo de ahorro", "show_balances", {"account": "account:2"}),
            ("cancela netflix", "cancel_subscription", {"subscription": "subscription:1"}),
            (
                "presupuesto de ropa 80",
                "set_budget",
                {"category": "GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES", "amount": "80"},
            ),
            ("pon siempre lidl en súper", "add_rule", {"merchant": "lidl", "category": GROCERIES}),
            ("deshacer", "undo", {}),
            (
                "ayer gasté 12,50 en gasolina",
                "add_entry",
                {"amount": "12.50", "payee": "gasolina", "booked_date": "2026-11-17"},
            ),
            ("café 4", "add_entry", {"amount": "4", "payee": "café"}),
        ],
    )
    def test_is_understood_without_a_guess(
        self, spanish: Said, text: str, tool: str, arguments: dict[str, str]
    ) -> None:
        plan = spanish(text)
        assert plan.planner is PlannerName.SENTENCE
        assert _call(plan) == ToolCall(tool, arguments)

    @pytest.mark.parametrize(
        ("text", "before", "tool", "arguments"),
        [
            (
                "¿y en septiembre?",
                "spending",
                "show_spending",
                {"category": GROCERIES, "period": "2026-09-01..2026-09-30#month"},
            ),
            ("¿cuáles?", "spending", "find_entries", {"category": GROCERIES, "period": OCTOBER}),
            (
                "no, eso era súper",
                "entry",
                "recategorise_entry",
                {"entry": "entry:12", "category": GROCERIES},
            ),
            ("que sean 5,20", "entry", "edit_entry", {"entry": "entry:12", "amount": "5.20"}),
            ("bórralo", "entry", "delete_entry", {"entry": "entry:12"}),
        ],
    )
    def test_follows_up_and_corrects(
        self, spanish: Said, text: str, before: str, tool: str, arguments: dict[str, str]
    ) -> None:
        assert _call(spanish(text, before)) == ToolCall(tool, arguments)

    def test_reads_figures_by_the_commas_of_the_place(self, spanish: Said) -> None:
        assert _call(spanish("visa tae 19,9 mínimo 50")).arguments["apr"] == "19.9"
        assert _call(spanish("gasté 1.234,50 en ikea")).arguments["amount"] == "1234.50"

    @pytest.mark.parametrize(
        "text", ["¿borro eso?", "debería borrarlo", "¿café 4?", "no borres eso"]
    )
    def test_never_writes_when_it_asks_or_denies(self, spanish: Said, text: str) -> None:
        writes = ("delete_entry", "add_entry")
        calls = [step for step in spanish(text, "entry").steps if isinstance(step, ToolCall)]
        assert not [call for call in calls if call.tool in writes]


class TestMixing:
    def test_understands_english_commands_of_somebody_who_speaks_spanish(
        self, spanish: Said
    ) -> None:
        assert _call(spanish("show my budgets")) == ToolCall("show_budgets", {})

    def test_understands_spanish_words_of_somebody_who_speaks_english(self, english: Said) -> None:
        assert _call(english("cuanto tengo en chase porfa")).tool == "show_balances"

    def test_lends_no_write_to_a_question(self, spanish: Said) -> None:
        plan = spanish("¿por qué delete that", "entry")
        assert not [
            step for step in plan.steps if step == ToolCall("delete_entry", {"entry": "entry:12"})
        ]

    def test_guesses_with_the_classifier_of_the_turn(self, spanish: Said, english: Said) -> None:
        assert _call(spanish("una cosa brumosa")).tool == "show_status"
        assert _call(english("foggy overall")).tool == "show_net_worth"
