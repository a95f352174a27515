"""What the tools tell of losses for taxes, on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from core.money import Money
from tests.investors import bought, facts, investor, line_facts, told, usd
from tests.people import Person, bob, charlie


@pytest.fixture
def person(database) -> Person:
    return investor(database)


class TestTaxLosses:
    def test_are_told_by_lot_with_the_window_both_ways(self, person):
        bought(person, "AAPL", "10", "200", "2025-01-10")
        bought(person, "AAPL", "4", "120", "2026-11-06")
        told(person, "AAPL", 1, 0.0)  # 100.00 a piece
        answer = person.do("show_tax_losses").answer
        assert answer.shape == "show_tax_losses.some"
        found = facts(answer)
        assert (found["found"], found["loss"]) == (2, usd("1080.00"))
        assert (found["window"], found["limit"]) == (61, usd("3000.00"))
        (recent,) = line_facts(answer, "show_tax_losses.recent_line")
        assert (recent["loss"], recent["term"]) == (usd("1000.00"), "term_long")
        assert (recent["bought"], recent["at_risk"]) == ("4", usd("400.00"))
        assert (recent["clear"], recent["again"]) == (date(2026, 12, 7), date(2026, 12, 19))
        assert "show_tax_losses.rule_us" in answer.options
        assert answer.options[-1] == "show_tax_losses.no_advice"

    def test_name_sales_that_are_washed_and_those_that_could_still_be(self, person):
        bought(person, "AAPL", "10", "200", "2025-01-10")
        for on in ("2026-10-20", "2026-11-10"):
            person.do(
                "add_trade",
                security="AAPL",
                kind="sell",
                quantity="5",
                price="150",
                booked_date=on,
            )
        bought(person, "AAPL", "2", "140", "2026-10-25")
        answer = person.do("show_tax_losses", security="apple").answer
        (washed,) = line_facts(answer, "show_tax_losses.washed_line")
        assert (washed["closed"], washed["replaced"]) == (date(2026, 10, 20), date(2026, 10, 25))
        assert washed["disallowed"] == usd("100.00")
        still = line_facts(answer, "show_tax_losses.open_line")
        assert [(one["loss"], one["until"]) for one in still] == [
            (usd("150.00"), date(2026, 11, 19)),
            (usd("250.00"), date(2026, 12, 10)),
        ]

    def test_go_by_the_users_country(self, database):
        person = charlie(database)
        bought(person, "TCS.BSE", "10", "200", "2025-01-10")
        told(person, "TCS.BSE", 1, 0.0, "INR")
        answer = person.do("show_tax_losses").answer
        (lot,) = line_facts(answer, "show_tax_losses.lot_line")
        assert lot["saves"] == Money.of("125.00", "INR")
        assert "again" not in lot
        assert "show_tax_losses.rule_in" in answer.options
        assert "show_tax_losses.window" not in answer.options

    def test_set_off_what_was_sold_in_the_tax_year(self, person):
        """Long gains of 100.00 and short losses of 40.00: 60.00 are left."""
        bought(person, "AAPL", "1", "100", "2024-01-10")
        bought(person, "MSFT", "1", "100", "2026-02-10")
        bought(person, "SAP.DEX", "2", "100", "2026-02-10")
        for symbol, price in (("AAPL", "200"), ("MSFT", "60"), ("SAP.DEX", "90")):
            person.do("add_trade", security=symbol, kind="sell", quantity="1", price=price)
        answer = person.do("show_tax_losses").answer
        (year,) = line_facts(answer, "show_tax_losses.year_line")
        assert (year["gain_long"], year["loss_short"]) == (usd("100.00"), usd("40.00"))
        assert (year["left_short"], year["left_long"]) == (usd("0.00"), usd("60.00"))
        assert "income" not in year
        left_out = line_facts(answer, "show_tax_losses.currency_line")
        assert left_out == [{"name": "SAP", "currency": "EUR"}]
        of_one = person.do("show_tax_losses", security="MSFT").answer
        assert line_facts(of_one, "show_tax_losses.year_line") == []

    def test_are_spoken_of_when_a_trade_makes_a_wash_sale(self, person):
        bought(person, "AAPL", "10", "200", "2025-01-10")
        sale = {"security": "AAPL", "kind": "sell", "quantity": "5", "price": "150"}
        sold = person.do("add_trade", **sale, booked_date="2026-11-10").answer
        assert "add_trade.wash_sale" not in sold.options
        again = person.do("add_trade", security="AAPL", quantity="2", price="140").answer
        assert "add_trade.wash_sale" in again.options
        assert facts(again)["disallowed"] == usd("100.00")

    def test_are_not_spoken_of_where_no_rule_says_so(self, database):
        person = charlie(database)
        bought(person, "TCS.BSE", "10", "200", "2025-01-10")
        sale = {"security": "TCS.BSE", "kind": "sell", "quantity": "5", "price": "150"}
        person.do("add_trade", **sale)
        again = person.do("add_trade", security="TCS.BSE", quantity="2", price="140").answer
        assert "add_trade.wash_sale" not in again.options

    def test_elsewhere_say_that_no_rule_is_known_unless_one_is_asked_for(self, database):
        person = bob(database)
        bought(person, "SAP.DEX", "10", "200", "2025-01-10")
        told(person, "SAP.DEX", 1, 0.0, "EUR")
        answer = person.do("show_tax_losses").answer
        assert "show_tax_losses.rule_unknown" in answer.options
        american = person.do("show_tax_losses", country="US").answer
        assert "show_tax_losses.window" in american.options

    def test_without_a_price_are_not_told_and_without_losses_there_are_none(self, person):
        assert person.do("show_tax_losses").answer.shape == "show_portfolio.none"
        bought(person, "AAPL", "1", "100", "2025-01-10")
        answer = person.do("show_tax_losses").answer
        assert answer.shape == "show_tax_losses.none"
        assert line_facts(answer, "show_tax_losses.unpriced_line") == [{"name": "Apple"}]
