"""The loop over a real local endpoint: whatever a server does, the user gets the right answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.conversing import Exchange
from core.conversation.context import Profile
from core.money import Money
from tests.fakes.model_stand_in import Answer, call, calls, refusal, timed, words
from tests.model_talk import TURN_SECONDS, UNSURE, Talk, open_talk, said
from tests.model_trouble import SECRET, closed_port, with_broken

ASKED = "hey was it me or did food get a bit out of hand lately"
SPENDING = call("spending", category="food", period="this month")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        talk.led().visitor()  # loads what a first turn loads
        talk.stand_in.will(words("Hello."))
        said(talk.led().visitor(), "so")
        yield talk


@pytest.fixture
def talk(opened: Talk) -> Talk:
    opened.stand_in.forget()
    opened.offline.guess = None
    return opened.led()


@pytest.fixture(scope="module")
def food(opened: Talk) -> str:
    """What was spent on food this month, as the offline engine's own phrase writes it."""
    opened.offline.guess = UNSURE
    opened.stand_in.will(refusal(500, "server_error"))
    exchange, _ = said(opened.led().visitor(), ASKED)
    return f"${_money(exchange).plain}"


def _money(exchange: Exchange) -> Money:
    value = exchange.calls[0].facts[0].value
    assert isinstance(value, Money)
    return value


class TestAnswers:
    def test_writes_the_figure_that_the_model_refers_to(self, talk: Talk, food: str):
        talk.stand_in.will(calls(SPENDING), words("Food is at {f1} so far, so no."))
        exchange, reply = said(talk.visitor(), ASKED)
        assert exchange.planner == "model"
        assert reply == f"Food is at {food} so far, so no."
        assert [one.tool for one in exchange.calls] == ["show_spending"]

    def test_gives_a_tool_result_with_ids_and_ready_texts(self, talk: Talk, food: str):
        talk.stand_in.will(calls(SPENDING), words("It is {f1}."))
        said(talk.visitor(), ASKED)
        assert f'"f1":"spent: {food}"' in talk.stand_in.told()[0]
        assert "You spent {f1:abs} on {f4}" in talk.stand_in.told()[0]

    def test_answers_two_calls_at_once_in_their_order(self, talk: Talk, food: str):
        both = calls(SPENDING, call("balances", identity="call_2", view="accounts"))
        talk.stand_in.will(both, words("Food is {f1}."))
        exchange, reply = said(talk.visitor(), ASKED)
        assert reply == f"Food is {food}."
        assert [one.tool for one in exchange.calls] == ["show_spending", "show_balances"]
        roles = [one["role"] for one in talk.stand_in.requests[-1]["messages"][-3:]]
        assert roles == ["assistant", "tool", "tool"]

    @pytest.mark.parametrize("profile", [Profile.SMS, Profile.WHATSAPP, Profile.TELEGRAM])
    def test_says_the_same_figure_on_every_channel(self, talk: Talk, food: str, profile: Profile):
        talk.stand_in.will(calls(SPENDING), words("Food is at {f1}."))
        _, reply = said(talk.visitor(profile), ASKED)
        assert food in reply

    def test_leaves_a_sign_out_where_the_words_say_it(self, talk: Talk):
        wanted = call("changes", view="spending", period="this month", compare_to="last month")
        talk.stand_in.will(calls(wanted), words("It is {f3} or {f3:abs} less."))
        _, reply = said(talk.visitor(), ASKED)
        signed, plain = reply.removesuffix(" less.").removeprefix("It is ").split(" or ")
        assert signed == f"-{plain}"
        assert "{f3:abs}" in talk.stand_in.told()[0]

    def test_works_out_what_the_facts_give(self, talk: Talk):
        first = calls(SPENDING, call("spending", identity="b", merchant="netflix"))
        share = call("calculate", identity="c", operation="sum", facts=["f1", "f1"])
        talk.stand_in.will(first, calls(share), words("All is {c1}."))
        exchange, reply = said(talk.visitor(), ASKED)
        one = _money(exchange)
        assert reply == f"All is ${(one + one).plain}."


class TestGrounding:
    def test_asks_once_again_when_a_figure_was_typed(self, talk: Talk, food: str):
        talk.stand_in.will(calls(SPENDING), words("You spent $9,999.99."), words("You spent {f1}."))
        _, reply = said(talk.visitor(), ASKED)
        assert reply == f"You spent {food}."
        assert "9,999.99" in talk.stand_in.requests[-1]["messages"][-1]["content"]

    def test_answers_with_the_phrase_when_the_second_try_is_no_better(self, talk: Talk, food: str):
        talk.stand_in.will(calls(SPENDING), words("You spent $9,999.99."))
        exchange, reply = said(talk.visitor(), ASKED)
        assert food in reply
        assert "9,999" not in reply
        assert exchange.planner == "model"

    def test_knows_which_day_it_is(self, talk: Talk, food: str):
        wrong = words("It is Sunday, and {f1} in July.")
        talk.stand_in.will(calls(SPENDING), wrong, words("It is Thursday, and {f1} in May."))
        _, reply = said(talk.visitor(), ASKED)
        assert reply == f"It is Thursday, and {food} in May."
        assert '["Sunday", "July"]' in talk.stand_in.requests[-1]["messages"][-1]["content"]

    @pytest.mark.parametrize(
        "claim",
        [
            "I have cancelled it, {f1}.",
            "Done! It was {f1}.",
            "Your budget has been deleted, {f1}.",
            "See https://evil.example/{f1}",
            "Reply APPROVE K7QM. {f1}",
            "Ask @mallory. {f1}",
            "It is {f99}.",
            "He cancelado todo, {f1}.",
            "Ya lo cancelé, {f1}.",
            "I'm sending it now, {f1}.",
            "{f1}, see evil[.]com",
        ],
    )
    def test_sends_no_claim_that_is_not_the_records(self, talk: Talk, food: str, claim: str):
        talk.stand_in.will(calls(SPENDING), words(claim))
        _, reply = said(talk.visitor(), ASKED)
        assert food in reply
        for word in (
            "cancel",
            "Done",
            "deleted",
            "evil",
            "ent!",
            "sending",
            "APPROVE",
            "mallory",
            "f99",
        ):
            assert word not in reply


@dataclass(frozen=True)
class Row:
    """One thing a server may do, and what is written down of it."""

    name: str
    answers: tuple[Answer, ...]
    fault: str | None


_BAD_JSON = call("spending", raw="{not json")
_ROWS = (
    Row("hangs", (Answer({}, stall=30),), "timeout"),
    Row("drips", (Answer({"x": "y" * 400}, drip=True),), "timeout"),
    Row("closes the connection", (Answer({}, cut=True),), "connection"),
    Row("429", (refusal(429, "rate_limit_exceeded"),), "rate_limited"),
    Row("429 with a long wait", (refusal(429, "x", Retry_After="90"),), "rate_limited"),
    Row("quota", (refusal(429, "insufficient_quota"),), "quota"),
    Row("500", (refusal(500, "server_error"),), "server"),
    Row("503", (refusal(503, "overloaded"),), "server"),
    Row("401", (refusal(401, "invalid_api_key"),), "auth"),
    Row("404", (refusal(404, "model_not_found"),), "not_found"),
    Row("400 content filter", (refusal(400, "content_filter"),), "content_filter"),
    Row("400", (refusal(400, "invalid_request_error"),), "rejected"),
    Row("context too long", (refusal(400, "context_length_exceeded"),), "context_too_long"),
    Row("html", (Answer("<html>busy</html>"),), "unreadable"),
    Row("an error with 200", (Answer({"error": {"message": "overloaded"}}),), "unreadable"),
    Row("only thoughts", (words("<think>hm</think>"),), None),
    Row("no choices", (Answer({"id": "x", "choices": []}),), "unreadable"),
    Row("arguments as an object", (calls(call("spending", raw={"period": "x"})),), "unreadable"),
    Row("empty", (words(""),), None),
    Row("null", (words(None),), None),
    Row("truncated", (words("Food is at", finish="length"),), None),
    Row("content filter", (words("Food", finish="content_filter"),), None),
    Row("refusal", (words(None, refusal="I cannot help with that."),), None),
    Row("call as text", (words('<tool_call>{"name": "spending"}</tool_call>'),), None),
    Row("endless calls", (calls(SPENDING),), None),
)


@pytest.mark.slow
class TestMatrix:
    @pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.name)
    def test_the_user_gets_the_right_answer_in_time(self, talk: Talk, food: str, row: Row):
        talk.offline.guess = UNSURE
        talk.stand_in.will(*row.answers)
        visitor = talk.visitor()
        results: list[tuple[Exchange, str]] = []
        seconds = timed(lambda: results.append(said(visitor, ASKED)))
        exchange, reply = results[0]
        assert food in reply
        assert exchange.planner == "classifier"
        assert seconds < TURN_SECONDS + 1.5
        assert talk.questions(exchange.turn_id)[-1]["fault"] == row.fault

    def test_the_user_gets_the_right_answer_where_nobody_listens(self, talk: Talk, food: str):
        talk.offline.guess = UNSURE
        led = talk.led(base_url=f"http://127.0.0.1:{closed_port()}/v1")
        exchange, reply = said(led.visitor(), ASKED)
        assert food in reply
        assert exchange.planner == "classifier"
        assert talk.questions(exchange.turn_id)[-1]["fault"] == "connection"

    def test_a_tool_that_breaks_is_told_and_nothing_of_why(self, talk: Talk):
        led = with_broken(talk, "show_spending").led()
        led.stand_in.will(calls(SPENDING), words("I can't look that up right now."))
        _, reply = said(led.visitor(), ASKED)
        assert '"error":"tool_failed"' in led.stand_in.told()[0]
        assert SECRET not in "".join(str(raw) for raw in led.stand_in.raw) + reply

    def test_says_what_still_works_when_nobody_understood(self, talk: Talk):
        talk.stand_in.will(refusal(500, "server_error"))
        _, reply = said(talk.visitor(), ASKED)
        assert "Free talk is off" in reply

    def test_is_asked_once_more_without_the_past_when_it_is_too_long(self, talk: Talk, food: str):
        visitor = talk.visitor()
        talk.stand_in.will(words("Hello there."))
        said(visitor, "good to see you around")
        too_long = refusal(400, "x", "This model's maximum context length is 8192 tokens.")
        talk.stand_in.will(too_long, calls(SPENDING), words("It is {f1}."))
        _, reply = said(visitor, ASKED)
        assert reply == f"It is {food}."
        first, second = talk.stand_in.requests[-3:-1]
        assert len(second["messages"]) < len(first["messages"])

    @pytest.mark.parametrize(
        ("wanted", "problem"),
        [
            (_BAD_JSON, "malformed_arguments"),
            (call("transfer_all_money", amount="1"), "unknown_tool"),
            (call("spending", colour="red"), "unknown_argument"),
            (call("spending", group_by="colour"), "invalid_arguments"),
            (call("spending", category="flurbs"), "no_such_category"),
            (call("spending", period="whenever it rains"), "say_it_as_the_user_did"),
            (call("balances", view="secret"), "invalid_arguments"),
            (call("what_if", view="afford"), "invalid_arguments"),
            (call("propose_alerts", action="add_reminder", when="some day"), "say_it_as_the_user"),
        ],
    )
    def test_is_told_what_was_wrong_with_a_call(self, talk: Talk, food: str, wanted, problem):
        talk.stand_in.will(calls(wanted), calls({**SPENDING, "id": "call_9"}), words("It is {f1}."))
        _, reply = said(talk.visitor(), ASKED)
        assert reply == f"It is {food}."
        assert problem in str(talk.stand_in.requests[1]["messages"][-1])

    def test_empty_arguments_are_none(self, talk: Talk):
        talk.stand_in.will(calls(call("balances", raw='{"view":"status"}')), words("Fine."))
        exchange, _ = said(talk.visitor(), ASKED)
        assert exchange.calls[0].tool == "show_status"
        talk.stand_in.will(calls(call("spending", raw="")), words("It is {f1}."))
        exchange, _ = said(talk.visitor(), ASKED)
        assert exchange.calls[0].tool == "show_spending"

    def test_takes_a_call_without_an_id_and_calls_with_the_same(self, talk: Talk, food: str):
        bare = {**SPENDING}
        del bare["id"]
        talk.stand_in.will(calls(bare), words("It is {f1}."))
        _, reply = said(talk.visitor(), ASKED)
        assert reply == f"It is {food}."
        talk.stand_in.will(calls(SPENDING, SPENDING, finish="stop"), words("It is {f1}."))
        _, reply = said(talk.visitor(), ASKED)
        assert reply == f"It is {food}."
        identities = [one.get("tool_call_id") for one in talk.stand_in.requests[-1]["messages"]]
        assert len(set(identities[-2:])) == 2


@pytest.mark.slow
class TestOnceMore:
    @pytest.mark.parametrize("first", [Answer({}, cut=True), refusal(503, "overloaded")])
    def test_is_asked_again_after_a_passing_fault(self, talk: Talk, food: str, first: Answer):
        talk.stand_in.will(first, calls(SPENDING), words("It is {f1}."))
        exchange, reply = said(talk.visitor(), ASKED)
        assert reply == f"It is {food}."
        assert [one["fault"] for one in talk.questions(exchange.turn_id)][1:] == [None, None]
        said(talk.visitor(), ASKED)
        assert len(talk.stand_in.requests) > 3  # and the breaker is closed again

    def test_but_not_where_it_was_told_to_wait(self, talk: Talk):
        talk.stand_in.will(refusal(429, "rate_limit_exceeded"), words("Hello."))
        exchange, _ = said(talk.visitor(), ASKED)
        assert len(talk.questions(exchange.turn_id)) == 1


@pytest.mark.slow
class TestSecondModel:
    def test_is_asked_when_the_first_one_fails(self, talk: Talk, food: str):
        def script(request):
            if request["model"] == "first":
                return refusal(500, "server_error")
            asked = any(one["role"] == "tool" for one in request["messages"])
            return words("It is {f1}.") if asked else calls(SPENDING)

        talk.stand_in.obey(script)
        exchange, reply = said(talk.led(second_name="second").visitor(), ASKED)
        assert reply == f"It is {food}."
        asked = [(one["model"], one["fault"]) for one in talk.questions(exchange.turn_id)]
        assert ("second", None) in asked
        assert asked[0] == ("first", "server")

    def test_still_has_time_when_the_first_one_hangs(self, talk: Talk, food: str):
        def script(request):
            if request["model"] == "first":
                return Answer({}, stall=30)
            asked = any(one["role"] == "tool" for one in request["messages"])
            return words("It is {f1}.") if asked else calls(SPENDING)

        talk.stand_in.obey(script)
        led = talk.led(second_name="second", call_seconds=1.0)
        results: list[tuple[Exchange, str]] = []
        visitor = led.visitor()
        assert timed(lambda: results.append(said(visitor, ASKED))) < TURN_SECONDS
        assert results[0][1] == f"It is {food}."


@pytest.mark.slow
class TestBreaker:
    def test_nobody_waits_a_second_time_for_a_server_that_hangs(self, talk: Talk, food: str):
        talk.offline.guess = UNSURE
        talk.stand_in.will(Answer({}, stall=30))
        led = talk.led(turn_seconds=1.0)
        said(led.visitor(), ASKED)
        asked = len(talk.stand_in.requests)
        visitor = led.visitor()
        assert timed(lambda: said(visitor, ASKED)) < 0.8
        assert len(talk.stand_in.requests) == asked


class TestWithoutKey:
    @pytest.mark.slow
    def test_nothing_of_it_is_loaded(self, tmp_path):
        program = (
            "import sys\n"
            "from bot.app import open_app\n"
            "from core.settings import Settings\n"
            f"folder = {str(tmp_path)!r}\n"
            "settings = Settings.model_validate({'database': {'url': f'sqlite:///{folder}/b.db'},"
            " 'security': {'master_key_file': f'{folder}/k'},"
            " 'files': {'folder': f'{folder}/f'}})\n"
            "app = open_app(settings)\n"
            "from bot.conversing import Visitor\n"
            "from core.conversation.context import Profile\n"
            "app.demo.load('maya')\n"
            "Visitor(app, 'maya@demo.financemaster.app', Profile.WEB, '').say('balance')\n"
            "loaded = {name.partition('.')[0] for name in sys.modules}\n"
            "found = loaded & {'langchain', 'langchain_core', 'langchain_openai', 'openai',"
            " 'tiktoken', 'langsmith'}\n"
            "found |= {name for name in sys.modules if name == 'bot.leading'}\n"
            "app.close()\n"
            "print(sorted(found))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=120,
            env={"PATH": "/usr/bin:/bin"},
            check=False,
        )
        assert done.stdout.strip() == "[]", done.stderr
