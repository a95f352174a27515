"""Around the loop: what a model proposes, which messages it gets, what a crash leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.dialogue.model_journal import reply_from_json, reply_to_json
from bot.llm.chat import ModelReply, Usage, Wanted
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.messaging.inbound import Accepted, InboundKind, InboundMessage
from core.money import Money
from core.store.model_call_store import Question, Used
from core.users.preferences import Preferences
from tests.fakes.model_stand_in import call, calls, words
from tests.model_talk import MAYA, UNSURE, Talk, open_talk, said

pytestmark = pytest.mark.slow

ASKED = "hey was it me or did food get a bit out of hand lately"
SPENDING = call("spending", category="food", period="this month")
BUDGET = call("propose_plan", action="set_budget", category="travel", amount="321")
WISHED = "hmm let us cap travel budget at 321 from here on my friend"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        yield talk


@pytest.fixture
def talk(opened: Talk) -> Talk:
    opened.stand_in.forget()
    opened.offline.guess = None
    opened.agree("undecided")
    return opened.led()


def _facts(told: str) -> list[tuple[str, str]]:
    """Return the facts that a model was told, rows included."""
    data = json.loads(told)
    rows = [pair for row in data.get("rows", ()) for pair in row.items()]
    return [*data["facts"].items(), *rows]


def _budgets(talk: Talk) -> dict[str, str]:
    with talk.app.database.reading() as uow:
        user = uow.users.by_email(MAYA)
        return {one.category: one.limit.plain for one in uow.budgets.of(user.id)}


def _approvals(talk: Talk) -> int:
    with talk.app.database.reading() as uow:
        user = uow.users.by_email(MAYA)
        return len(uow.approvals.latest_for(user.id, 100))


class TestProposals:
    def test_of_own_data_are_asked_by_code_and_done_by_the_users_yes(
        self, talk: Talk, opened: Talk
    ):
        talk.stand_in.will(calls(BUDGET), words("Here is what I would set."))
        visitor = talk.visitor()
        exchange, reply = said(visitor, WISHED)
        assert exchange.planner == "model"
        assert "Shall I?" in reply
        assert "321" in reply
        assert "TRAVEL" not in _budgets(talk)
        asked = len(talk.stand_in.requests)
        _, reply = said(visitor, "yes")
        assert _budgets(talk)["TRAVEL"] == "321.00"
        assert len(talk.stand_in.requests) == asked
        said(opened.visitor(), "undo")
        assert "TRAVEL" not in _budgets(talk)

    def test_are_dropped_by_a_no(self, talk: Talk):
        talk.stand_in.will(calls(BUDGET), words("Here is what I would set."))
        visitor = talk.visitor()
        said(visitor, WISHED)
        said(visitor, "no")
        assert "TRAVEL" not in _budgets(talk)

    def test_a_question_reaches_no_tool_that_writes(self, talk: Talk):
        talk.stand_in.will(calls(BUDGET), words("I would rather not."))
        exchange, reply = said(talk.visitor(), "would a travel budget of 321 make sense for me?")
        assert "user_only_asked" in talk.stand_in.told()[0]
        assert "Shall I?" not in reply
        assert exchange.calls == []

    def test_what_acts_outside_waits_for_its_code(self, talk: Talk):
        wanted = call("propose_outside", action="cancel_subscription", subscription="Netflix")
        talk.stand_in.will(calls(wanted), words("I have prepared that."), words("Ready for you."))
        before = _approvals(talk)
        exchange, reply = said(talk.visitor(), "so yeah netflix has to go, cancel it for good")
        assert _approvals(talk) == before + 1
        assert "APPROVE" in reply
        assert exchange.calls[-1].outcome == "needs_approval"

    def test_what_acts_outside_takes_no_value_that_the_user_did_not_say(self, talk: Talk):
        wanted = call("propose_outside", action="send_money", amount="500", person="Ana")
        talk.stand_in.will(calls(wanted), words("Who should get it?"))
        before = _approvals(talk)
        said(talk.visitor(), "please transfer some money over like always")
        assert "not_said_by_user" in talk.stand_in.told()[0]
        assert _approvals(talk) == before

    def test_what_acts_outside_takes_no_stranger_of_an_earlier_reply(self, talk: Talk):
        visitor = talk.visitor()
        talk.stand_in.will(calls(SPENDING), words("The largest of them was {f5}."))
        _, reply = said(visitor, "hm where did i get all that food from, any idea my friend")
        assert "Trader Joe's" in reply
        wanted = call("propose_outside", action="send_money", amount="20", person="Trader Joe's")
        talk.stand_in.will(calls(wanted), words("Who should get it?"))
        before = _approvals(talk)
        said(visitor, "ok so please send 20 over to them, as you said")
        assert "not_said_by_user" in talk.stand_in.told()[0]
        assert _approvals(talk) == before
        past = [one for one in talk.stand_in.requests[-1]["messages"] if one["role"] == "assistant"]
        assert "«Trader Joe's»" in past[0]["content"]

    def test_after_a_refusal_not_even_a_figure_vouches_for_an_act(self, talk: Talk):
        wanted = call(
            "propose_outside", identity="a", action="send_money", amount="5", person="Ana"
        )
        talk.stand_in.will(calls(SPENDING, wanted), words("That is {f1}, paid to Ana."))
        _, reply = said(talk.visitor(), "please transfer some money over like always")
        assert "Ana" not in reply

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            (WISHED, call("propose_plan", action="set_budget", category="travel", amount="99999")),
            (
                "from now on always file uber under taxi, will you",
                call("propose_plan", action="add_rule", merchant="Shell", category="taxi"),
            ),
        ],
    )
    def test_of_own_data_keep_to_the_amount_and_the_shop_that_were_said(
        self, talk: Talk, text: str, wanted
    ):
        talk.stand_in.will(calls(wanted), words("Here is what I would do."))
        _, reply = said(talk.visitor(), text)
        assert "not_said_by_user" in talk.stand_in.told()[0]
        assert "Shall I?" not in reply

    @pytest.mark.parametrize(
        "lie", ["It's in your books now.", "Travel has its 321 from here on.", "321 it is!"]
    )
    def test_words_declare_nothing_where_something_was_asked_for(self, talk: Talk, lie: str):
        talk.stand_in.will(words(lie))
        _, reply = said(talk.visitor(), WISHED)
        assert lie not in reply
        assert "TRAVEL" not in _budgets(talk)

    def test_words_point_at_what_is_put_to_the_user_only_where_something_is(self, talk: Talk):
        pointing = "Here is what I would set."
        talk.stand_in.will(calls(BUDGET), words(pointing))
        assert pointing in said(talk.visitor(), WISHED)[1]
        talk.stand_in.will(words(pointing))
        assert pointing not in said(talk.visitor(), WISHED)[1]

    def test_consent_is_never_given_by_a_model(self, talk: Talk):
        wanted = call("propose_plan", action="set_preference", name="ai", value="on")
        talk.stand_in.will(calls(wanted), words("Fine."))
        said(talk.visitor(), "change my settings the way you like them")
        assert "not_yours" in talk.stand_in.told()[0]


class TestSeveralRequests:
    def test_are_answered_in_one_reply_each_in_its_own_way(self, talk: Talk):
        def script(request):
            told = [one["content"] for one in request["messages"] if one["role"] == "tool"]
            if not told:
                return wanted
            left = next(name for name, text in _facts(told[0]) if text.startswith("left:"))
            return words(f"For food there is {{{left}}} left.")

        wanted = calls(
            call("budgets", identity="a", view="standing", category="food"),
            call("propose_entry", identity="b", action="add_entry", amount="12", payee="uber"),
            call(
                "propose_outside",
                identity="c",
                action="cancel_subscription",
                subscription="Netflix",
            ),
        )
        talk.stand_in.obey(script)
        before = _approvals(talk)
        text = "ok log uber 12 as spent, cancel netflix and tell me the food budget state"
        exchange, reply = said(talk.visitor(), text)
        # No word of the model's stands beside an approval; the figure is told by the phrase.
        assert "For food there is" not in reply
        assert "left of $" in reply
        assert _approvals(talk) == before + 1
        assert "APPROVE" in reply
        assert "Shall I?" in reply
        assert [one.tool for one in exchange.calls] == ["show_budgets", "cancel_subscription"]

    def test_several_changes_of_own_data_are_one_question(self, talk: Talk):
        talk.stand_in.will(
            calls(
                call("propose_entry", identity="a", action="add_entry", amount="12", payee="uber"),
                call("propose_entry", identity="b", action="add_entry", amount="9", payee="lidl"),
            ),
            words("This is what I understood."),
        )
        visitor = talk.visitor()
        _, reply = said(visitor, "well i spent 12 on uber, then spent 9 at lidl i guess")
        assert [reply.count(one) for one in ("Shall I?", "uber", "lidl")] == [1, 1, 1]
        exchange, reply = said(visitor, "yes")
        assert [one.arguments["amount"] for one in exchange.calls] == ["12", "9"]
        assert reply.count("UNDO") == 2

    def test_more_than_three_are_told_to_wait(self, talk: Talk):
        wanted = [
            call("propose_entry", identity=shop, action="add_entry", amount=amount, payee=shop)
            for shop, amount in (("uber", "12"), ("lidl", "9"), ("shell", "30"), ("ikea", "45"))
        ]
        talk.stand_in.will(calls(*wanted), words("The rest would come after it."))
        said(talk.visitor(), "i spent 12 uber, spent 9 lidl, spent 30 shell, spent 45 ikea i guess")
        assert any("too_many_proposals" in one for one in talk.stand_in.told())


class TestOneUserOnly:
    def test_a_row_of_somebody_else_is_unknown(self, talk: Talk):
        with talk.app.database.work() as uow:
            now = talk.app.clock.now()
            other = uow.users.add("other@example.org", Preferences(), now=now, ids=talk.app.ids)
            account = uow.accounts.open(
                other.id, name="Secret", kind=AccountKind.CHECKING, currency="USD", now=now
            )
            uow.commit()
        shown = call("balances", view="accounts", account=f"account:{account.id}")
        talk.stand_in.will(calls(shown), words("I cannot see that one."))
        said(talk.visitor(), ASKED)
        told = talk.stand_in.told()[0]
        assert "error" in told
        assert "Secret" not in told


class TestRouting:
    @pytest.mark.parametrize("text", ["balance", "help", "undo", "subs"])
    def test_plain_messages_ask_no_model(self, opened: Talk, text: str):
        opened.stand_in.forget()
        said(opened.visitor(), text)  # the application's own leader and offline engine
        assert opened.app.handler._kit.leader is not None
        assert opened.stand_in.requests == []

    def test_both_follow_up_on_each_other(self, opened: Talk):
        opened.stand_in.forget()
        opened.stand_in.will(calls(SPENDING), words("Food is at {f1}."))
        visitor = opened.led(own_engine=True).visitor()
        exchange, _ = said(visitor, ASKED)
        assert exchange.planner == "model"
        asked = len(opened.stand_in.requests)
        exchange, reply = said(visitor, "and last month?")
        assert exchange.planner == "sentence"
        assert exchange.calls[0].arguments["category"] == "FOOD_AND_DRINK"
        assert "Apr 2026" in reply or "April 2026" in reply
        assert len(opened.stand_in.requests) == asked
        said(visitor, "well then what do you make of all that")
        assert "FOOD_AND_DRINK" in opened.stand_in.system.rpartition("The talk is about")[2]

    def test_an_answer_to_the_models_question_goes_to_the_model(self, talk: Talk):
        talk.stand_in.will(words("Which of the two do you mean?"))
        visitor = talk.visitor()
        said(visitor, ASKED)
        talk.stand_in.will(words("Then that one."))
        talk.offline.guess = UNSURE
        _, reply = said(visitor, "the first")
        assert reply == "Then that one."

    def test_a_call_that_lacks_a_word_becomes_our_question(self, talk: Talk):
        wanted = call("balances", view="accounts", account="a")
        talk.stand_in.will(calls(wanted), words("Which account do you mean?"))
        visitor = talk.visitor()
        _, reply = said(visitor, "how is the one account doing, the blue one")
        assert "1)" in reply or "Which account" in reply


class TestOnce:
    def test_a_crash_after_the_plan_asks_no_model_again(self, talk: Talk):
        talk.stand_in.will(calls(SPENDING), words("Food is at {f1}."))
        visitor = talk.visitor()
        inbound = _arrive(talk, visitor)
        handler = talk.app.handler
        first = handler.handle(inbound)
        assert first is not None
        asked = len(talk.stand_in.requests)
        assert handler.handle(inbound) is None  # it has been answered
        assert len(talk.stand_in.requests) == asked == 2

    def test_answers_that_were_written_down_are_taken_from_there(self, talk: Talk):
        talk.stand_in.will(words("should never be asked"))
        visitor = talk.visitor()
        inbound = _arrive(talk, visitor)
        claim = talk.app.handler._claim(inbound)
        assert claim is not None
        reply = ModelReply("", (Wanted("a", "spending", {"category": "food"}),))
        for position, one in enumerate((reply, ModelReply("Food is at {f1}."))):
            question = Question(claim.turn.id, position, visitor.user.id, "first", "p", "r")
            _keep(talk, question, one)
        report = talk.app.handler._take(claim)
        assert report is not None
        assert report.reply.message is not None
        assert report.reply.message.text.startswith("Food is at $")
        assert talk.stand_in.requests == []

    def test_a_question_whose_answer_got_lost_is_not_asked_again(self, talk: Talk):
        talk.offline.guess = UNSURE
        talk.stand_in.will(words("should never be asked"))
        visitor = talk.visitor()
        claim = talk.app.handler._claim(_arrive(talk, visitor))
        assert claim is not None
        _keep(talk, Question(claim.turn.id, 0, visitor.user.id, "first", "p", "r"), None)
        report = talk.app.handler._take(claim)
        assert report is not None
        assert report.reply.plan is not None
        assert report.reply.plan.planner.value == "classifier"
        assert talk.stand_in.requests == []

    def test_words_are_dropped_when_the_books_have_changed_since(self, talk: Talk):
        talk.stand_in.will(calls(SPENDING), words("Food is at {f1}, which is little."))
        visitor = talk.visitor()
        claim = talk.app.handler._claim(_arrive(talk, visitor))
        assert claim is not None
        handler = talk.app.handler
        original = handler._write_down

        def write_down(turn, arrival, plan):
            original(turn, arrival, plan)
            _book(talk)

        handler._write_down = write_down  # type: ignore[method-assign]
        try:
            report = handler._take(claim)
        finally:
            handler._write_down = original  # type: ignore[method-assign]
        assert report is not None
        assert report.reply.message is not None
        assert "which is little" not in report.reply.message.text
        assert "$" in report.reply.message.text

    def test_a_reply_reads_back_as_it_was_written(self):
        reply = ModelReply(
            "x", (Wanted("a", "b", {"c": 1}), Wanted("d", "e", None)), "length", "no", Usage(3, 4)
        )
        assert reply_from_json(json.loads(json.dumps(reply_to_json(reply)))) == reply


def _arrive(talk: Talk, visitor) -> str:
    """Put a message into the inbox of a visitor's chat; return its id."""
    app = talk.app
    message = InboundMessage(
        provider_event_id=app.ids.new("cli"),
        address=visitor._address,
        kind=InboundKind.TEXT,
        text=ASKED,
    )
    with app.database.work() as uow:
        stored = uow.inbox.add(message, now=app.clock.now(), ids=app.ids)
        uow.commit()
    assert isinstance(stored, Accepted)
    return stored.inbound_id


def _book(talk: Talk) -> None:
    """Book one more meal behind the bot's back."""
    app = talk.app
    with app.database.work() as uow:
        user = uow.users.by_email(MAYA)
        account = uow.accounts.of(user.id)[0]
        entry = NewEntry(
            account_id=account.id,
            booked_date=user.preferences.today(app.clock.now()),
            amount=Money.of("-7.77", account.currency),
            flow=Flow.SPEND,
            allocations=(
                Allocation("FOOD_AND_DRINK_COFFEE", Money.of("7.77", account.currency), "user"),
            ),
            payee="Somewhere",
            merchant_key="somewhere",
            source=Source.MANUAL,
        )
        uow.ledger.book(user.id, entry, now=app.clock.now())
        uow.commit()


def _keep(talk: Talk, question: Question, reply: ModelReply | None) -> None:
    with talk.app.database.work() as uow:
        assert uow.model_calls.open(question, now=talk.app.clock.now())
        if reply is not None:
            uow.model_calls.answer(question, reply_to_json(reply), Used(1, 1, 0, 1))
        uow.commit()
