"""What the tools of investments do to the books and tell of them, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from core.facts import Answer
from core.investments.price import Price
from core.ledger.account import AccountKind
from core.money import Money
from core.rates.rate import user_rate
from tests.ledgers import assert_sound, changing
from tests.people import NOW, TODAY, Person, alice, bob, charlie
from tools.outcome import NeedsInput, Refused


@pytest.fixture
def person(database) -> Person:
    found = alice(database)
    with changing(database) as uow:
        uow.accounts.open(
            found.id, name="Brokerage", kind=AccountKind.INVESTMENT, currency="USD", now=NOW
        )
    return found


def facts(answer: Answer) -> dict[str, object]:
    return {fact.name: fact.value for fact in answer.facts}


def line_facts(answer: Answer, shape: str = "") -> list[dict[str, object]]:
    return [
        {fact.name: fact.value for fact in line.facts}
        for line in answer.lines
        if not shape or line.shape == shape
    ]


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def cash(person: Person, name: str = "Brokerage") -> Money:
    with person.database.reading() as uow:
        return next(
            one.posted for one in uow.accounts.balances(person.id) if one.account.name == name
        )


def told(person: Person, symbol: str, value: str, currency: str = "USD") -> None:
    """Let a source of everybody's tell a price of today."""
    price = Price(symbol, Decimal(value), currency, TODAY, NOW, f"source{person.id[-8:]}")
    with changing(person.database) as uow:
        uow.prices.keep_own(person.id, [price])


class TestATradeThatIsTold:
    def test_is_kept_with_its_money_and_what_is_held_then(self, person):
        answer = person.do("add_trade", security="apple", quantity="5", price="180").answer
        assert answer.shape == "add_trade.bought"
        assert answer.options == ()
        found = facts(answer)
        assert (found["amount"], found["held"], found["account"]) == (
            usd("900.00"),
            "5",
            "Brokerage",
        )
        assert cash(person) == usd("-900.00")
        assert_sound(person)

    def test_of_half_and_of_all_goes_by_what_is_there(self, person):
        person.do("add_trade", security="AAPL", quantity="5", price="180")
        half = person.do("add_trade", security="apple", kind="sell", quantity="half", price="200")
        assert facts(half.answer)["gain"] == usd("50.00")
        whole = person.do(
            "add_trade", security="apple", kind="sell", quantity="all", amount="400", fee="1.50"
        )
        assert facts(whole.answer)["gain"] == usd("-51.50")
        assert facts(whole.answer)["result"] == "result_loss"
        assert facts(whole.answer)["held"] == "0"
        assert cash(person) == usd("-900.00") + usd("500.00") + usd("398.50")

    def test_undone_leaves_no_trace_in_books_and_portfolio(self, person):
        person.do("add_trade", security="AAPL", quantity="5", price="180")
        person.do("add_trade", security="AAPL", kind="dividend", amount="4.10")
        person.undo()
        person.undo()
        assert person.do("show_portfolio").answer.shape == "show_portfolio.none"
        assert cash(person) == usd("0.00")
        assert_sound(person)

    def test_without_an_account_for_investments_books_no_money_and_says_so(self, database):
        person = alice(database)
        answer = person.do("add_trade", security="AAPL", quantity="5", price="180").answer
        assert answer.options == ("add_trade.no_account",)
        assert person.entries() == ()
        named = person.do(
            "add_trade", security="AAPL", quantity="1", price="180", account="Checking"
        )
        assert facts(named.answer)["account"] == "Checking"
        assert cash(person, "Checking") == usd("-180.00")

    @pytest.mark.parametrize(
        ("arguments", "slot"),
        [
            ({"security": "AAPL"}, "quantity"),
            ({"security": "AAPL", "price": "180"}, "quantity"),
            ({"security": "AAPL", "quantity": "5"}, "price"),
            ({"security": "tata", "quantity": "5", "price": "1"}, "security"),
        ],
    )
    def test_asks_for_what_is_missing_and_keeps_nothing(self, person, arguments, slot):
        outcome = person.run("add_trade", **arguments)
        assert isinstance(outcome, NeedsInput)
        assert outcome.slot == slot
        with person.database.reading() as uow:
            assert uow.trades.securities(person.id) == ()

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ({"kind": "sell", "quantity": "6", "price": "1"}, "trade.sold_more_than_held"),
            (
                {"kind": "sell", "quantity": "1", "price": "1", "security": "MSFT"},
                "trade.nothing_held",
            ),
            ({"quantity": "1", "price": "1", "currency": "EUR"}, "trade.other_currency"),
            (
                {"security": "MSFT", "quantity": "1", "price": "1", "currency": "EUR"},
                "trade.other_currency",
            ),
            ({"quantity": "-1", "price": "1"}, "trade.quantity_unreadable"),
            ({"quantity": "1", "price": "0"}, "trade.price_unreadable"),
            ({"quantity": "1", "price": "1", "booked_date": "2026-11-19"}, "date.future"),
            ({"kind": "split", "ratio": "1:1"}, "trade.split_unreadable"),
            ({"quantity": "1", "price": "1", "security": "no such thing"}, "security.name_unknown"),
        ],
    )
    def test_is_refused_when_it_cannot_have_been(self, person, arguments, code):
        person.do("add_trade", security="AAPL", quantity="5", price="180")
        outcome = person.run("add_trade", **{"security": "AAPL", **arguments})
        assert isinstance(outcome, Refused)
        assert outcome.code == code
        assert cash(person) == usd("-900.00")

    def test_of_a_split_changes_pieces_and_no_value(self, person):
        person.do("add_trade", security="AAPL", quantity="5", price="180", booked_date="2026-11-02")
        answer = person.do("add_trade", security="AAPL", kind="split", ratio="4:1").answer
        assert facts(answer)["held"] == "20"
        assert facts(person.do("show_portfolio").answer)["value"] == usd("900.00")

    def test_of_a_symbol_nobody_listed_is_in_the_users_own_currency(self, database):
        person = charlie(database)
        person.do("add_trade", security="MYFUND", quantity="10", price="25.5")
        assert facts(person.do("show_portfolio").answer)["value"] == Money.of("255.00", "INR")

    def test_is_deleted_with_its_money_and_brought_back(self, person):
        person.do("add_trade", security="AAPL", quantity="5", price="180")
        person.do("add_trade", security="MSFT", quantity="1", price="400")
        answer = person.do("delete_trade", security="apple").answer
        assert facts(answer)["amount"] == usd("900.00")
        assert cash(person) == usd("-400.00")
        person.undo()
        assert cash(person) == usd("-1300.00")

    def test_keeps_its_entry_from_being_changed_by_itself(self, person):
        person.do("add_trade", security="AAPL", quantity="5", price="180")
        (entry,) = person.entries()
        for call, arguments in (
            ("delete_entry", {}),
            ("edit_entry", {"amount": "1"}),
            ("edit_entry", {"booked_date": "2026-11-01"}),
        ):
            outcome = person.run(call, entry=entry.handle, **arguments)
            assert isinstance(outcome, Refused)
            assert outcome.code == "entry.of_trade"
        assert cash(person) == usd("-900.00")


class TestThePortfolio:
    def test_lists_what_is_not_counted_first_and_says_how_many(self, person):
        person.do("add_trade", security="AAPL", quantity="2", price="100")
        person.do("add_trade", security="SAP.DEX", quantity="1", price="200")
        answer = person.do("show_portfolio").answer
        found = facts(answer)
        assert (found["value"], found["cost"], found["missing"]) == (usd("200"), usd("200"), 1)
        assert "show_portfolio.missing" in answer.options
        assert answer.lines[0].shape == "show_portfolio.unrated_line"
        assert line_facts(answer)[0]["currency"] == "EUR"

    def test_tells_gains_and_the_effect_of_currencies(self, database):
        person = bob(database)
        bought = date(2026, 11, 2)
        with changing(database) as uow:
            uow.rates.keep(person.id, user_rate("USD", "EUR", Decimal("0.8"), bought))
        person.do(
            "add_trade", security="AAPL", quantity="10", price="100", booked_date="2026-11-02"
        )
        person.do("set_rate", base="USD", quote="EUR", rate="1")
        told(person, "AAPL", "120")
        found = facts(person.do("show_portfolio").answer)
        assert (found["value"], found["cost"]) == (Money.of("1200", "EUR"), Money.of("800", "EUR"))
        assert (found["gain"], found["by_currency"]) == (
            Money.of("400", "EUR"),
            Money.of("200", "EUR"),
        )

    def test_is_part_of_net_worth_as_far_as_it_is_covered(self, person):
        before = facts(person.do("show_net_worth").answer)["net_worth"]
        person.do("add_trade", security="AAPL", quantity="2", price="100", booked_date="2026-11-02")
        told(person, "AAPL", "150")
        person.do("add_trade", security="SAP.DEX", quantity="1", price="200")
        answer = person.do("show_net_worth").answer
        found = facts(answer)
        assert isinstance(before, Money)
        assert found["net_worth"] == before + usd("100.00")
        assert (found["uncounted"], answer.options) == (1, ("show_net_worth.uncounted",))
        (value,) = line_facts(answer, "show_net_worth.investments_line")
        assert value["balance"] == usd("300.00")

    def test_of_a_holding_tells_all_it_brought(self, person):
        person.do("add_trade", security="AAPL", quantity="4", price="100", booked_date="2026-11-02")
        person.do("add_trade", security="AAPL", kind="dividend", amount="3")
        person.do("add_trade", security="AAPL", kind="sell", quantity="1", price="130")
        told(person, "AAPL", "150")
        answer = person.do("show_holding", security="apple").answer
        found = facts(answer)
        assert answer.shape == "show_holding.held"
        assert (found["worth"], found["gain"]) == (usd("450.00"), usd("150.00"))
        assert (found["realised"], found["dividends"]) == (usd("30.00"), usd("3.00"))
        assert found["share"] == Decimal("100.0")

    @pytest.mark.parametrize(
        ("words", "shape"),
        [("tesla", "show_holding.unknown"), ("MSFT", "show_holding.quoted")],
    )
    def test_of_what_is_not_held_tells_a_price_if_one_is_known(self, person, words, shape):
        told(person, "MSFT", "400")
        assert person.do("show_holding", security=words).answer.shape == shape

    def test_shows_how_spread_it_is_three_ways(self, person):
        for security, amount in (("AAPL", "600"), ("MSFT", "300"), ("JPM", "100")):
            person.do("add_trade", security=security, quantity="1", amount=amount)
        by_asset = person.do("show_diversification").answer
        assert by_asset.shape == "show_diversification.much"
        assert facts(by_asset)["effective"] == "2.2"
        assert [one["share"] for one in line_facts(by_asset)] == [60, 30, 10]
        by_sector = person.do("show_diversification", divided_by="sector").answer
        names = [one["name"] for one in line_facts(by_sector)]
        assert names == ["sector_technology", "sector_financials"]

    def test_gives_no_advice_but_what_is_held(self, person):
        nothing = person.do("check_exposure", security="nvidia").answer
        assert nothing.shape == "check_exposure.nothing"
        person.do("add_trade", security="AAPL", quantity="1", amount="600")
        assert facts(person.do("check_exposure", security="nvidia").answer)["largest"] == "Apple"
        held = person.do("check_exposure", security="apple").answer
        assert (held.shape, held.options) == ("check_exposure.held", ("check_exposure.much",))


class TestReturns:
    def test_are_told_over_a_time_each_by_its_name(self, person):
        person.do(
            "add_trade", security="AAPL", quantity="10", price="100", booked_date="2026-01-02"
        )
        told(person, "AAPL", "110")
        answer = person.do("show_returns", period="2026-01-01..2026-12-31#year").answer
        found = facts(answer)
        assert answer.shape == "show_returns.both"
        assert (found["gain"], found["time_weighted"]) == (usd("100.00"), Decimal("10.0"))
        assert found["money_weighted"] == Decimal("11.5")  # 1.1 to the power of 365/320

    def test_are_not_stretched_to_a_year_from_a_few_days(self, person):
        person.do(
            "add_trade", security="AAPL", quantity="10", price="100", booked_date="2026-11-10"
        )
        answer = person.do("show_returns").answer
        assert answer.shape == "show_returns.without_too_short"

    @pytest.mark.parametrize(
        "period", ["2027-01-01..2027-12-31#year", "2025-01-01..2025-12-31#year"]
    )
    def test_of_a_time_without_holdings_are_refused(self, person, period):
        person.do(
            "add_trade", security="AAPL", quantity="10", price="100", booked_date="2026-11-10"
        )
        outcome = person.run("show_returns", period=period)
        assert isinstance(outcome, Refused)
        assert outcome.code == "trade.nothing_held_then"

    def test_name_what_they_leave_out(self, person):
        person.do(
            "add_trade", security="AAPL", quantity="10", price="100", booked_date="2026-11-02"
        )
        person.do("add_trade", security="SAP.DEX", quantity="1", price="200")
        answer = person.do("show_returns").answer
        assert facts(answer)["missing"] == 1
        assert [one["name"] for one in line_facts(answer)] == ["SAP"]


class TestWatchedPrices:
    def test_are_set_replaced_shown_and_ended(self, person):
        told(person, "TSLA", "240")
        first = person.do("watch_price", security="tesla", price="250").answer
        assert (first.shape, facts(first)["direction"]) == (
            "watch_price.watching",
            "direction_above",
        )
        person.do("watch_price", security="tesla", price="260", direction="above")
        shown = line_facts(person.do("show_watchlist").answer)
        assert [one["target"] for one in shown] == [usd("260.00")]
        person.undo()
        shown = line_facts(person.do("show_watchlist").answer)
        assert [one["target"] for one in shown] == [usd("250.00")]
        person.do("unwatch_price", security="TSLA")
        assert person.do("show_watchlist").answer.shape == "show_watchlist.none"

    def test_say_when_the_mark_is_passed_already_and_when_there_is_no_price(self, person):
        told(person, "TSLA", "240")
        passed = person.do("watch_price", security="tesla", price="230", direction="above")
        assert passed.answer.shape == "watch_price.already"
        blind = person.do("watch_price", security="intel", price="20", direction="below")
        assert blind.answer.options == ("watch_price.no_price",)
        asked = person.run("watch_price", security="boeing", price="20")
        assert isinstance(asked, NeedsInput)
        assert asked.slot == "direction"

    def test_that_are_not_watched_cannot_be_ended(self, person):
        outcome = person.run("unwatch_price", security="tesla")
        assert isinstance(outcome, Refused)
        assert outcome.code == "watch.not_watched"
