"""What becomes of a guess: run, confirmed, offered or refused, by how sure it is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from core.conversation.plan import Ask, PlannerName, Say, ToolCall
from intents.guess import Guess
from tests.unit.intents.conftest import Said, ScriptedRecogniser

# No template is near these, so that the classifier has the word.
READ = "mull over the whole of amazon for me"
WRITE = "kindly consider netflix superfluous"


class TestAGuess:
    def test_that_is_sure_runs(self, guessed: Said, recogniser: ScriptedRecogniser) -> None:
        recogniser.says("cancel_subscription", confidence=0.95)
        plan = guessed(WRITE)
        assert plan.steps == (ToolCall("cancel_subscription", {"subscription": "subscription:1"}),)
        assert plan.planner is PlannerName.CLASSIFIER

    def test_that_writes_is_confirmed_when_less_sure(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("cancel_subscription", confidence=0.7)
        step = guessed(WRITE).steps[0]
        assert isinstance(step, Ask)
        assert step.slot == "confirm"
        assert step.call.tool == "cancel_subscription"

    def test_that_reads_runs_when_less_sure(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("show_spending", confidence=0.6)
        assert guessed(READ).steps[0] == ToolCall("show_spending", {"merchant": "amazon"})

    def test_that_is_hardly_sure_offers_what_it_may_be(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("show_spending", "find_entries", "undo", confidence=0.3)
        plan = guessed(READ)
        step = plan.steps[0]
        assert isinstance(step, Ask)
        assert (step.slot, step.phrase) == ("call", "clarify.did_you_mean")
        assert [option.text for option in step.options] == [
            "spending at amazon",
            "transactions at amazon",
            "undo",
        ]
        assert plan.planner is PlannerName.ASK

    def test_that_is_not_sure_at_all_is_given_up(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("show_spending", confidence=0.1)
        assert guessed("blorp glim").steps == (Say("unclear.first"),)

    def test_out_of_scope_says_so(self, guessed: Said, recogniser: ScriptedRecogniser) -> None:
        recogniser.says("oos", "show_help", confidence=0.9)
        assert guessed("why is the sky so blue here").steps == (Say("unclear.out_of_scope"),)

    def test_of_something_unsupported_says_so(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("unsupported.tax", "show_spending", confidence=0.6)
        assert guessed("what will the fiscus want").steps == (Say("unsupported.tax"),)

    def test_of_distress_counts_even_in_second_place(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("show_balances", "smalltalk.distress", confidence=0.9)
        assert guessed("it is all too much and too dark").steps == (
            ToolCall("ask_human", {"reason": "distress"}),
        )

    def test_without_arguments_needs_to_be_rather_sure_to_be_confirmed(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("undo", confidence=0.6)
        step = guessed("mm how very odd").steps[0]
        assert isinstance(step, Ask)
        assert step.slot == "call"


class TestErasingEverything:
    @pytest.mark.parametrize("confidence", [0.4, 0.8])
    @pytest.mark.parametrize("text", ["delete rewe", "remove rewe please", "delete blorp"])
    def test_is_not_offered_for_a_name(
        self, guessed: Said, recogniser: ScriptedRecogniser, text: str, confidence: float
    ) -> None:
        recogniser.says("erase_data", confidence=confidence)
        assert guessed(text).steps == (Say("unclear.first"),)

    @pytest.mark.parametrize("text", ["delete all the data", "plz delete my acount here"])
    def test_is_offered_to_who_may_mean_it(
        self, guessed: Said, recogniser: ScriptedRecogniser, text: str
    ) -> None:
        recogniser.says("erase_data", confidence=0.4)
        calls = [step.call if isinstance(step, Ask) else step for step in guessed(text).steps]
        assert calls == [ToolCall("erase_data", {})]

    @pytest.mark.parametrize("text", ["delete uber", "remove the uber"])
    def test_is_not_meant_by_a_known_shop_whose_only_entry_goes(
        self, guessed: Said, recogniser: ScriptedRecogniser, text: str
    ) -> None:
        recogniser.says("erase_data", confidence=0.8)
        assert guessed(text).steps == (ToolCall("delete_entry", {"entry": "merchant:uber"}),)


class TestWordsLeftOver:
    def test_make_a_write_a_question(self, guessed: Said, recogniser: ScriptedRecogniser) -> None:
        recogniser.says("pause_budget", confidence=0.99)
        step = guessed("enough food counting unless ana visits").steps[0]
        assert isinstance(step, Ask)
        assert step.slot == "confirm"

    def test_are_said_back_after_a_read(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("show_net_worth", confidence=0.99)
        plan = guessed("a grand tally excluding amex perhaps")
        assert plan.steps == (
            ToolCall("show_net_worth"),
            Say("clarify.unused", {"said": "excluding"}),
        )
        assert plan.ignored == ("excluding",)


class TestNudges:
    @pytest.fixture
    def nudges(self, guessed: Said, recogniser: ScriptedRecogniser) -> Mapping[str, float]:
        guessed("perchance 45 dollars hence?")
        return recogniser.nudges

    def test_speak_against_what_leaves_an_amount_unexplained(
        self, nudges: Mapping[str, float]
    ) -> None:
        assert nudges["show_net_worth"] < 0
        assert "find_entries" not in nudges

    def test_speak_against_a_question_that_writes(self, nudges: Mapping[str, float]) -> None:
        assert nudges["add_entry"] < 0
        assert nudges["undo"] < nudges["show_net_worth"]


class TestAQuestion:
    @pytest.mark.parametrize(
        "label",
        ["add_entry", "delete_entry", "undo", "set_budget", "cancel_subscription", "add_rule"],
    )
    def test_never_writes_however_sure_the_guess(
        self, guessed: Said, recogniser: ScriptedRecogniser, label: str
    ) -> None:
        recogniser.says(label, confidence=0.999)
        for text in ("was netflix 12 for food at amazon?", "is it 12 for food at netflix"):
            steps = guessed(text, "entry").steps
            assert all(not isinstance(step, ToolCall) or step.tool != label for step in steps)

    def test_in_polite_clothes_is_confirmed(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("delete_entry", confidence=0.99)
        step = guessed("could you vaporise that?", "entry").steps[0]
        assert isinstance(step, Ask)
        assert step.slot == "confirm"

    def test_by_its_form_only_is_a_request(self, said: Said) -> None:
        steps = said("can you delete that", "entry").steps
        assert steps == (ToolCall("delete_entry", {"entry": "entry:12"}),)


class TestADenial:
    def test_is_confirmed_before_it_writes(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("delete_entry", confidence=0.99)
        step = guessed("never vaporise that", "entry").steps[0]
        assert isinstance(step, Ask)
        assert step.slot == "confirm"


class TestASentenceThatTakesAnyWords:
    """ "Find {what}" fits a hotel as well as a payment: the classifier may object."""

    def test_is_refused_when_it_is_surely_something_else(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.guesses = (Guess("oos", 1.2), Guess("find_entries", -0.6))
        recogniser.confidence = 0.95
        assert guessed("find a hotel in rome").steps == (Say("unclear.out_of_scope"),)

    @pytest.mark.parametrize(
        "guesses",
        [
            (Guess("oos", 0.3), Guess("find_entries", -0.9)),
            (Guess("oos", 0.7), Guess("find_entries", 0.1)),
            (Guess("undo", 1.5), Guess("find_entries", -0.5)),
        ],
    )
    def test_is_taken_when_that_is_not_sure(
        self, guessed: Said, recogniser: ScriptedRecogniser, guesses: tuple[Guess, ...]
    ) -> None:
        recogniser.guesses = guesses
        step = guessed("find a hotel in rome").steps[0]
        assert isinstance(step, ToolCall)
        assert step.tool == "find_entries"

    def test_is_not_doubted_where_the_books_know_the_name(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.guesses = (Guess("oos", 1.2), Guess("find_entries", -0.6))
        step = guessed("find amazon").steps[0]
        assert isinstance(step, ToolCall)


class TestWhatNarrowsAQuestion:
    @pytest.mark.parametrize(
        ("label", "text", "tool", "arguments"),
        [
            (
                "show_spending",
                "spending over 50 last month",
                "find_entries",
                {"period": "2026-10-01..2026-10-31#month", "minimum": "50"},
            ),
            (
                "show_balances",
                "balance on dec 5",
                "forecast_balance",
                {"period": "2026-12-05..2026-12-05#day"},
            ),
        ],
    )
    def test_is_asked_of_the_tool_that_knows_it(
        self,
        guessed: Said,
        recogniser: ScriptedRecogniser,
        label: str,
        text: str,
        tool: str,
        arguments: Mapping[str, str],
    ) -> None:
        recogniser.says(label, confidence=0.95)
        assert guessed(text).steps == (ToolCall(tool, arguments),)

    def test_is_said_to_be_left_out_where_none_knows_it(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("show_balances", confidence=0.95)
        call, said = guessed("what was my balance on oct 5").steps
        assert call == ToolCall("show_balances", {})
        assert said == Say("clarify.unused", {"said": "on oct 5"})

    @pytest.mark.parametrize("without", ["not counting", "except", "excluding"])
    def test_by_what_is_not_to_count_keeps_the_whole_and_says_so(
        self, guessed: Said, recogniser: ScriptedRecogniser, without: str
    ) -> None:
        recogniser.says("show_spending", confidence=0.95)
        call, said = guessed(f"how much did i spend on food {without} groceries").steps
        assert call == ToolCall("show_spending", {"category": "FOOD_AND_DRINK"})
        assert said == Say("clarify.not_taken_out", {"said": "groceries"})

    def test_of_now_is_what_is_told_anyway(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("show_balances", confidence=0.95)
        assert guessed("how is my balance today").steps == (ToolCall("show_balances", {}),)

    def test_that_asks_about_a_sum_keeps_the_sum(
        self, guessed: Said, recogniser: ScriptedRecogniser
    ) -> None:
        recogniser.says("show_spending", confidence=0.95)
        assert guessed("did i spend over 50 at amazon").steps[0] == ToolCall(
            "show_spending", {"merchant": "amazon"}
        )
