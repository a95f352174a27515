"""Rates come in once, stay exact on both databases, and belong to whoever gave them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from core.connect.breaker import Breaker
from core.connect.ecb_history import EcbHistory
from core.connect.open_exchange_rates import OpenExchangeRates
from core.connect.rates import RatesUnavailable
from core.money import Money
from core.rates.rate import OXR, Rate, user_rate
from tests.fakes.world import open_world
from tests.people import NOW, TODAY, alice, bob
from tools.outcome import Refused
from workers.rates import refresh_rates

KEY = "a key of the operator"


class Service(BaseHTTPRequestHandler):
    """Open Exchange Rates as its description says; what it answers is set by a test."""

    status = 200
    body: bytes = b""
    asked: list[str] = []  # noqa: RUF012 - of the one server of a test

    def do_GET(self):
        self.asked.append(f"{self.path} {self.headers['Authorization']}")
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        """Stay quiet."""


@pytest.fixture
def service():
    Service.status, Service.asked = 200, []
    Service.body = json.dumps(
        {
            "timestamp": int(NOW.timestamp()),
            "base": "USD",
            "rates": {"AED": 3.6725, "USD": 1, "KWD": 0.30712345678901, "XXZ": 2, "NGN": 0},
        }
    ).encode()
    server = HTTPServer(("127.0.0.1", 0), Service)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield OpenExchangeRates(f"http://127.0.0.1:{server.server_port}", KEY)
    server.shutdown()
    server.server_close()


class TestTheService:
    def test_is_asked_with_the_key_in_a_header_and_read_exactly(self, service):
        told = {one.quote: one for one in service.since(None, today=TODAY)}
        assert told["KWD"].value == Decimal("0.30712345678901")
        assert told["AED"] == Rate("USD", "AED", Decimal("3.6725"), TODAY, frozenset({OXR}))
        assert told.keys() == {"AED", "KWD"}  # no unknown code, no nought, no base in itself
        assert Service.asked == [f"/api/latest.json Token {KEY}"]

    def test_is_not_asked_again_on_a_day_that_is_known(self, service):
        assert list(service.since(TODAY, today=TODAY)) == []
        assert Service.asked == []

    @pytest.mark.parametrize(
        ("status", "body"),
        [(401, b"{}"), (500, b""), (200, b"<html>"), (200, b'{"rates": {}}'), (200, b"[1]")],
    )
    def test_that_makes_no_sense_is_unavailable_and_the_key_stays_secret(
        self, service, status, body
    ):
        Service.status, Service.body = status, body
        with pytest.raises(RatesUnavailable) as caught:
            list(service.since(None, today=TODAY))
        assert KEY not in str(caught.value.fields)

    def test_is_left_alone_after_failures_and_asked_again_later(self, service):
        clock = [0.0]
        calm = replace(
            service, breaker=Breaker(failures=2, rest_seconds=60, ticks=lambda: clock[0])
        )
        Service.status = 500
        for _ in range(4):
            with pytest.raises(RatesUnavailable):
                list(calm.since(None, today=TODAY))
        assert len(Service.asked) == 2
        clock[0], Service.status = 61.0, 200
        assert list(calm.since(None, today=TODAY))


class TestRefreshing:
    def test_takes_each_day_over_once(self, database, service):
        world = open_world(str(database.engine.url.render_as_string(hide_password=False)))
        history = EcbHistory(date(2026, 10, 26))
        context = replace(world.context, rates=(history, service))
        first = refresh_rates(context)
        assert first > 100
        assert refresh_rates(context) == 0
        person = alice(database)
        with database.reading() as uow:
            book = uow.rates.book(person.id, {"AED", "EUR"}, TODAY, TODAY)
        assert book.find("USD", "AED", TODAY).value == Decimal("3.6725")
        assert book.find("AED", "EUR", TODAY).source == "rate_ecb_oxr"
        world.database.close()

    def test_goes_on_without_a_source_that_does_not_answer(self, database, service):
        Service.status = 500
        world = open_world(str(database.engine.url.render_as_string(hide_password=False)))
        assert refresh_rates(replace(world.context, rates=(service,))) == 0
        world.database.close()


class TestAUsersOwnRate:
    def test_is_exact_and_nobody_elses(self, database):
        one, other = alice(database), bob(database)
        exact = Decimal("0.2722940776038121")
        with database.work() as uow:
            assert uow.rates.keep(one.id, user_rate("BHD", "USD", exact, TODAY)) is None
            uow.commit()
        for person, known in ((one, True), (other, False)):
            with database.reading() as uow:
                book = uow.rates.book(person.id, {"BHD", "USD"}, TODAY, TODAY)
            assert (book.value(Money.of("1", "BHD"), "USD", TODAY) is not None) is known
        with database.reading() as uow:
            assert [rate.value for rate in uow.rates.of_user(one.id)] == [exact]

    def test_replaces_the_one_of_the_day_and_undo_brings_that_back(self, database):
        person = alice(database)
        person.do("set_rate", base="OMR", quote="USD", rate="2.6")
        person.do("set_rate", base="OMR", quote="USD", rate="2.5")
        value = person.do("show_rate", base="OMR", quote="USD", amount="10").answer
        assert Money.of("25", "USD") in [fact.value for fact in value.facts]
        person.undo()
        value = person.do("show_rate", base="OMR", quote="USD", amount="10").answer
        assert Money.of("26", "USD") in [fact.value for fact in value.facts]
        person.undo()
        outcome = person.run("show_rate", base="OMR", quote="USD")
        assert isinstance(outcome, Refused)
        assert outcome.code == "money.no_rate"

    def test_of_a_later_day_does_not_serve_an_earlier_one(self, database):
        person = alice(database)
        person.do("set_rate", base="QAR", quote="USD", rate="0.27")
        day = (TODAY - timedelta(days=1)).isoformat()
        outcome = person.run("show_rate", base="QAR", quote="USD", period=f"{day}..{day}")
        assert isinstance(outcome, Refused)
