"""Trades with their money, prices with their sources, and watched prices, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.goals.goal import Goal
from core.ids import EntryId, SystemIds
from core.investments.lot import SoldMoreThanHeld
from core.investments.price import DEMO, FILE, Price
from core.investments.security import Security, SecurityKind
from core.investments.snapshot import snapshot
from core.investments.trade import Trade, TradeKind, TradeState, pieces
from core.investments.watch import Direction, Watch, WatchState
from core.ledger.entry import EntryAppendOnly, EntryState, Flow
from core.money import Money
from core.store.trade_store import TradeUnknown
from core.users.user import User, UserKind
from tests.ledgers import assert_sound, changing
from tests.people import NOW, TODAY, Person, alice, bob, dora

DAY = date(2026, 11, 2)


def security(person: Person, symbol: str = "AAPL", currency: str = "USD") -> Security:
    made = Security(0, person.id, symbol, symbol.title(), SecurityKind.STOCK, currency)
    with changing(person.database) as uow:
        return uow.trades.add_security(made, now=NOW)


def buy(person: Person, of: Security, many: str, each: str, *, sell: bool = False) -> Trade:
    kind = TradeKind.SELL if sell else TradeKind.BUY
    price = (Decimal(each), of.currency)
    made = pieces(person.id, of.id, kind, DAY, quantity=many, each=price)
    return replace(made, account_id=person.accounts["Checking"], fee=Money(100, of.currency))


def keep(person: Person, trade: Trade, **more) -> Trade:
    with changing(person.database) as uow:
        return uow.trades.add(trade, now=NOW, **more)


def held(person: Person) -> Money:
    with person.database.reading() as uow:
        balances = {one.account.name: one.posted for one in uow.accounts.balances(person.id)}
    return balances["Checking"]


def quote(symbol: str, value: str, on: date = TODAY, source: str = DEMO) -> Price:
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return Price(symbol, Decimal(value), "USD", on, at, source)


class TestATrade:
    def test_books_its_money_to_the_last_cent(self, database):
        person = alice(database)
        apple = security(person)
        kept = keep(person, buy(person, apple, "5", "180.255"))
        assert held(person) == Money(-(90_128 + 100), "USD")
        (entry,) = person.entries()
        assert (entry.id, entry.flow, entry.payee) == (kept.entry_id, Flow.INVEST, "Aapl")
        with person.database.reading() as uow:
            assert uow.trades.of(person.id) == (kept,)
            assert uow.trades.of_entry(person.id, EntryId(entry.id)) == kept
            assert uow.trades.get(person.id, kept.id).quantity == 5
        assert_sound(person)

    def test_is_neither_spending_nor_income_but_a_dividend_and_a_charge_are(self, database):
        person = alice(database)
        apple = security(person)
        keep(person, buy(person, apple, "5", "180"))
        none = Money(0, "USD")
        for kind, minor in ((TradeKind.DIVIDEND, 500), (TradeKind.FEE, 70)):
            cash = Trade(0, person.id, apple.id, kind, DAY, Decimal(0), Money(minor, "USD"), none)
            keep(person, replace(cash, account_id=person.accounts["Checking"]))
        flows = {entry.flow: entry.amount.minor for entry in person.entries()}
        assert flows == {Flow.INVEST: -90_100, Flow.INCOME: 500, Flow.SPEND: -70}
        assert_sound(person)

    def test_takes_its_money_back_when_it_is_deleted_and_brings_it_again(self, database):
        person = alice(database)
        kept = keep(person, buy(person, security(person), "5", "180"))
        for state, minor in ((TradeState.DELETED, 0), (TradeState.ACTIVE, -90_100)):
            with changing(database) as uow:
                uow.trades.set_state(person.id, kept.id, state, now=NOW)
            assert held(person) == Money(minor, "USD")
            assert_sound(person)

    def test_is_not_kept_when_it_sells_what_is_not_there(self, database):
        person = alice(database)
        apple = security(person)
        keep(person, buy(person, apple, "5", "180"))
        with pytest.raises(SoldMoreThanHeld):
            keep(person, buy(person, apple, "5.000001", "200", sell=True))
        assert held(person) == Money(-90_100, "USD")

    def test_is_not_deleted_while_a_later_sale_lives_off_it(self, database):
        person = alice(database)
        apple = security(person)
        first = keep(person, buy(person, apple, "5", "180"))
        keep(person, buy(person, apple, "4", "200", sell=True))
        with pytest.raises(SoldMoreThanHeld), changing(database) as uow:
            uow.trades.set_state(person.id, first.id, TradeState.DELETED, now=NOW)
        assert held(person) == Money(-90_100 + 79_900, "USD")

    def test_keeps_its_money_out_of_the_hands_of_other_flows(self, database):
        person = alice(database)
        kept = keep(person, buy(person, security(person), "5", "180"))
        assert kept.entry_id is not None
        with pytest.raises(EntryAppendOnly), changing(database) as uow:
            uow.ledger.change_flow(person.id, kept.entry_id, Flow.SPEND, now=NOW)

    def test_without_an_account_books_nothing(self, database):
        person = alice(database)
        kept = keep(person, replace(buy(person, security(person), "5", "180"), account_id=None))
        assert kept.entry_id is None
        assert person.entries() == ()

    def test_is_nobody_elses(self, database):
        mine, other = alice(database), bob(database)
        kept = keep(mine, buy(mine, security(mine), "5", "180"))
        with database.reading() as uow:
            assert uow.trades.of(other.id) == ()
            assert uow.trades.securities(other.id) == ()
            with pytest.raises(TradeUnknown):
                uow.trades.get(other.id, kept.id)

    def test_of_a_file_goes_with_its_file_and_may_come_again(self, database):
        person = alice(database)
        apple = security(person)
        row = buy(person, apple, "5", "180")
        keep(person, row, fingerprint=b"x" * 16, import_id="import_1")
        with changing(database) as uow:
            assert uow.trades.known(person.id) == {b"x" * 16}
            assert uow.trades.take_back_import(person.id, "import_1", now=NOW) == 1
        with database.reading() as uow:
            assert uow.trades.known(person.id) == frozenset()
        assert held(person) == Money(0, "USD")
        keep(person, row, fingerprint=b"x" * 16, import_id="import_2")
        states = [entry.state for entry in person.entries()]
        assert states.count(EntryState.POSTED) == 1
        assert_sound(person)


def demo(person: Person) -> User:
    return replace(person.user, kind=UserKind.DEMO)


class TestPrices:
    def test_of_the_simulator_value_invented_households_only(self, database):
        person = alice(database)
        keep(person, replace(buy(person, security(person, "ONLYDEMO"), "2", "10"), account_id=None))
        with changing(database) as uow:
            uow.prices.keep([quote("ONLYDEMO", "30")])
            uow.prices.keep([quote("ONLYDEMO", "77", source="other")])
        with database.reading() as uow:
            (mine,) = uow.portfolios.portfolio(person.user, TODAY).held
            (theirs,) = uow.portfolios.portfolio(demo(person), TODAY).held
        assert (mine.value, theirs.value) == (Money(15_400, "USD"), Money(6_000, "USD"))

    def test_a_users_own_are_nobody_elses_and_a_later_quote_takes_the_place(self, database):
        one, two = alice(database), alice(database)
        for person in (one, two):
            apple = security(person, "OWNPRICE")
            keep(person, replace(buy(person, apple, "1", "10"), account_id=None))
        own = quote("OWNPRICE", "12", source=FILE)
        with changing(database) as uow:
            assert uow.prices.keep_own(one.id, [own, own]) == 1
            later = replace(own, value=Decimal(13), at=own.at + timedelta(hours=1))
            assert uow.prices.keep_own(one.id, [later, own]) == 1
        with database.reading() as uow:
            assert uow.portfolios.portfolio(one.user, TODAY).value == Money(1_300, "USD")
            assert uow.portfolios.portfolio(two.user, TODAY).value == Money(1_000, "USD")

    def test_of_the_last_year_are_looked_at_where_the_last_weeks_tell_nothing(self, database):
        person = alice(database)
        apple = security(person, "SELDOM")
        old = replace(buy(person, apple, "1", "10"), account_id=None, traded_on=date(2024, 1, 2))
        keep(person, old)
        with database.reading() as uow:
            assert uow.portfolios.portfolio(person.user, TODAY).covered == ()
        with changing(database) as uow:
            uow.prices.keep([quote("SELDOM", "12", date(2026, 2, 2), "other")])
        with database.reading() as uow:
            assert uow.portfolios.portfolio(person.user, TODAY).value == Money(1_200, "USD")

    def test_are_wanted_for_what_is_held_or_watched(self, database):
        person = alice(database)
        security(person, "WANTED1", "EUR")
        watch = Watch(0, person.id, "WANTED2", "W", "GBP", Direction.ABOVE, Decimal(1))
        with changing(database) as uow:
            kept = uow.watches.add(watch, now=NOW)
        with database.reading() as uow:
            wanted = uow.prices.wanted(invented=False)
            assert (wanted["WANTED1"], wanted["WANTED2"]) == ("EUR", "GBP")
            assert "WANTED1" not in uow.prices.wanted(invented=True)
        with changing(database) as uow:
            uow.watches.set_state(person.id, kept.id, WatchState.DELETED)
        with database.reading() as uow:
            assert "WANTED2" not in uow.prices.wanted(invented=False)

    def test_many_are_added_at_once(self, database):
        days = [TODAY - timedelta(days=back) for back in range(50)]
        with changing(database) as uow:
            assert uow.prices.add_history(quote("MANY", "1.5", on) for on in days) == 50
        with database.reading() as uow:
            assert uow.prices.newest(DEMO)["MANY"] == TODAY
            book = uow.prices.book(bob(database).id, ["MANY"], (days[-1], TODAY), invented=True)
        assert len(book.series("MANY")) == 50


class TestSnapshots:
    def test_of_one_day_are_kept_once(self, database):
        person = alice(database)
        keep(person, replace(buy(person, security(person), "5", "180"), account_id=None))
        with changing(database) as uow:
            found = snapshot(uow.portfolios.portfolio(person.user, TODAY))
            assert uow.portfolios.keep_snapshot(person.id, found, now=NOW)
            later = replace(found, value=Money(1, "USD"))
            assert not uow.portfolios.keep_snapshot(person.id, later, now=NOW)
        with database.reading() as uow:
            assert uow.portfolios.snapshots(person.id, "USD", DAY, TODAY) == (found,)
            assert person.id in uow.portfolios.owners()


class TestAWatch:
    def test_is_moved_on_by_one_only(self, database):
        person = alice(database)
        watch = Watch(0, person.id, "TSLA", "Tesla", "USD", Direction.ABOVE, Decimal("250.5"))
        with changing(database) as uow:
            kept = uow.watches.add(watch, now=NOW)
        armed = replace(kept, state=WatchState.ARMED, seen_at=NOW)
        with changing(database) as uow:
            assert uow.watches.advance(kept, armed)
            assert not uow.watches.advance(kept, armed)
        with database.reading() as uow:
            assert uow.watches.of(person.id) == (armed,)
            assert person.id in uow.watches.users()


class TestBooksThatMove:
    def test_bring_trades_with_their_money_goals_and_watches_along(self, database):
        old, bystander = alice(database), alice(database)
        apple = security(old)
        keep(old, buy(old, apple, "5", "180"))
        goal = Goal(0, old.id, "Japan", Money(200_000, "USD"), DAY)
        watch = Watch(0, old.id, "TSLA", "Tesla", "USD", Direction.ABOVE, Decimal("250.5"))
        with changing(database) as uow:
            kept = uow.goals.add(goal, now=NOW)
            uow.goals.put(old.id, kept.id, Money(5_000, "USD"), DAY, now=NOW)
            uow.watches.add(watch, now=NOW)
            uow.prices.keep_own(old.id, [quote("AAPL", "200", source=FILE)])
        with database.reading() as uow:
            books = uow.portable.dump(old.id)
        empty = dora(database)
        with changing(database) as uow:
            uow.portable.load(empty.id, books, ids=SystemIds())
        with database.reading() as uow:
            (trade,) = uow.trades.of(empty.id)
            (held_there,) = uow.portfolios.holdings(empty.user, TODAY)
            (goal_there,) = uow.goals.standing(empty.id, today=TODAY)
            assert trade.entry_id is not None
            assert uow.entries.get(empty.id, trade.entry_id).amount == trade.cash
            assert uow.watches.of(empty.id)[0].target == watch.target
        assert held_there.value == Money(100_000, "USD")
        assert goal_there.saved == Money(5_000, "USD")
        assert bystander.entries() == ()
