"""What the tools of mixes, plans, lots and charts of prices tell, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.investments.saving_plan import SavingPlan, grown
from core.money import Money
from tests.investors import YEAR_AND_MORE, bought, facts, investor, line_facts, told, usd
from tests.ledgers import assert_sound, changing
from tests.people import TODAY, Person, charlie
from tools.outcome import NeedsInput, Refused

pytestmark = pytest.mark.slow


@pytest.fixture
def person(database) -> Person:
    return investor(database)


@pytest.fixture
def three(person: Person) -> Person:
    """Three securities with prices of more than a year, one of them without."""
    for symbol, restless in (("AAPL", 0.03), ("MSFT", 0.02), ("BND", 0.002)):
        bought(person, symbol, "10", "100", "2026-01-05")
        told(person, symbol, YEAR_AND_MORE, restless)
    bought(person, "TSLA", "1", "200", "2026-11-02")
    return person


class TestComparingMixes:
    def test_puts_them_beside_each_other_and_names_what_is_left_out(self, three):
        answer = three.do("compare_mixes").answer
        found = facts(answer)
        assert answer.shape == "compare_mixes.mixes"
        assert (found["found"], found["missing"]) == (3, 1)
        assert found["days"] == YEAR_AND_MORE - 1
        kinds = [one["mix"] for one in line_facts(answer, "compare_mixes.mix_line")]
        assert kinds[:3] == ["mix_current", "mix_equal", "mix_min_variance"]
        short = line_facts(answer, "compare_mixes.short_line")
        assert [(one["name"], one["days"]) for one in short] == [("Tesla", 0)]
        assert "compare_mixes.no_advice" in answer.options
        assert "compare_mixes.missing" in answer.options

    def test_gives_the_calm_one_as_much_as_the_cap_lets_for_the_least_swing(self, three):
        answer = three.do("compare_mixes", cap="50").answer
        shares = line_facts(answer, "compare_mixes.share_line")
        calm = next(one for one in shares if "Bond" in str(one["name"]))
        assert calm["min_variance"] == Decimal("50.0")
        assert [one["equal"] for one in shares] == [
            Decimal("33.4"),
            Decimal("33.3"),
            Decimal("33.3"),
        ]

    def test_tells_the_frontier_from_the_least_swing_up(self, three):
        answer = three.do("compare_mixes", view="frontier").answer
        swings = [one["swing"] for one in line_facts(answer, "compare_mixes.step_line")]
        assert len(swings) >= 3
        assert swings == sorted(swings)
        beside = line_facts(answer, "compare_mixes.mix_line")
        assert [one["mix"] for one in beside] == ["mix_current", "mix_equal"]

    @pytest.mark.parametrize(
        ("cap", "code"),
        [("20", "mix.cap_too_low"), ("0", "mix.cap_unreadable"), ("101", "mix.cap_unreadable")],
    )
    def test_refuses_a_cap_that_makes_no_whole(self, three, cap, code):
        outcome = three.run("compare_mixes", cap=cap)
        assert isinstance(outcome, Refused)
        assert outcome.code == code

    def test_says_what_is_needed_when_there_is_too_little(self, person):
        assert person.do("compare_mixes").answer.shape == "show_portfolio.none"
        bought(person, "AAPL", "10", "100", "2026-11-02")
        told(person, "AAPL", 40, 0.02)
        bought(person, "SAP.DEX", "1", "200", "2026-11-02")
        answer = person.do("compare_mixes").answer
        assert answer.shape == "compare_mixes.too_little"
        assert facts(answer) == {"needed": 250, "fewest": 2, "found": 0}
        assert line_facts(answer, "compare_mixes.short_line") == [{"name": "Apple", "days": 39}]
        assert line_facts(answer, "compare_mixes.unpriced_line") == [{"name": "SAP"}]


class TestProjecting:
    def test_with_history_is_a_band_from_what_is_there(self, three):
        whole = facts(three.do("show_portfolio").answer)["value"]
        answer = three.do("project_investments", amount="200", months=120).answer
        found = facts(answer)
        assert answer.shape == "project_investments.band"
        assert isinstance(whole, Money)
        assert found["start"] == whole
        assert found["paid_in"] == whole + usd("24000.00")
        assert found["low"] < found["middle"] < found["high"]
        assert (found["years"], found["missing"]) == (10, 1)
        again = facts(three.do("project_investments", amount="200", months=120).answer)
        assert again["middle"] == found["middle"]

    def test_with_a_growth_is_the_closed_form(self, person):
        answer = person.do("project_investments", amount="200", months=120, growth="6").answer
        assert answer.shape == "project_investments.even"
        plan = SavingPlan(usd("0"), usd("200"), 120)
        assert facts(answer)["end"] == grown(plan, Decimal(6))
        real = person.do(
            "project_investments", amount="200", months=120, growth="6", inflation="2", cost="0.5"
        ).answer
        plan = replace(plan, inflation=Decimal(2), cost=Decimal("0.5"))
        assert facts(real)["end"] == grown(plan, Decimal(6))
        assert "project_investments.today" in real.options

    def test_without_history_says_so_and_names_assumptions(self, person):
        answer = person.do("project_investments", amount="200", months=18).answer
        assert answer.shape == "project_investments.assumed"
        found = facts(answer)
        assert (found["months"], found["needed"]) == (18, 250)
        lines = line_facts(answer, "project_investments.assumed_line")
        assert [one["growth"] for one in lines] == [2, 5, 8]

    def test_can_begin_with_nothing(self, three):
        answer = three.do("project_investments", amount="50", months=12, start="nothing").answer
        assert facts(answer)["paid_in"] == usd("600.00")
        assert "start" not in facts(answer)

    @pytest.mark.parametrize(
        ("arguments", "slot"), [({"amount": "200"}, "months"), ({"months": 12}, "amount")]
    )
    def test_asks_for_what_it_lacks(self, person, arguments, slot):
        outcome = person.run("project_investments", **arguments)
        assert isinstance(outcome, NeedsInput)
        assert outcome.slot == slot

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ({"months": 721}, "saving_plan.months_out_of_range"),
            ({"growth": "99"}, "saving_plan.rate_out_of_range"),
            ({"amount": "-5"}, "saving_plan.contribution_unreadable"),
        ],
    )
    def test_refuses_what_nobody_plans(self, person, arguments, code):
        outcome = person.run("project_investments", **{"amount": "200", "months": 120, **arguments})
        assert isinstance(outcome, Refused)
        assert outcome.code == code


class TestLots:
    def test_are_listed_with_what_each_gained(self, person):
        bought(person, "AAPL", "3", "80", "2025-01-10")
        bought(person, "AAPL", "2", "125", "2026-06-10")
        told(person, "AAPL", 1, 0.0)
        answer = person.do("show_lots").answer
        assert answer.shape == "show_lots.list"
        lines = [{fact.name: fact.value for fact in line.facts} for line in answer.lines]
        assert [(one["number"], one["quantity"], one["gain"]) for one in lines] == [
            (1, "3", usd("60.00")),
            (2, "2", usd("-50.00")),
        ]

    @pytest.mark.parametrize("lot", ["2", "2026-06-10"])
    def test_one_that_is_named_is_what_a_sale_takes(self, person, lot):
        bought(person, "AAPL", "3", "80", "2025-01-10")
        bought(person, "AAPL", "2", "125", "2026-06-10")
        answer = person.do(
            "add_trade", security="AAPL", kind="sell", quantity="1", price="130", lot=lot
        ).answer
        assert (facts(answer)["gain"], facts(answer)["lot"]) == (usd("5.00"), date(2026, 6, 10))
        lines = person.do("show_lots").answer.lines
        left = [{fact.name: fact.value for fact in line.facts}["quantity"] for line in lines]
        assert left == ["3", "1"]
        assert_sound(person)
        person.undo()
        assert len(person.do("show_lots").answer.lines) == 2

    def test_where_the_law_knows_one_order_only_it_is_said(self, database):
        person = charlie(database)
        bought(person, "TCS.BSE", "3", "80", "2025-01-10")
        bought(person, "TCS.BSE", "2", "125", "2026-06-10")
        call = {"security": "TCS.BSE", "kind": "sell", "quantity": "1", "price": "130"}
        assert (
            "add_trade.first_in_first_out" in person.do("add_trade", **call, lot="2").answer.options
        )
        plain = person.do("add_trade", **call).answer
        assert "add_trade.first_in_first_out" not in plain.options

    def test_all_of_one_is_all_of_that_one(self, person):
        bought(person, "AAPL", "3", "80", "2025-01-10")
        bought(person, "AAPL", "2", "125", "2026-06-10")
        answer = person.do(
            "add_trade", security="AAPL", kind="sell", quantity="all", price="130", lot="2"
        ).answer
        assert (facts(answer)["quantity"], facts(answer)["held"]) == ("2", "3")

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ({"lot": "3"}, "trade.lot_unknown"),
            ({"lot": "2026-06-11"}, "trade.lot_unknown"),
            ({"lot": "2", "quantity": "2.5"}, "trade.lot_too_small"),
        ],
    )
    def test_one_that_is_not_there_is_refused(self, person, arguments, code):
        bought(person, "AAPL", "3", "80", "2025-01-10")
        bought(person, "AAPL", "2", "125", "2026-06-10")
        call = {"security": "AAPL", "kind": "sell", "quantity": "1", "price": "130", **arguments}
        outcome = person.run("add_trade", **call)
        assert isinstance(outcome, Refused)
        assert outcome.code == code

    def test_two_of_one_day_are_asked_about(self, person):
        bought(person, "AAPL", "3", "80", "2025-01-10")
        bought(person, "AAPL", "2", "125", "2025-01-10")
        call = {"security": "AAPL", "kind": "sell", "quantity": "1", "price": "130"}
        outcome = person.run("add_trade", **call, lot="2025-01-10")
        assert isinstance(outcome, NeedsInput)
        assert [option.value for option in outcome.options] == ["1", "2"]

    def test_the_purchase_that_a_sale_names_cannot_be_deleted_from_under_it(self, person):
        bought(person, "AAPL", "2", "125", "2026-06-10")
        bought(person, "AAPL", "3", "80", "2025-01-10")
        person.do("add_trade", security="AAPL", kind="sell", quantity="3", price="130", lot="1")
        with changing(person.database) as uow:
            trades = uow.trades.of(person.id)
            assert [one.lot_id for one in trades if one.lot_id] == [trades[0].id]
        person.do("delete_trade")
        outcome = person.run("delete_trade")
        assert not isinstance(outcome, Refused)

    def test_of_what_is_not_held_there_are_none(self, person):
        assert person.do("show_lots").answer.shape == "show_portfolio.none"
        bought(person, "AAPL", "3", "80", "2025-01-10")
        assert person.do("show_lots", security="tesla").answer.shape == "show_lots.not_held"
        bought(person, "MSFT", "3", "80", "2025-01-10")
        outcome = person.run("show_lots")
        assert isinstance(outcome, NeedsInput)
        assert outcome.slot == "security"


class TestTheChartOfAPrice:
    def test_is_drawn_from_what_is_known_and_told_in_words(self, person):
        bought(person, "AAPL", "3", "80", "2026-01-10")
        told(person, "AAPL", YEAR_AND_MORE, 0.01)
        answer = person.do("draw_chart", of="price", security="apple").answer
        assert answer.shape == "draw_chart.price"
        (paper,) = answer.papers
        points = paper.wanted["points"]
        assert isinstance(points, list)
        assert 30 < len(points) <= 62
        assert points[-1][0] == TODAY.isoformat()
        found = facts(answer)
        assert Decimal(points[-1][1]).quantize(Decimal("0.01")) == found["price"].decimal

    def test_of_a_short_time_has_every_day_and_is_after_splits(self, person):
        bought(person, "AAPL", "3", "80", "2026-01-10")
        told(person, "AAPL", 20, 0.0)
        person.do("add_trade", security="AAPL", kind="split", ratio="4:1", booked_date="2026-11-10")
        call = {"of": "price", "security": "AAPL", "period": "2026-11-01..2026-11-30#month"}
        answer = person.do("draw_chart", **call).answer
        points = answer.papers[0].wanted["points"]
        assert isinstance(points, list)
        assert len(points) == 18
        assert float(points[0][1]) == pytest.approx(25, rel=0.01)
        assert float(points[-1][1]) == pytest.approx(100, rel=0.01)

    def test_without_prices_is_not_drawn_and_without_a_name_is_asked_about(self, person):
        answer = person.do("draw_chart", of="price", security="TSLA").answer
        assert answer.shape == "draw_chart.no_price"
        assert answer.papers == ()
        outcome = person.run("draw_chart", of="price")
        assert isinstance(outcome, NeedsInput)
        assert outcome.slot == "security"
