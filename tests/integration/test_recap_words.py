"""The week in a model's words: asked for ahead of its hour, kept over its figures, on time."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pdfplumber
import pytest

from bot.leading import open_leader, open_narrator
from core.messaging.address import ChannelName
from core.schedules.due import ScheduleKind
from core.settings import Model
from core.users.due_times import next_due
from core.users.preferences import CONSENT_VERSION
from core.users.user import User
from tests.fakes.model_stand_in import Answer, ModelStandIn, refusal, words
from tests.fakes.world import World, open_world, phrases
from tools.catalog import open_registry
from tools.runner import Runner
from workers.deliver import deliver_bulk
from workers.summaries import fire_due, make_summaries
from workers.wording import word_ahead

pytestmark = pytest.mark.slow

AGREED = f"agreed-{CONSENT_VERSION}"
# f1 the week, f2 spent, f3 how many, f4 the difference, f5 and f6 the largest category
GOOD = "A lighter week: {f2} went out, {f4} less than the one before. Mostly {f5}, {f6}."
FAR = timedelta(minutes=30)


@dataclass
class Bench:
    """A user with two weeks of groceries, whose recap comes in half an hour."""

    world: World
    stand_in: ModelStandIn
    user: User
    account: int
    due: datetime

    @classmethod
    def open(cls, world: World, stand_in: ModelStandIn, **more: Any) -> Bench:
        address = more.pop("address", "web:alice")
        limit: dict[str, Any] = {"user_tokens_a_day": more.pop("user_tokens_a_day", 0)}
        user = world.user(**{"model_use": AGREED, **more})
        world.chat(user.id, address)
        account = world.account(user)
        for amount, day in (("60", date(2026, 11, 10)), ("38.5", date(2026, 11, 18))):
            world.book(user, account, amount, day)
        due = next_due(ScheduleKind.WEEKLY_RECAP, user.preferences, after=world.now)
        assert due is not None
        with world.database.work() as uow:
            uow.schedules.plan(user.id, ScheduleKind.WEEKLY_RECAP, due)
            uow.commit()
        world.narrator = _narrator(world, stand_in, limit)
        world.clock.advance(due - FAR - world.now)
        return cls(world, stand_in, user, account, due)

    def come(self) -> str:
        """Let the hour come; return the message."""
        channel = self.world.channels.get(ChannelName.WEB) or self.world.channel()
        self.world.clock.advance(self.due - self.world.now)
        fire_due(self.world.context)
        make_summaries(self.world.context)
        deliver_bulk(self.world.context)
        (text,) = channel.texts()  # type: ignore[attr-defined]  # it is the recording one
        return str(text).replace("\xa0", " ")


def _narrator(world: World, stand_in: ModelStandIn, limit: dict[str, Any]) -> Any:
    settings = Model.model_validate(
        {
            "api_key": "a key",
            "base_url": stand_in.base_url,
            "name": "one",
            "turn_seconds": 4,
            **limit,
        }
    )
    runner = Runner(open_registry(), world.database, world.ids, world.objects)
    leader = open_leader(settings, runner, world.database, world.clock, phrases)
    leader.warm()
    return open_narrator(leader, world.database, world.clock, phrases)


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


@pytest.fixture
def stand_in() -> Iterator[ModelStandIn]:
    with ModelStandIn() as made:
        yield made


class TestTheRecap:
    def test_is_worded_ahead_over_its_figures_and_asks_nobody_at_its_hour(self, world, stand_in):
        bench = Bench.open(world, stand_in)
        stand_in.will(words(GOOD))
        assert word_ahead(world.context) == 1
        assert word_ahead(world.context) == 0
        assert len(stand_in.requests) == 1
        text = bench.come()
        assert text.startswith(
            "A lighter week: $38.50 went out, $21.50 less than the one before. Mostly "
        )
        assert len(stand_in.requests) == 1
        assert "tools" not in stand_in.requests[0]
        assert bench.user.email not in stand_in.raw[0]

    def test_says_beside_the_words_what_is_ahead(self, world, stand_in):
        bench = Bench.open(world, stand_in)
        world.budget(bench.user, "40")
        stand_in.will(words(GOOD))
        word_ahead(world.context)
        text = bench.come()
        assert text.startswith("A lighter week")
        assert "$58.50 over $40.00" in text
        assert "{" not in text

    @pytest.mark.parametrize(
        "answer",
        [
            words("You spent $99.99, {f4} less than before. Mostly {f5}, {f6}. {f2}"),
            words("{f2} went out, {f4} more than the one before. Mostly {f5}, {f6}."),
            words("A fine week!"),
            words("I have paid the rent. {f1} {f2} {f3} {f4}"),
            refusal(500, "server_error"),
            Answer("<html>", 200),
        ],
    )
    def test_is_the_phrases_where_words_do_not_pass(self, world, stand_in, answer):
        bench = Bench.open(world, stand_in)
        stand_in.will(answer)
        assert word_ahead(world.context) == 0
        text = bench.come()
        assert "$38.50 spent (1 entry), $21.50 less than the week before." in text

    def test_is_the_phrases_when_a_figure_has_changed_since(self, world, stand_in):
        bench = Bench.open(world, stand_in)
        stand_in.will(words(GOOD))
        assert word_ahead(world.context) == 1
        world.book(bench.user, bench.account, "5", date(2026, 11, 20))
        text = bench.come()
        assert "$43.50 spent (2 entries), $16.50 less than the week before." in text
        assert len(stand_in.requests) == 1

    def test_is_on_time_when_the_model_hangs(self, world, stand_in):
        bench = Bench.open(world, stand_in)
        stand_in.will(Answer("", stall=60))
        began = time.monotonic()
        assert word_ahead(world.context) == 0
        assert time.monotonic() - began < 10
        began = time.monotonic()
        text = bench.come()
        assert time.monotonic() - began < 2
        assert "less than the week before" in text

    def test_is_on_time_when_nobody_asked_before(self, world, stand_in):
        bench = Bench.open(world, stand_in)
        stand_in.will(words(GOOD))
        assert "less than the week before" in bench.come()
        assert stand_in.requests == []

    @pytest.mark.parametrize("wish", ["undecided", "off"])
    def test_asks_nothing_without_the_users_word(self, world, stand_in, wish):
        bench = Bench.open(world, stand_in, model_use=wish)
        assert word_ahead(world.context) == 0
        assert "less than the week before" in bench.come()
        assert stand_in.requests == []

    def test_drops_the_words_of_who_said_no_meanwhile(self, world, stand_in):
        bench = Bench.open(world, stand_in)
        stand_in.will(words(GOOD))
        assert word_ahead(world.context) == 1
        with world.database.work() as uow:
            wishes = replace(bench.user.preferences, model_use="off")
            uow.users.set_preferences(bench.user.id, wishes)
            uow.commit()
        assert "less than the week before" in bench.come()

    def test_counts_for_the_users_budget(self, world, stand_in):
        bench = Bench.open(world, stand_in, user_tokens_a_day=1)
        stand_in.will(words(GOOD))
        assert word_ahead(world.context) == 1
        world.book(bench.user, bench.account, "5", date(2026, 11, 20))
        assert word_ahead(world.context) == 0
        assert len(stand_in.requests) == 1

    def test_has_no_room_for_it_in_a_text_message(self, world, stand_in):
        bench = Bench.open(world, stand_in, address="sms:+34600111222")
        channel = world.channel(ChannelName.SMS)
        stand_in.will(words(GOOD))
        word_ahead(world.context)
        world.clock.advance(bench.due - world.now)
        fire_due(world.context)
        make_summaries(world.context)
        deliver_bulk(world.context)
        (text,) = channel.texts()
        assert "less than the week before" in text

    def test_goes_out_once_however_often_the_makers_come(self, world, stand_in):
        bench = Bench.open(world, stand_in)
        stand_in.will(words(GOOD))
        word_ahead(world.context)
        bench.come()
        for _ in range(3):
            fire_due(world.context)
            make_summaries(world.context)
            deliver_bulk(world.context)
        channel = world.channels[ChannelName.WEB]
        assert len(channel.texts()) == 1


# f1 the month, f2 spent, f3 came in, f4 kept
MONTH = "{f1} in short: {f3} came in, {f2} went out, and {f4:abs} was missing. Mostly {f5}."


class TestTheMonthlyReport:
    """Its first paragraph, in the file that is sent."""

    def page(self, world: World, stand_in: ModelStandIn, answer: Answer, *, changed: bool) -> str:
        user = world.user(model_use=AGREED)
        world.chat(user.id)
        world.channel()
        account = world.account(user)
        for amount, day in (("60", date(2026, 11, 10)), ("38.5", date(2026, 11, 17))):
            world.book(user, account, amount, day)
        due = next_due(ScheduleKind.MONTHLY_REPORT, user.preferences, after=world.now)
        assert due is not None
        with world.database.work() as uow:
            uow.schedules.plan(user.id, ScheduleKind.MONTHLY_REPORT, due)
            uow.commit()
        world.narrator = _narrator(world, stand_in, {})
        world.clock.advance(due - FAR - world.now)
        stand_in.will(answer)
        word_ahead(world.context)
        asked = len(stand_in.requests)
        assert asked
        if changed:
            world.book(user, account, "5", date(2026, 11, 20))
        world.clock.advance(FAR)
        fire_due(world.context)
        make_summaries(world.context)
        assert len(stand_in.requests) == asked
        (content,) = world.objects.kept.values()
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            return " ".join((pdf.pages[0].extract_text() or "").split())

    def test_is_worded_ahead_and_asks_nobody_at_its_hour(self, world, stand_in):
        page = self.page(world, stand_in, words(MONTH), changed=False)
        assert "in short: $0.00 came in, $98.50 went out" in page

    def test_is_the_phrases_when_a_figure_has_changed_since(self, world, stand_in):
        page = self.page(world, stand_in, words(MONTH), changed=True)
        assert "in short" not in page
        assert "$103.50" in page

    def test_is_the_phrases_when_the_model_is_down(self, world, stand_in):
        page = self.page(world, stand_in, refusal(500, "server_error"), changed=False)
        assert "in short" not in page
        assert "$98.50" in page
