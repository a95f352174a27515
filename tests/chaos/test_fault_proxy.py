"""A slow, silent or broken line to the broker, the database and the carrier costs what it must."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from bot.channels.sms import SmsChannel
from bot.channels.twilio_client import TwilioAccount, TwilioMessages
from bot.channels.twilio_send import TwilioSender
from core.messaging.address import Address
from core.messaging.channel import Ambiguous, Reason
from core.messaging.outbound import OutboundMessage
from core.store.cipher import MasterKey
from core.store.unit_of_work import Database, StoreUnavailable
from tests.chaos.fault_proxy import FaultProxy, Trouble
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn
from tests.fakes.world import MASTER, RingingWake, open_world
from workers.celery_app import CeleryWake, make_celery
from workers.redis_wake import RedisEar, RedisWake

pytestmark = pytest.mark.slow
SOON = 20.0
ALICE = Address.parse("sms:+15550100")
BROKEN_LINES = [Trouble.LATENCY, Trouble.HALF_OPEN, Trouble.BLACKHOLE, Trouble.RESET]


@contextmanager
def echo() -> Iterator[int]:
    """Serve whoever connects with his own words."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line, suppress(OSError):
                        while words := line.recv(1024):
                            line.sendall(words)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def said_back(port: int, words: bytes = b"hello") -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        line.sendall(words)
        heard = b""
        while len(heard) < len(words):
            part = line.recv(1024)
            if not part:
                break
            heard += part
        return heard


class TestTheProxy:
    def test_passes_everything_until_there_is_trouble(self):
        with echo() as port, FaultProxy(port) as proxy:
            assert said_back(proxy.port) == b"hello"

    def test_is_slow(self):
        with echo() as port, FaultProxy(port) as proxy:
            proxy.make(Trouble.LATENCY, seconds=0.2)
            began = time.monotonic()
            assert said_back(proxy.port) == b"hello"
            assert time.monotonic() - began >= 0.4

    def test_drips(self):
        with echo() as port, FaultProxy(port) as proxy:
            proxy.make(Trouble.DRIP)
            assert said_back(proxy.port) == b"hello"

    @pytest.mark.parametrize("trouble", [Trouble.HALF_OPEN, Trouble.BLACKHOLE])
    def test_lets_nothing_come_back(self, trouble):
        with echo() as port, FaultProxy(port) as proxy:
            proxy.make(trouble)
            with pytest.raises(TimeoutError):
                said_back(proxy.port)

    def test_resets_what_is_open_and_what_is_new(self):
        with echo() as port, FaultProxy(port) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port), timeout=1) as line:
                line.sendall(b"one")
                assert line.recv(10) == b"one"
                proxy.make(Trouble.RESET)
                with pytest.raises(ConnectionResetError):
                    line.recv(10)
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                said_back(proxy.port)
            proxy.make(Trouble.NONE)
            assert said_back(proxy.port) == b"hello"

    def test_cuts_an_answer(self):
        with echo() as port, FaultProxy(port) as proxy:
            proxy.make(Trouble.CUT, after_bytes=2)
            assert said_back(proxy.port) == b"he"


class TestABrokenLineToTheBroker:
    """Fault 10: nobody waits for it, and it is used again once it works."""

    @pytest.mark.parametrize("trouble", BROKEN_LINES)
    @pytest.mark.parametrize("kind", ["celery", "bells"])
    def test_keeps_nobody_waiting_and_is_found_again(self, redis_url, trouble, kind):
        parts = urlsplit(redis_url)
        with FaultProxy(int(parts.port or 0)) as proxy:
            url = f"redis://127.0.0.1:{proxy.port}{parts.path}"
            here, there = RingingWake(), RingingWake()
            wake = CeleryWake(make_celery(url), here) if kind == "celery" else RedisWake(url, here)
            ears = _Celery(redis_url) if kind == "celery" else _Ear(redis_url, there)
            try:
                # A ring is lost where the broker takes half a second, as on a busy machine; the
                # ringer then rests, so the line is known to work only once one has been heard.
                assert wait_for(lambda: _rings(wake, ears.heard), 40)
                proxy.make(trouble)
                began = time.monotonic()
                for _ in range(200):
                    wake.ring("turns")
                assert time.monotonic() - began < 0.5
                assert here.rings.count("turns") == 200
                time.sleep(1.5)
                proxy.make(Trouble.NONE)
                assert wait_for(lambda: _rings(wake, ears.heard), 40)
            finally:
                wake.close()
                ears.close()


class _Celery:
    def __init__(self, url: str) -> None:
        self.app = make_celery(url)

    def heard(self) -> bool:
        with self.app.connection_for_read() as connection:
            return connection.default_channel.basic_get("deliver", no_ack=True) is not None

    def close(self) -> None:
        self.app.close()


class _Ear:
    def __init__(self, url: str, there: RingingWake) -> None:
        self.there = there
        self.ear = RedisEar(url, there)
        self.ear.start()
        assert self.ear.wait_until_listening(SOON)

    def heard(self) -> bool:
        rang = "deliver" in self.there.rings
        self.there.rings.clear()
        return rang

    def close(self) -> None:
        self.ear.stop()


def _rings(wake: CeleryWake | RedisWake, heard: Callable[[], bool]) -> bool:
    wake.ring("deliver")
    time.sleep(0.3)
    return heard()


class TestABrokenLineToTheDatabase:
    """Faults 14 and 15: what was open is not kept, and the next one finds a line that works."""

    @pytest.mark.parametrize("trouble", [Trouble.RESET, Trouble.CUT])
    def test_keeps_nothing_and_goes_on_later(self, fresh_postgres_url, trouble):
        world = open_world(fresh_postgres_url)
        user = world.user().id
        with FaultProxy(int(urlsplit(fresh_postgres_url).port or 0)) as proxy:
            place = urlsplit(fresh_postgres_url)
            url = place._replace(netloc=f"postgres@127.0.0.1:{proxy.port}").geturl()
            database = Database.open(url, MasterKey(MASTER))

            def half_done() -> None:
                with database.work() as uow:
                    uow.schedules.set_mark("half", "done")
                    proxy.make(trouble)
                    uow.users.get(user)
                    uow.commit()

            for _ in range(2):
                with pytest.raises(StoreUnavailable):
                    half_done()
            proxy.make(Trouble.NONE)
            with database.reading() as uow:
                assert uow.users.get(user).id == user
                assert uow.schedules.mark("half") is None
            database.close()
        world.database.close()


class TestABrokenLineToTheCarrier:
    """Fault 24: who cannot know says so, and nobody waits longer than he may."""

    @pytest.mark.parametrize(
        ("trouble", "reason"),
        [
            (Trouble.HALF_OPEN, Reason.TIMED_OUT),
            (Trouble.BLACKHOLE, Reason.TIMED_OUT),
            (Trouble.LATENCY, Reason.TIMED_OUT),
            (Trouble.CUT, Reason.MALFORMED_ANSWER),
        ],
    )
    def test_is_an_outcome_that_nobody_knows(self, trouble, reason):
        with TwilioStandIn() as carrier, FaultProxy(int(carrier.base_url[-5:])) as proxy:
            account = TwilioAccount(ACCOUNT_SID, (AUTH_TOKEN,), f"http://127.0.0.1:{proxy.port}")
            messages = TwilioMessages(account, timeouts=(1.0, 0.5))
            sms = SmsChannel(messages, TwilioSender("+15550199", ""), sign_link=str)
            proxy.make(trouble, after_bytes=20)
            began = time.monotonic()
            with pytest.raises(Ambiguous) as caught:
                sms.send(OutboundMessage("Hello"), ALICE, key="k")
            assert caught.value.reason is reason
            assert time.monotonic() - began < 3
            messages.close()


def wait_for(done: Callable[[], bool], seconds: float = SOON) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
