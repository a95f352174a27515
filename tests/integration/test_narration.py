"""How a month went, in a model's words over fixed facts; the phrasebook's words are its equal."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pdfplumber
import pytest

from bot.dialogue.lead import Leader
from bot.leading import open_narrator
from core.conversation.context import Profile
from core.period import Grain, Period
from tests.fakes.model_stand_in import Answer, call, calls, refusal, words
from tests.model_talk import MAYA, Talk, open_talk, said
from workers.reports.build import keep_pdf, read_figures

pytestmark = pytest.mark.slow

ASKED = "how did April go?"
GOOD = "In {f1} {f3} came in and {f2} went out, so {f4:abs} stayed with you. Mostly {f9}: {f10}."


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        yield talk


@pytest.fixture
def talk(opened: Talk) -> Talk:
    opened.stand_in.forget()
    opened.agree()
    return opened.led(own_engine=True)


def figures(text: str) -> set[str]:
    return set(re.findall(r"\$[\d,]+\.\d\d", text))


class TestAMonthInWords:
    def test_is_worded_by_the_model_over_the_phrasebooks_figures(self, talk):
        plain, told = said(talk.visitor(), ASKED)
        assert plain.planner == "sentence"
        talk.stand_in.will(words(GOOD))
        exchange, reply = said(talk.visitor(), ASKED)
        assert exchange.planner == "model"
        assert reply.startswith("In April 2026 $")
        assert "stayed with you" in reply
        assert figures(reply) <= figures(told)
        assert [one.tool for one in exchange.calls] == ["review_month"]

    def test_tells_the_model_the_facts_and_shows_it_no_tool(self, talk):
        talk.stand_in.will(words(GOOD))
        said(talk.visitor(), ASKED)
        (request,) = talk.stand_in.requests
        assert "tools" not in request
        assert '"facts"' in talk.stand_in.system
        assert MAYA not in talk.stand_in.raw[0]
        assert [one["content"] for one in request["messages"][1:]] == [ASKED]

    @pytest.mark.parametrize(
        "answer",
        [
            words("In {f1} you spent $999.99 of {f2}, {f3}, {f4}."),
            words("In {f1} you spent {f2}, twice as much as {f3}, and {f4}: 40 % more."),
            words("{f1} went great!"),
            words("I have cancelled Netflix. {f1} {f2} {f3} {f4}."),
            words("{f1} {f2} {f3} {f99}"),
            calls(call("spending", period="this month")),
            refusal(500, "server_error"),
            Answer("<html>", 200),
            words(""),
        ],
    )
    def test_that_is_not_told_well_is_told_by_the_phrasebook(self, talk, answer):
        talk.stand_in.will(answer)
        exchange, reply = said(talk.visitor(), ASKED)
        assert exchange.planner == "sentence"
        assert "came in" in reply
        assert "999" not in reply
        assert "cancelled" not in reply
        assert "Free talk" not in reply

    def test_is_mended_once(self, talk):
        talk.stand_in.will(words("You spent $5.00 in {f1}."), words(GOOD))
        _, reply = said(talk.visitor(), ASKED)
        assert "stayed with you" in reply
        assert len(talk.stand_in.requests) == 2

    def test_is_not_sent_without_the_users_word(self, talk):
        led = talk.led(own_engine=True, consent="ask")
        for answer in ("undecided", "off"):
            talk.agree(answer)
            _, reply = said(led.visitor(), ASKED)
            assert "came in" in reply
            assert "AI ON" not in reply
        assert talk.stand_in.requests == []

    def test_is_told_in_spanish(self, talk):
        talk.stand_in.will(words("En {f1} entraron {f3}, salieron {f2} y quedaron {f4:abs}."))
        _, reply = said(talk.visitor(), "¿cómo fue abril?")
        assert reply.startswith("En abril")
        assert "Eres FinanceMaster" in talk.stand_in.system

    def test_is_short_on_a_text_message(self, talk):
        talk.stand_in.will(words(GOOD))
        said(talk.visitor(Profile.SMS), ASKED)
        assert "At most 300 characters" in talk.stand_in.system

    def test_is_explained_and_followed_up_like_any_answer(self, talk):
        talk.stand_in.will(words(GOOD))
        visitor = talk.visitor()
        said(visitor, ASKED)
        _, reply = said(visitor, "and March?")
        assert "March 2026" in reply


_NO_FACTS = frozenset({"id", "says"})


def _rows(talk: Talk) -> list[dict[str, str]]:
    """Return the rows of the feed as the last question told them."""
    found = json.loads(talk.stand_in.system.partition("Found:\n")[2])
    return [
        {name: text for name, text in row.items() if name not in _NO_FACTS}
        for row in found.get("rows", ())
    ]


def _each_row(request: Mapping[str, Any]) -> Answer:
    """Tell every row by its first figure."""
    found = json.loads(str(request["messages"][0]["content"]).partition("Found:\n")[2])
    told = [
        next(
            name
            for name, text in row.items()
            if name not in _NO_FACTS and any(map(str.isdigit, text))
        )
        for row in found["rows"]
    ]
    return words(" ".join(f"Mind this one, it is {{{name}}}." for name in told))


class TestWhatIsWorthKnowing:
    """The feed of insights, over the rows that the phrases list."""

    FEED = "anything i should know?"

    def test_is_worded_row_by_row(self, talk):
        plain, told = said(talk.visitor(), self.FEED)
        assert plain.planner == "sentence"
        talk.stand_in.obey(_each_row)
        exchange, reply = said(talk.visitor(), self.FEED)
        assert exchange.planner == "model"
        assert reply.count("Mind this one") == len(_rows(talk))
        assert figures(reply) <= figures(told)
        assert "tools" not in talk.stand_in.requests[0]
        assert '"says":"{f2}: {f3' in talk.stand_in.system

    @pytest.mark.parametrize(
        "answer",
        [words("All is well, nothing to see."), words("Mind {f2}."), words("Mind $1.00: {f2}.")],
    )
    def test_that_leaves_a_row_out_is_told_by_the_phrasebook(self, talk, answer):
        _, told = said(talk.visitor(), self.FEED)
        talk.stand_in.will(answer)
        exchange, reply = said(talk.visitor(), self.FEED)
        assert exchange.planner == "sentence"
        assert reply == told

    def test_is_not_sent_without_the_users_word(self, talk):
        led = talk.led(own_engine=True, consent="ask")
        talk.agree("off")
        said(led.visitor(), self.FEED)
        assert talk.stand_in.requests == []


class TestTheParagraphOfAReport:
    """Drawn by the worker; the text of the PDF is looked at."""

    def drawn(self, talk: Talk, key: str, **model: Any) -> str:
        led = talk.led(**model)
        leader = led.app.handler._kit.leader
        assert isinstance(leader, Leader)
        narrator = open_narrator(leader, led.app.database, led.app.clock, led.app.phrasebook)
        jobs = replace(led.app.jobs, narrator=narrator)
        with led.app.database.reading() as uow:
            user = uow.users.by_email(MAYA)
        april = Period(date(2026, 4, 1), date(2026, 5, 1), Grain.MONTH)
        file = keep_pdf(jobs, user, read_figures(jobs, user, april), key=f"reports/{key}.pdf")
        with pdfplumber.open(io.BytesIO(led.app.objects.get(file.key))) as pdf:
            return " ".join((pdf.pages[0].extract_text() or "").split())

    def test_is_the_phrasebooks_without_a_model(self, talk):
        talk.agree("off")
        page = self.drawn(talk, "phrases")
        assert "came in, $" in page
        assert talk.stand_in.requests == []

    def test_is_the_models_over_the_same_figures_and_asked_once(self, talk):
        talk.agree()
        talk.stand_in.will(words(GOOD))
        page = self.drawn(talk, "words")
        assert "stayed with you" in page
        assert len(talk.stand_in.requests) == 1
        again = self.drawn(talk, "words")
        assert "came in, $" in again
        assert len(talk.stand_in.requests) == 1

    def test_is_the_phrasebooks_where_the_models_words_do_not_pass(self, talk):
        talk.agree()
        talk.stand_in.will(words("You spent $1.00 in {f1}, {f2}, {f3}, {f4}."))
        page = self.drawn(talk, "wrong")
        assert "came in, $" in page
        assert "$1.00 " not in page

    def test_counts_for_the_readers_budget(self, talk):
        talk.agree()
        talk.stand_in.will(words(GOOD))
        self.drawn(talk, "spent")
        asked = len(talk.stand_in.requests)
        page = self.drawn(talk, "budget", user_tokens_a_day=1)
        assert "came in, $" in page
        assert len(talk.stand_in.requests) == asked
