"""Net worth is one figure: in the chat, the dashboard, the picture, the report and its tables."""

from __future__ import annotations

import csv
import io

import pytest

from bot.demo import DemoBooks
from core.clock import FixedClock
from core.money import Money
from core.period import Grain, period_of
from core.reports.figures import ReportFigures
from prompts.figures import Style
from tests.fakes.world import World, open_world, phrases
from tests.people import NOW, Person
from tools.export_report import report_csv
from workers.reports.layout import lay_out

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["maya", "arjun"])
def owner(request: pytest.FixtureRequest) -> Person:
    """A household with accounts in two currencies, debts, and investments."""
    world: World = open_world()
    user = DemoBooks(world.database, FixedClock(NOW), world.ids, 1).load(request.param)
    return Person(world.database, user, {})


@pytest.fixture(scope="module")
def told(owner: Person) -> Money:
    (found,) = [
        fact.value for fact in owner.do("show_net_worth").answer.facts if fact.name == "net_worth"
    ]
    assert isinstance(found, Money)
    return found


@pytest.fixture(scope="module")
def figures(owner: Person) -> ReportFigures:
    calendar = owner.user.preferences.calendar
    month = period_of(Grain.MONTH, owner.user.preferences.today(NOW), calendar).previous()
    with owner.database.reading() as uow:
        return uow.reports.read(owner.user, month, now=NOW, is_bank_day=lambda _: True)


class TestNetWorth:
    def test_is_more_than_the_accounts_hold(self, owner: Person, told: Money):
        portfolio = owner.do("show_portfolio").answer
        (held,) = [fact.value for fact in portfolio.facts if fact.name == "value"]
        with owner.database.reading() as uow:
            (today,) = uow.worth.over(owner.user, [NOW.date()], today=NOW.date())
        assert today.invested == held
        assert today.value == told

    @pytest.mark.parametrize(
        ("tool", "arguments"), [("show_dashboard", {}), ("draw_chart", {"of": "net_worth"})]
    )
    def test_is_the_same_in_pictures(self, owner: Person, told: Money, tool: str, arguments):
        answer = owner.do(tool, **arguments).answer
        assert [fact.value for fact in answer.facts if fact.name == "net_worth"] == [told]

    def test_is_the_same_in_a_report_and_its_parts_add_up(
        self, told: Money, figures: ReportFigures
    ):
        standing = figures.standing
        assert standing.net_worth == told
        assert standing.invested is not None
        values = [
            one.balance if one.foreign is None else one.foreign.value for one in standing.accounts
        ]
        counted = [value for value in values if value is not None]
        assert sum(counted, standing.invested) == told

    def test_is_the_same_on_paper_and_in_a_spreadsheet(
        self, owner: Person, told: Money, figures: ReportFigures
    ):
        style = Style(locale="en_US", zone=owner.user.preferences.zone, today=NOW.date())
        page = lay_out(figures, phrases("en"), style)
        (table,) = [one for one in page.tables if one.title == "Accounts and net worth"]
        assert told.plain in table.total[1].replace(",", "")
        assert [row[0] for row in table.rows][-1] == "Investments"
        assert "invented for the demo" in table.note
        rows = {row["table"]: row for row in csv.DictReader(io.StringIO(report_csv(figures)))}
        assert rows["net_worth"]["amount"] == told.plain
        assert figures.standing.invested is not None
        assert rows["investments"]["amount"] == figures.standing.invested.plain
