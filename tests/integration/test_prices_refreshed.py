"""Prices come in, watched ones are told once, and each day's portfolio is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from core.alerts.alert import AlertKind
from core.connect.alpha_vantage import AlphaVantage
from core.connect.breaker import Breaker
from core.connect.prices import PricesUnavailable
from core.connect.simulated_prices import SimulatedPrices
from core.investments.known import known_securities, named, squashed
from core.investments.price import ALPHA_VANTAGE, DEMO, Price
from core.investments.trade import TradeKind, pieces
from core.investments.watch import Direction, Watch
from core.money import Money
from tests.fakes.world import World, open_world
from tests.people import TODAY
from workers.prices import keep_snapshots, refresh_prices

KEY = "a key of the operator"
MORNING = datetime(2026, 11, 18, 0, 10, tzinfo=UTC)  # a Wednesday


class Service(BaseHTTPRequestHandler):
    """Alpha Vantage as its documentation says; the quotes it knows are set by a test."""

    status = 200
    quotes: dict[str, tuple[str, str]] = {}  # noqa: RUF012 - of the one server of a test
    other: bytes = b""
    asked: list[dict[str, list[str]]] = []  # noqa: RUF012

    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        self.asked.append(query)
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.other or self._told(query["symbol"][0]))

    def _told(self, symbol: str) -> bytes:
        if symbol not in self.quotes:
            return json.dumps({"Global Quote": {}}).encode()
        price, day = self.quotes[symbol]
        # The shape of the documented example.
        quote = {
            "01. symbol": symbol,
            "02. open": "217.1000",
            "03. high": "218.6500",
            "04. low": "216.0100",
            "05. price": price,
            "06. volume": "3461221",
            "07. latest trading day": day,
            "08. previous close": "216.7100",
            "09. change": "1.2900",
            "10. change percent": "0.5953%",
        }
        return json.dumps({"Global Quote": quote}).encode()

    def log_message(self, *_):
        """Stay quiet."""


@pytest.fixture
def service():
    Service.status, Service.asked, Service.other = 200, [], b""
    Service.quotes = {"IBM": ("218.0000", "2026-11-17"), "TSLA": ("249.5", "2026-11-17")}
    server = HTTPServer(("127.0.0.1", 0), Service)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield AlphaVantage(f"http://127.0.0.1:{server.server_port}", KEY)
    server.shutdown()
    server.server_close()


class TestTheService:
    def test_is_asked_by_its_documented_function_and_read_exactly(self, service):
        (price,) = service.quotes({"IBM": "USD"}, now=MORNING)
        at = datetime(2026, 11, 17, 21, tzinfo=UTC)
        day = date(2026, 11, 17)
        assert price == Price("IBM", Decimal("218.0000"), "USD", day, at, ALPHA_VANTAGE)
        assert Service.asked == [{"function": ["GLOBAL_QUOTE"], "symbol": ["IBM"], "apikey": [KEY]}]

    def test_leaves_out_what_it_does_not_know(self, service):
        told = list(service.quotes({"IBM": "USD", "NOPE": "USD"}, now=MORNING))
        assert [one.symbol for one in told] == ["IBM"]

    @pytest.mark.parametrize(
        ("symbol", "currency"), [("IBM", "INR"), ("INFY.BSE", "USD"), ("VUSA.LON", "GBP")]
    )
    def test_is_not_asked_where_the_currency_of_its_answer_is_not_certain(
        self, service, symbol, currency
    ):
        assert list(service.quotes({symbol: currency}, now=MORNING)) == []
        assert Service.asked == []

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (500, b""),
            (200, b"<html>"),
            (200, b'{"Note": "Thank you for using Alpha Vantage! ..."}'),
            (200, b'{"Information": "rate limit is 25 requests per day"}'),
            (200, b'{"Error Message": "the parameter apikey is invalid or missing"}'),
            (200, b'{"Global Quote": {"01. symbol": "XYZ", "05. price": "1"}}'),
            (200, b"[" * 20_001),
        ],
    )
    def test_that_makes_no_sense_is_unavailable_and_the_key_stays_secret(
        self, service, status, body, caplog
    ):
        Service.status, Service.other = status, body
        with pytest.raises(PricesUnavailable) as caught:
            list(service.quotes({"IBM": "USD"}, now=MORNING))
        assert KEY not in f"{caught.value} {caught.value.fields} {caplog.text}"

    @pytest.mark.parametrize("price", ["0", "-1", "NaN", "1e400"])
    def test_never_tells_a_price_that_is_none(self, service, price):
        Service.quotes["IBM"] = (price, "2026-11-17")
        with pytest.raises(PricesUnavailable):
            list(service.quotes({"IBM": "USD"}, now=MORNING))

    def test_is_left_alone_after_some_failures(self, service):
        Service.status = 500
        tired = replace(service, breaker=Breaker(failures=2))
        with pytest.raises(PricesUnavailable):
            list(tired.quotes(dict.fromkeys(["A", "B", "C", "D"], "USD"), now=MORNING))
        assert len(Service.asked) == 2


class TestTheSimulator:
    def test_tells_the_same_on_every_machine(self):
        """Written down once: whoever changes how it invents changes everybody's samples."""
        (price,) = SimulatedPrices().quotes({"AAPL": "USD"}, now=MORNING)
        assert (price.value, price.on, price.source) == (
            Decimal("266.50"),
            date(2026, 11, 17),
            DEMO,
        )

    def test_at_weekends_it_was_friday(self):
        sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
        (price,) = SimulatedPrices().quotes({"AAPL": "USD"}, now=sunday)
        assert price.on == date(2026, 11, 20)

    def test_knows_only_what_is_listed_and_never_falls_to_nought(self):
        assert list(SimulatedPrices().quotes({"NOPE": "USD"}, now=MORNING)) == []
        since = dict.fromkeys(known_securities(), TODAY - timedelta(days=60))
        assert all(one.value > 0 for one in SimulatedPrices().history(since, TODAY))

    def test_moves_from_day_to_day_as_prices_do(self):
        since = {"AAPL": TODAY - timedelta(days=400)}
        values = [one.value for one in SimulatedPrices().history(since, TODAY)]
        moves = [abs(b / a - 1) for a, b in pairwise(values)]
        assert Decimal("0.002") < sum(moves) / len(moves) < Decimal("0.03")
        assert max(moves) < Decimal("0.1")


class TestTheList:
    @pytest.mark.parametrize(
        ("words", "symbol"),
        [("apple", "AAPL"), ("tcs", "TCS.BSE"), ("S&P 500", "SPY"), ("brk.b", "BRK.B")],
    )
    def test_knows_what_people_call_them(self, words, symbol):
        found = named(words)
        assert found is not None
        assert found.symbol == symbol

    def test_calls_no_two_by_one_name(self):
        owners: dict[str, set[str]] = {}
        for one in known_securities().values():
            for spelling in one.spellings:
                owners.setdefault(squashed(spelling), set()).add(one.symbol)
        assert {name: found for name, found in owners.items() if len(found) > 1} == {}


def watching(world: World, symbol: str = "TSLA", target: str = "250"):
    user = world.user("ana@example.org")
    world.chat(user.id, "web:ana")
    watch = Watch(0, user.id, symbol, "Tesla", "USD", Direction.ABOVE, Decimal(target))
    with world.database.work() as uow:
        uow.watches.add(watch, now=world.clock.now())
        uow.commit()
    return user


def rounds(world: World, service: AlphaVantage, *prices: tuple[str, str, datetime]) -> list[int]:
    """Return how many alerts there are after each price, its day, and the moment of asking."""
    context = replace(world.context, prices=(service,))
    told = []
    for price, day, now in prices:
        Service.quotes["TSLA"] = (price, day)
        world.clock.advance(now - world.now)
        refresh_prices(context)
        with world.database.reading() as uow:
            (user,) = uow.watches.users()
            told.append(len(uow.alerts.of(user)))
    return told


class TestAWatchedPrice:
    def test_is_told_when_it_crosses_and_again_after_a_retreat(self, service):
        world = open_world()
        user = watching(world)
        day = timedelta(days=1)
        told = rounds(
            world,
            service,
            ("240", "2026-11-17", MORNING),
            ("251", "2026-11-18", MORNING + day),
            ("252", "2026-11-19", MORNING + 2 * day),
            ("247", "2026-11-20", MORNING + 3 * day),
            ("250", "2026-11-23", MORNING + 6 * day),
        )
        assert told == [0, 1, 1, 1, 2]
        with world.database.reading() as uow:
            newest, first = uow.alerts.of(user.id)
        assert first.kind is AlertKind.PRICE_MARK
        facts = {fact.name: fact.value for fact in first.facts}
        assert (facts["target"], facts["price"]) == (Money(25_000, "USD"), Money(25_100, "USD"))
        assert newest.dedupe_key != first.dedupe_key

    def test_is_not_told_by_a_stale_quote(self, service):
        world = open_world()
        watching(world)
        late = MORNING + timedelta(days=3)
        told = rounds(world, service, ("240", "2026-11-17", MORNING), ("260", "2026-11-18", late))
        assert told == [0, 0]

    def test_is_asked_for_once_a_day(self, service):
        world = open_world()
        watching(world)
        later = MORNING + timedelta(hours=5)
        rounds(world, service, ("240", "2026-11-17", MORNING), ("260", "2026-11-17", later))
        assert len(Service.asked) == 1


class TestSymbolsBeyondTheAllowance:
    def test_have_their_turn_on_another_day(self, service):
        world = open_world()
        watching(world, "IBM")
        watching_too = world.user("bo@example.org")
        watch = Watch(0, watching_too.id, "TSLA", "T", "USD", Direction.ABOVE, Decimal(1))
        with world.database.work() as uow:
            uow.watches.add(watch, now=MORNING)
            uow.commit()
        context = replace(world.context, prices=(replace(service, most_symbols=1),))
        for day in (0, 0, 1):
            world.clock.advance(MORNING + timedelta(days=day) - world.now)
            refresh_prices(context)
        assert [query["symbol"] for query in Service.asked] == [["IBM"], ["TSLA"]]


class TestSnapshots:
    def test_are_kept_once_for_yesterday(self):
        world = open_world()
        user = world.user("ana@example.org")
        apple = known_securities()["AAPL"].of(user.id)
        with world.database.work() as uow:
            kept = uow.trades.add_security(apple, now=MORNING)
            bought = pieces(
                user.id,
                kept.id,
                TradeKind.BUY,
                date(2026, 11, 10),
                quantity="2",
                each=Money(10_000, "USD"),
            )
            uow.trades.add(bought, now=MORNING)
            uow.commit()
        world.clock.advance(MORNING - world.now)
        kept_now = [keep_snapshots(world.context)]
        world.clock.advance(MORNING + timedelta(hours=6) - world.now)
        kept_now.append(keep_snapshots(world.context))
        world.clock.advance(MORNING + timedelta(days=1) - world.now)
        kept_now.append(keep_snapshots(world.context))
        # A round six hours later finds yesterday's kept: Madrid's yesterday is still the same.
        assert kept_now == [1, 0, 1]
        with world.database.reading() as uow:
            found = uow.portfolios.snapshots(user.id, "USD", date(2026, 11, 1), TODAY)
        assert {one.value for one in found} == {Money(20_000, "USD")}
