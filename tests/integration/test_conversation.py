"""The quality of a talk, in the web chat, with a scripted model behind a real address.

Each class is one promise. The model says the same to everybody; what it is asked, and what it is
never asked, is looked at as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from tests.fakes.model_stand_in import ModelStandIn, call, calls, refusal, words
from tests.fakes.web_server import Site, Window, listening

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model() -> Iterator[ModelStandIn]:
    with ModelStandIn() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def server(model: ModelStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    wishes = {"base_url": model.base_url, "name": "scripted", "consent": "given"}
    with listening(tmp_path_factory.mktemp("talk"), model=wishes) as made:
        yield made


@pytest.fixture
def window(server: Site, model: ModelStandIn) -> Iterator[Window]:
    """A new visitor with a household of his own."""
    model.forget()
    model.will(words("I have nothing to say."))
    opened = server.window(server.cookie())
    opened.ask("DEMO")
    yield opened
    opened.close()


def ask(window: Window, said: str) -> str:
    return str(window.ask(said)["text"]).replace("\xa0", " ")


def value(server: Site, query: str) -> Any:
    with server.app.database.reading() as uow:
        return uow.connection.execute(text(query)).scalar()


def figures(reply: str) -> list[str]:
    return re.findall(r"[$€₹][\d,]+\.\d\d", reply)


class TestSeveralRequestsInOneMessage:
    def test_are_answered_one_after_the_other_each_by_its_name(self, window, model):
        reply = ask(window, "coffee 4, uber 12 and how much left for food?")
        parts = reply.split("\n\n")
        assert [part.split(",")[0].split(" for ")[0][:8] for part in parts[:2]] == [
            "Added $4",
            "Added $1",
        ]
        assert "Coffee" in parts[0]
        assert "Uber" in parts[1]
        assert "Food" in parts[2]
        assert model.requests == []


class TestAPronounOrAnEllipsis:
    def test_after_a_models_answer_is_understood_without_it(self, window, model):
        model.will(
            calls(call("spending", category="groceries", period="last month")),
            words("It was {f1}."),
        )
        assert ask(window, "hey so was it a lot what we threw at the supermarket").startswith(
            "It was"
        )
        asked = len(model.requests)
        assert "Groceries" in ask(window, "and this month?")
        assert len(model.requests) == asked

    def test_after_our_own_answer_is_told_to_the_model(self, window, model):
        ask(window, "groceries last month")
        ask(window, "hmm does that strike you as a lot then or what")
        assert "groceries" in model.system.casefold()
        said = [one["content"] for one in model.requests[-1]["messages"][1:]]
        assert any("Groceries" in one for one in said)


class TestACorrection:
    def test_changes_what_was_meant_and_nothing_else(self, window, model):
        ask(window, "lunch 12")
        assert "is now Groceries" in ask(window, "no, that was groceries")
        assert "is now $15.00, was $12.00" in ask(window, "no 15")
        assert model.requests == []


class TestADigression:
    def test_is_answered_and_the_question_comes_back(self, window):
        assert "Which subscription" in ask(window, "cancel a subscription")
        reply = ask(window, "balance")
        assert "Chase Checking" in reply
        assert "Back to my question: Which subscription" in reply
        assert "APPROVE" in ask(window, "netflix")

    def test_leaves_a_proposal_waiting(self, window):
        ask(window, "cancel netflix")
        assert "Still waiting for you" in ask(window, "balance")


class TestAQuestionBack:
    def test_has_numbered_choices_that_can_be_typed(self, window):
        told = window.ask("cancel a subscription")
        labels = [one["label"] for one in told["choices"]]
        listed = re.findall(r"^\d+\) (.+)$", told["text"], re.MULTILINE)
        assert len(labels) + len(listed) > 1
        assert "APPROVE" in ask(window, "1")

    def test_asks_only_for_what_is_not_known(self, window):
        assert "How much a month for Pets" in ask(window, "set a budget for pets")
        done = ask(window, "60")
        assert "Pets" in done
        assert "$60.00" in done
        assert "?" not in done.split("UNDO")[0]


class TestARefusal:
    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("should i buy nvidia", "don't say what to buy or sell"),
            ("how much tax will i save selling apple at a loss", "No tax advice"),
        ],
    )
    def test_is_ours_and_no_models(self, window, model, said, told):
        assert told in ask(window, said)
        assert model.requests == []


class TestTrouble:
    def test_in_despair_is_met_with_whom_to_call_and_a_ticket(self, server, window, model):
        before = value(server, "SELECT COUNT(*) FROM tickets")
        reply = ask(window, "i cant pay rent and i dont see the point anymore")
        assert "988" in reply
        assert "$" not in reply
        assert value(server, "SELECT COUNT(*) FROM tickets") == before + 1
        assert model.requests == []

    def test_with_money_is_met_kindly_and_with_what_there_is(self, window, model):
        reply = ask(window, "I can't pay my rent this month")
        assert reply.startswith("That's a hard place to be")
        assert "safe to spend" in reply
        assert model.requests == []

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("netflix charged me twice", "Regulation Z"),
            ("i never authorised that payment", "Regulation E"),
            ("they won't refund my shoes, what are my rights", "chargeback"),
        ],
    )
    def test_with_a_charge_is_told_the_way_and_the_right(self, window, model, said, told):
        reply = ask(window, said)
        assert told in reply
        assert "APPROVE" not in reply
        assert model.requests == []


class TestTheSameQuestion:
    def test_has_the_same_figure_however_often_and_however_it_is_put(self, window, model):
        first = figures(ask(window, "food this month"))[0]
        assert figures(ask(window, "food this month"))[0] == first
        assert first in ask(window, "u sure?")
        model.will(
            calls(call("spending", category="food", period="this month")),
            words("Food stands at {f1}."),
        )
        led = ask(window, "so uh remind me where did we land on the eating front overall")
        assert led == f"Food stands at {first}."

    def test_has_it_even_where_the_user_insists_and_the_model_gives_in(self, window, model):
        first = figures(ask(window, "food this month"))[0]
        model.will(words("You are right, it was $10.00."))
        reply = ask(window, "nonsense, that cannot be, it was way less than you claim there")
        assert "$10.00" not in reply
        assert figures(ask(window, "food this month"))[0] == first


class TestTwoFailures:
    """Last, for a model that failed is left alone for a while."""

    def test_lead_to_a_person_who_finds_it_in_the_console(self, server, window, model):
        model.will(refusal(500, "server_error"))
        ask(window, "blorp the fizz and garble")
        offered = ask(window, "wug wug the blicket")
        assert "note it for a person" in offered
        before = value(server, "SELECT COUNT(*) FROM tickets")
        assert "number" in ask(window, "yes").casefold()
        assert value(server, "SELECT COUNT(*) FROM tickets") == before + 1
        reason = "SELECT reason FROM tickets ORDER BY number DESC LIMIT 1"
        assert value(server, reason) == "failures"
