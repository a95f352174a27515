"""What is asked for in a chat comes once, into that chat, with the figures that were told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.facts import Paper
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery
from core.messaging.outbound import AttachmentKind
from core.period import Grain, Period
from core.reports.chart import Chart, ChartBy, ChartOf, Point, chart_to_json
from core.store.conversation_store import Conversation
from core.store.paper_store import PaperState
from core.users.user import User
from prompts.figures import Style
from tests.fakes.world import World, english, open_world
from tools.export_report import report_csv
from workers.deliver import deliver_bulk
from workers.housekeeping import prune
from workers.papers import make_papers
from workers.reports.build import read_figures
from workers.reports.layout import lay_out

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1), Grain.MONTH)
CHART = Chart(
    of=ChartOf.SPENDING,
    by=ChartBy.CATEGORY,
    period=NOVEMBER,
    currency="USD",
    points=(Point("FOOD_AND_DRINK_GROCERIES", "82.50"), Point("TRAVEL", "10.00")),
    as_of=datetime(2026, 11, 18, 15, tzinfo=UTC),
    narrowed={},
)


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


@pytest.fixture
def user(world: World) -> User:
    user = world.user()
    account = world.account(user)
    world.book(user, account, "-4200", date(2026, 11, 1), "INCOME_WAGES", "Acme")
    world.book(user, account, "1500", date(2026, 11, 2), "RENT_AND_UTILITIES_RENT", "=HYPERLINK()")
    world.book(user, account, "82.50", date(2026, 11, 20))
    world.book(user, account, "-10", date(2026, 11, 21))
    world.budget(user, "60")
    return user


def ask(world: World, chat: Conversation, user: User, paper: Paper, key: str = "turn:0:0") -> bool:
    with world.database.work() as uow:
        asked = uow.papers.ask(key, user.id, chat.id, paper, now=world.now)
        uow.commit()
    return asked


def states(world: World) -> list[str]:
    with world.database.reading() as uow:
        rows = uow.connection.exec_driver_sql("SELECT state FROM papers ORDER BY key")
        return [row[0] for row in rows]


class TestPaperStore:
    def test_keeps_a_request_once_and_hands_it_to_one_worker(
        self, world: World, user: User
    ) -> None:
        chat = world.chat(user.id)
        paper = Paper("chart", chart_to_json(CHART))
        assert ask(world, chat, user, paper)
        assert not ask(world, chat, user, paper)
        lease = timedelta(seconds=60)
        with world.database.work() as uow:
            held = uow.papers.claim(now=world.now, lease=lease)
            assert held is not None
            assert (held.paper, held.conversation_id) == (paper, chat.id)
            assert uow.papers.claim(now=world.now, lease=lease) is None
            later = uow.papers.claim(now=world.now + lease, lease=lease)
            assert later is not None
            assert later.attempts == 2
            assert not uow.papers.settle(held, PaperState.DONE)
            assert uow.papers.settle(later, PaperState.DONE)
            uow.commit()

    def test_seals_what_was_asked_for(self, world: World, user: User) -> None:
        ask(world, world.chat(user.id), user, Paper("chart", chart_to_json(CHART)))
        with world.database.reading() as uow:
            (row,) = uow.connection.exec_driver_sql("SELECT wanted FROM papers")
        assert b"GROCERIES" not in bytes(row[0])

    def test_forgets_with_the_files(self, world: World, user: User) -> None:
        ask(world, world.chat(user.id), user, Paper("chart", chart_to_json(CHART)))
        with world.database.work() as uow:
            held = uow.papers.claim(now=world.now, lease=timedelta(seconds=60))
            assert held is not None
            uow.papers.settle(held, PaperState.DONE)
            uow.commit()
        prune(world.context)
        assert states(world) == ["done"]
        world.clock.advance(timedelta(days=91))
        prune(world.context)
        assert states(world) == []


class TestOneFigure:
    def test_is_the_same_in_pdf_csv_and_chat(self, world: World, user: User) -> None:
        figures = read_figures(world.context, user, NOVEMBER)
        page = lay_out(figures, english(), Style("en_US", "UTC", date(2026, 12, 1)))
        with world.database.reading() as uow:
            query = EntryQuery(period=NOVEMBER, flow=Flow.SPEND)
            (chat,) = uow.entries.totals(user.id, query)
        assert chat.minor == figures.spent.minor == 157_250
        assert page.headline[0][1] == page.tables[0].total[1] == "$1,572.50"
        rows = [line.split(",") for line in report_csv(figures).splitlines()]
        assert ["total", "spent", "1572.50", "USD"] in [row[:4] for row in rows]
        categories = [row[2] for row in rows if row[0] == "category"]
        assert sorted(categories) == ["1500.00", "72.50"]

    def test_lets_no_name_run_in_a_spreadsheet(self, world: World, user: User) -> None:
        text = report_csv(read_figures(world.context, user, NOVEMBER))
        assert "merchant,'=HYPERLINK()" in text
        assert ",=HYPERLINK" not in text

    def test_is_the_balances_net_worth_on_the_last_day(self, world: World, user: User) -> None:
        today = date(2026, 11, 22)
        with world.database.reading() as uow:
            (balance,) = uow.accounts.balances(user.id)
            days = [date(2026, 11, 2), today]
            found = uow.worth.over(user, days, today=today)
        assert found[-1].value == balance.posted
        assert found[0].value.plain == "2700.00"


@pytest.mark.slow
class TestMakePapers:
    def test_sends_a_chart_with_its_figures_in_words_into_the_chat_it_was_asked_in(
        self, world: World, user: User
    ) -> None:
        chat = world.chat(user.id, "web:asked")
        world.chat(user.id, "web:other")
        channel = world.channel()
        ask(world, chat, user, Paper("chart", chart_to_json(CHART)))
        assert make_papers(world.context) == 1
        assert make_papers(world.context) == 0
        deliver_bulk(world.context)
        (sent,) = channel.sent
        assert sent.address == chat.address
        assert "Groceries $82.50; Travel $10.00" in sent.message.text.replace("\xa0", " ")
        (picture,) = sent.message.attachments
        assert picture.kind is AttachmentKind.IMAGE
        assert world.objects.get(picture.object_key).startswith(b"\x89PNG")
        assert states(world) == ["done"]

    def test_draws_again_after_a_crash_and_sends_once(self, world: World, user: User) -> None:
        chat = world.chat(user.id)
        channel = world.channel()
        ask(world, chat, user, Paper("report", {"period": NOVEMBER.canonical()}))

        class Stopped(BaseException):
            pass

        kept = world.objects.put

        def put_and_stop(key: str, content: bytes) -> None:
            kept(key, content)
            raise Stopped

        world.objects.put = put_and_stop  # type: ignore[method-assign]
        with pytest.raises(Stopped):
            make_papers(world.context)
        world.objects.put = kept  # type: ignore[method-assign]
        assert make_papers(world.context) == 0  # still held
        world.clock.advance(timedelta(minutes=3))
        assert make_papers(world.context) == 1
        deliver_bulk(world.context)
        (sent,) = channel.sent
        assert "$1,572.50 spent" in sent.message.text
        (document,) = sent.message.attachments
        assert document.name == "spending-2026-11.pdf"
        assert len(world.objects.kept) == 1

    def test_says_so_after_three_tries_that_broke(self, world: World, user: User) -> None:
        chat = world.chat(user.id)
        channel = world.channel()
        broken = replace(CHART, points=())
        ask(world, chat, user, Paper("chart", chart_to_json(broken)))
        for _ in range(4):
            make_papers(world.context)
            world.clock.advance(timedelta(minutes=3))
        deliver_bulk(world.context)
        assert states(world) == ["failed"]
        (sent,) = channel.sent
        assert "couldn't draw" in sent.message.text
