"""Whose words go to a model, what of them, and what that may cost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from core.conversation.context import Profile
from core.users.preferences import CONSENT_VERSION
from prompts.phrasebook import Phrasebook, languages
from prompts.told import SESSION_FIELDS, told
from tests.fakes.model_stand_in import call, calls, words
from tests.model_talk import MAYA, UNSURE, Talk, open_talk, said

pytestmark = pytest.mark.slow

ASKED = "hey was it me or did food get a bit out of hand lately"
SPENDING = call("spending", category="food", period="this month")


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


class TestConsent:
    def test_comes_before_the_first_question(self, talk: Talk):
        led = talk.led(consent="ask")
        visitor = led.visitor()
        talk.stand_in.will(calls(SPENDING), words("Food is at {f1}."))
        _, reply = said(visitor, ASKED)
        assert talk.stand_in.requests == []
        assert "AI ON" in reply
        said(visitor, "AI ON")
        assert talk.stand_in.requests == []
        exchange, _ = said(visitor, ASKED)
        assert exchange.planner == "model"

    def test_is_given_by_agree_right_after_the_offer(self, talk: Talk):
        led = talk.led(consent="ask")
        visitor = led.visitor()
        said(visitor, ASKED)
        _, reply = said(visitor, "AGREE")
        assert "AI OFF ends that" in reply
        with talk.app.database.reading() as uow:
            assert uow.users.by_email(MAYA).preferences.model_use == f"agreed-{CONSENT_VERSION}"

    def test_is_withdrawn_at_once_and_not_asked_for_again(self, talk: Talk):
        led = talk.led(consent="ask")
        visitor = led.visitor()
        said(visitor, "ai on")
        said(visitor, "ai off")
        _, reply = said(visitor, ASKED)
        assert talk.stand_in.requests == []
        assert "AI ON" not in reply

    def test_can_be_withdrawn_where_the_operator_has_it(self, talk: Talk):
        visitor = talk.visitor()
        said(visitor, "AI OFF")
        said(visitor, ASKED)
        assert talk.stand_in.requests == []

    def test_tells_what_is_sent_without_asking_a_model(self, talk: Talk):
        _, reply = said(talk.visitor(), "what do you send to the AI?")
        assert "last ten" in reply
        assert talk.stand_in.requests == []


class TestSpanish:
    def test_is_told_and_answered_in_spanish(self, talk: Talk):
        led = talk.led(consent="ask")
        visitor = led.visitor()
        text = "oye, ¿se me ha ido de las manos la comida este mes o qué?"
        _, reply = said(visitor, text)
        assert "IA SÍ" in reply
        _, reply = said(visitor, "ia sí")
        talk.stand_in.will(
            calls(call("spending", category="comida", period="este mes")),
            words("Han sido {f1}, en {f2} pagos."),
        )
        _, reply = said(visitor, text)
        assert reply.startswith("Han sido $")
        assert "Eres FinanceMaster" in talk.stand_in.system
        assert "Contesta en español" in talk.stand_in.system


class TestPrivacy:
    def test_numbers_that_name_somebody_stay_here(self, talk: Talk):
        talk.stand_in.will(words("I see, [phone-1] it is."))
        text = (
            "my friend is at +34 612 345 678 or ana@example.org, account ES9121000418450200051332"
        )
        _, reply = said(talk.visitor(), text)
        sent = talk.stand_in.raw[-1]
        for secret in ("612 345 678", "ana@example.org", "ES9121000418450200051332"):
            assert secret not in sent
        assert "[phone-1]" in sent
        assert "612 345 678" in reply or "phone-1" not in reply

    def test_neither_name_nor_address_of_the_user_is_told(self, talk: Talk):
        talk.stand_in.will(calls(call("balances", view="accounts")), words("Here you go."))
        said(talk.visitor(), ASKED)
        for sent in talk.stand_in.raw:
            assert "demo.financemaster.app" not in sent
            assert "user_" not in sent

    def test_every_field_of_the_session_is_filled(self, talk: Talk):
        talk.stand_in.will(words("Hello."))
        said(talk.visitor(), ASKED)
        assert "{" not in talk.stand_in.system.partition("Today is")[2]

    @pytest.mark.parametrize("language", languages())
    def test_every_field_of_the_session_is_told_to_users(self, language: str):
        """What a model is told has a word in the answer, and the answer names nothing else."""
        book = Phrasebook.load(language)
        asked_for = set(re.findall(r"\{([a-z]+)\}", told("session", language).text))
        assert asked_for <= set(SESSION_FIELDS)
        for profile in ("web", "sms"):
            assert set(book.table("consent_field", profile)) == set(SESSION_FIELDS)

    @pytest.mark.parametrize("profile", [Profile.WEB, Profile.SMS])
    def test_what_is_sent_is_listed_from_the_fields(self, talk: Talk, profile: Profile):
        _, reply = said(talk.visitor(profile), "AI?")
        told_fields = Phrasebook.load("en").table("consent_field", profile.value)
        assert [name for name in SESSION_FIELDS if told_fields[name] not in reply] == []


class TestBudget:
    def test_each_question_is_kept_with_what_it_cost(self, talk: Talk):
        talk.stand_in.will(words("Hello."))
        led = talk.led(prompt_price=Decimal("2"), reply_price=Decimal("8"))
        exchange, _ = said(led.visitor(), ASKED)
        row = talk.questions(exchange.turn_id)[0]
        assert (row["prompt_tokens"], row["reply_tokens"]) == (120, 30)
        assert row["cost"] == 120 * 2 + 30 * 8
        assert row["model"] == "first"
        assert len(row["prompt"]) == len(row["registry"]) == 16
        assert b"Hello" not in bytes(row["reply"])

    @pytest.mark.parametrize(
        "limit",
        [
            {"user_tokens_a_day": 1},
            {"user_dollars_a_day": Decimal("0.000001"), "prompt_price": Decimal("5")},
        ],
    )
    def test_beyond_the_limit_the_offline_engine_answers(self, talk: Talk, limit):
        talk.offline.guess = UNSURE
        talk.stand_in.will(words("Hello."))
        led = talk.led(**limit)
        said(led.visitor(), ASKED)
        asked = len(talk.stand_in.requests)
        exchange, reply = said(led.visitor(), ASKED)
        assert exchange.planner == "classifier"
        assert "$" in reply
        assert len(talk.stand_in.requests) == asked

    def test_operators_see_what_was_asked_with_and_no_word_of_it(self, talk: Talk):
        talk.stand_in.will(words("Hello secret."))
        exchange, _ = said(talk.visitor(), ASKED)
        with talk.app.database.reading() as uow:
            (listed,) = uow.model_calls.listed(exchange.turn_id)
            ends = uow.model_calls.ends(since=talk.app.clock.now())
            days = uow.model_calls.by_day(uow.users.by_email(MAYA).id, since=talk.app.clock.now())
        assert (listed.model, listed.end, listed.tokens) == ("first", "answered", 150)
        assert "secret" not in str(listed)
        assert ends["first", "answered"].tokens >= 150
        assert sum(one.calls for one in days.values()) == sum(one.calls for one in ends.values())
